"""Accuracy: the share of pairs of which one side finds the other as its nearest neighbour (gaschi2023, section 3.2).

Among all words of a corpus as candidates it is the contextual word retrieval of cao2020 (section 3.2).
"""

from torch import Tensor

from xlt.measures.csls import csls_penalties
from xlt.measures.measure import Items, Pairs
from xlt.measures.neighbours import Penalties, pair_hits
from xlt.measures.options import Case, Direction, ScoreOptions
from xlt.measures.ranks import Ranks, pair_ranks

_DIRECTIONS: tuple[Direction, Direction] = ("src-tgt", "tgt-src")


def accuracy(pairs: Pairs, settings: ScoreOptions) -> Items:
    """Which of the pairs are hits by the rules of :mod:`xlt.measures.neighbours`.

    Args:
        pairs: n of them.
        settings: strengths, similarity; ``block`` bounds the memory: O(block^2) beside the inputs.

    Returns:
        (n,) bool for both directions and, as far as asked for, strengths.
    """
    strong = "strong" in settings.strengths()
    outcomes: dict[Case, Tensor] = {}
    both = pair_hits(
        pairs.all_x,
        pairs.all_y,
        penalties(pairs, settings, strong=strong),
        gold=pairs.gold,
        strong=strong,
        block=settings.block,
    )
    for direction, hits in zip(_DIRECTIONS, both, strict=True):
        outcomes[Case(direction, "weak")] = hits.weak
        if hits.strong is not None:
            outcomes[Case(direction, "strong")] = hits.strong
    return Items(outcomes)


def accuracy_with_ranks(pairs: Pairs, settings: ScoreOptions) -> Items:
    """The same outcomes out of the ranks of all candidates, which are the facts of each pair."""
    ranks = ranks_by_case(pairs, settings)
    return Items({case: one.rank == 1 for case, one in ranks.items()}, {case: vars(one) for case, one in ranks.items()})


def ranks_by_case(pairs: Pairs, settings: ScoreOptions) -> dict[Case, Ranks]:
    """The ranks of all directions and strengths, worked out once for all measures of these pairs."""

    def ranked() -> dict[Case, Ranks]:
        both = pair_ranks(
            pairs.all_x,
            pairs.all_y,
            penalties(pairs, settings, strong=True),
            gold=pairs.gold,
            block=settings.block,
        )
        return {
            Case(direction, strength): ranks
            for direction, by_strength in zip(_DIRECTIONS, both, strict=True)
            for strength, ranks in by_strength.items()
        }

    return pairs.once("ranks", ranked)


def penalties(pairs: Pairs, settings: ScoreOptions, *, strong: bool) -> Penalties | None:
    """What the similarity subtracts from the cosine; None for the cosine itself."""
    if settings.nearness == "cosine":
        return None
    return pairs.once(
        ("penalties", strong),
        lambda: csls_penalties(pairs.all_x, pairs.all_y, settings.csls_k, strong=strong, block=settings.block),
    )
