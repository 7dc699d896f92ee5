"""What a measure is: a function of the vectors of pairs, and what it can be asked.

A new measure is a function in a file of this room and a line in :data:`xlt.measures.catalogue.MEASURES`. Rows of the
scores table, standard errors by resampling sentences and the rows of ``--per-item`` follow from what it returns.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from torch import Tensor

from xlt.measures.options import Direction, ScoreOptions, Strength


class Case(NamedTuple):
    """Which side searches (``both``: no side does) and among which candidates (empty: nothing is searched)."""

    direction: Direction | Literal["both"] = "both"
    strength: Strength | Literal[""] = ""


# Of a measure for which the settings make no difference.
WHOLE = Case()


@dataclass(frozen=True)
class Items:
    """An outcome a pair.

    Attributes:
        outcomes: by case (n,) bool or floating point; their mean is the value of the measure.
        facts: by case what ``--per-item`` tells beside the outcome, each (n,): ``rank``, ``right``, ``best_wrong`` as
            in the table of items; infinite numbers are nulls there.
    """

    outcomes: Mapping[Case, Tensor]
    facts: Mapping[Case, Mapping[str, Tensor]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scalar:
    """One value of all pairs together, by case; without an outcome a pair it has no standard error."""

    values: Mapping[Case, float]


# x, y: (n, d) float32 unit rows on one device, row i of one the translation of row i of the other.
Function = Callable[[Tensor, Tensor, ScoreOptions], Items | Scalar]


@dataclass(frozen=True)
class Measure:
    """A measure.

    Attributes:
        function: makes at least the cases asked for.
        strengths, directions, similarity: whether it tells them apart.
        with_facts: the same with the facts of each pair, where these cost more than the outcomes alone.
    """

    function: Function
    strengths: bool = False
    directions: bool = False
    similarity: bool = False
    with_facts: Function | None = None

    def cases(self, settings: ScoreOptions) -> list[Case]:
        """What the settings ask of it."""
        strengths: list[Strength | Literal[""]] = [*settings.strengths()] if self.strengths else [""]
        directions: list[Direction | Literal["both"]] = [*settings.directions()] if self.directions else ["both"]
        return [Case(direction, strength) for direction in directions for strength in strengths]
