"""Mean reciprocal rank of the translation: a near miss counts, half for the second place, a third for the third."""

from xlt.measures.accuracy import rank_by_case
from xlt.measures.measure import Items, Pairs
from xlt.measures.options import ScoreOptions


def mrr(pairs: Pairs, settings: ScoreOptions) -> Items:
    """1 / rank of each pair.

    Args:
        pairs: n of them.
        settings: strengths, similarity, block.

    Returns:
        (n,) float64 for both directions and, as far as asked for, strengths.
    """
    return Items({case: 1 / rank.double() for case, rank in rank_by_case(pairs, settings).items()})
