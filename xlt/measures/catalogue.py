"""All measures, by the name that stands in the column ``measure`` of scores."""

from xlt.measures.accuracy import accuracy, accuracy_with_ranks
from xlt.measures.measure import Measure

MEASURES: dict[str, Measure] = {
    "accuracy": Measure(accuracy, strengths=True, directions=True, similarity=True, with_facts=accuracy_with_ranks),
}
