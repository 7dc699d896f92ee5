"""What a measure gives, and the function that gives it.

Rows of the scores table, standard errors by resampling sentences and the rows of ``--per-item`` follow from the result.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from torch import Tensor

from xlt.measures.options import Case, Measure, ScoreOptions
from xlt.work import by_name


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


def function_of(measure: Measure, *, facts: bool = False) -> Function:
    """The function of a measure; with ``facts`` the one that knows more of each pair, where there is one."""
    named = (facts and measure.with_facts) or measure.function
    function: Function = by_name(named) if isinstance(named, str) else named
    return function
