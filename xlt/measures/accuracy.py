"""Accuracy: the share of pairs of which one side finds the other as its nearest neighbour (gaschi2023, section 3.2)."""

from torch import Tensor

from xlt.measures.csls import csls_penalties
from xlt.measures.measure import Items
from xlt.measures.neighbours import Penalties, pair_hits
from xlt.measures.options import Case, Direction, ScoreOptions
from xlt.measures.ranks import pair_ranks

_DIRECTIONS: tuple[Direction, Direction] = ("src-tgt", "tgt-src")


def accuracy(x: Tensor, y: Tensor, settings: ScoreOptions) -> Items:
    """Which of the pairs are hits by the rules of :mod:`xlt.measures.neighbours`.

    Args:
        x, y: (n, d) float32 unit rows, on one device.
        settings: strengths, similarity; ``block`` bounds the memory: O(block^2) beside the inputs.

    Returns:
        (n,) bool for both directions and, as far as asked for, strengths.
    """
    strong = "strong" in settings.strengths()
    penalties = _penalties(x, y, settings, strong=strong)
    outcomes: dict[Case, Tensor] = {}
    both = pair_hits(x, y, penalties, strong=strong, block=settings.block)
    for direction, hits in zip(_DIRECTIONS, both, strict=True):
        outcomes[Case(direction, "weak")] = hits.weak
        if hits.strong is not None:
            outcomes[Case(direction, "strong")] = hits.strong
    return Items(outcomes)


def accuracy_with_ranks(x: Tensor, y: Tensor, settings: ScoreOptions) -> Items:
    """The same outcomes out of the ranks of all candidates, which are the facts of each pair."""
    by_side = pair_ranks(x, y, _penalties(x, y, settings, strong=True), block=settings.block)
    ranks = {
        Case(direction, strength): ranks
        for direction, by_strength in zip(_DIRECTIONS, by_side, strict=True)
        for strength, ranks in by_strength.items()
    }
    return Items({case: one.rank == 1 for case, one in ranks.items()}, {case: vars(one) for case, one in ranks.items()})


def _penalties(x: Tensor, y: Tensor, settings: ScoreOptions, *, strong: bool) -> Penalties | None:
    if settings.similarity == "cosine":
        return None
    return csls_penalties(x, y, settings.csls_k, strong=strong, block=settings.block)
