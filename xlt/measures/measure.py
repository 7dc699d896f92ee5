"""What a measure is asked of, what it gives, and the function that gives it.

Rows of the scores table, standard errors by resampling sentences and the rows of ``--per-item`` follow from the result.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar, cast

from torch import Tensor

from xlt.arrays import Floats
from xlt.measures.neighbours import Gold
from xlt.measures.options import Case, Measure, ScoreOptions
from xlt.work import by_name

T = TypeVar("T")


@dataclass(frozen=True)
class Pairs:
    """The vectors of n pairs of translations, and all that a search looks through.

    Attributes:
        all_x, all_y: (Nx, d) and (Ny, d) float32 unit rows on one device: the candidates.
        gold: the pairs; None: row i of one side and row i of the other, so that nothing else is searched.
        forms: numbers of the word forms, or texts, of the sides of which they are known, each (n,): pairs that share
            one may translate each other.
        grades: (n,) float64 from -1 to 1, how near the sides are in meaning, NaN where that is not known; None where
            nobody says.
        seed: of what a measure draws.
        shared: what several measures work out alike, see :meth:`once`.
    """

    all_x: Tensor
    all_y: Tensor
    gold: Gold | None = None
    forms: tuple[Tensor, ...] = ()
    grades: Tensor | None = None
    seed: int = 0
    shared: dict[Hashable, object] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.all_x) if self.gold is None else len(self.gold)

    @cached_property
    def x(self) -> Tensor:
        """(n, d): row i is one side of pair i."""
        return self.all_x if self.gold is None else self.all_x[self.gold.src]

    @cached_property
    def y(self) -> Tensor:
        """(n, d): row i is the other side of pair i."""
        return self.all_y if self.gold is None else self.all_y[self.gold.tgt]

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gives, made at the first call with this key, for all measures of these pairs."""
        if key not in self.shared:
            self.shared[key] = make()
        return cast(T, self.shared[key])


@dataclass(frozen=True)
class Items:
    """An outcome a pair.

    Attributes:
        outcomes: by case (n,) bool or floating point; their mean is the value of the measure.
        facts: by case what ``--per-item`` tells beside the outcome, each (n,): ``rank``, ``right``, ``best_wrong`` as
            in the table of items, infinite numbers being nulls there; ``found`` as in
            :class:`xlt.measures.ranks.Ranks`.
    """

    outcomes: Mapping[Case, Tensor]
    facts: Mapping[Case, Mapping[str, Tensor]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scalar:
    """One value of all pairs together, by case.

    Attributes:
        values: NaN where the measure is not defined.
        resampled: by case, for the standard error: from how often each pair is taken, (resamples, n), to the values,
            (resamples,). Where there is none, as where pairs have no outcome of their own, it has no standard error.
    """

    values: Mapping[Case, float]
    resampled: Mapping[Case, Callable[[Floats], Floats]] = field(default_factory=dict)


Function = Callable[[Pairs, ScoreOptions], Items | Scalar]


def function_of(measure: Measure, *, facts: bool = False, ranks: bool = False) -> Function:
    """The function of a measure.

    Args:
        measure: which.
        facts: the one that knows more of each pair, where there is one.
        ranks: the one that takes the ranks which others take as well, where there is one.
    """
    named = (facts and measure.with_facts) or (ranks and measure.with_ranks) or measure.function
    function: Function = by_name(named) if isinstance(named, str) else named
    return function
