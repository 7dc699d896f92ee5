"""Accuracy: the share of pairs of which one side finds the other as its nearest neighbour (gaschi2023, section 3.2).

Among all words of a corpus as candidates it is the contextual word retrieval of cao2020 (section 3.2).
"""

from dataclasses import replace

from torch import Tensor

from xlt.measures.cosine import pair_cosines
from xlt.measures.counts import Counts, strong_counts, weak_counts
from xlt.measures.csls import csls_penalties
from xlt.measures.measure import Items, Pairs
from xlt.measures.neighbours import Penalties, pair_hits
from xlt.measures.options import Case, Direction, ScoreOptions, Similarity, Strength
from xlt.measures.ranks import Ranks, pair_ranks

DIRECTIONS: tuple[Direction, Direction] = ("src-tgt", "tgt-src")


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
    for direction, hits in zip(DIRECTIONS, both, strict=True):
        outcomes[Case(direction, "weak")] = hits.weak
        if hits.strong is not None:
            outcomes[Case(direction, "strong")] = hits.strong
    return Items(outcomes)


def accuracy_of_ranks(pairs: Pairs, settings: ScoreOptions) -> Items:
    """The same outcomes out of the ranks that other measures take as well."""
    return Items({case: rank == 1 for case, rank in rank_by_case(pairs, settings).items()})


def accuracy_with_ranks(pairs: Pairs, settings: ScoreOptions) -> Items:
    """The same outcomes out of the ranks of all candidates, which are the facts of each pair."""
    ranks = ranks_by_case(pairs, settings)
    return Items({case: one.rank == 1 for case, one in ranks.items()}, {case: vars(one) for case, one in ranks.items()})


def ranks_by_case(pairs: Pairs, settings: ScoreOptions) -> dict[Case, Ranks]:
    """The ranks of all directions and strengths, worked out once for all measures of these pairs."""
    both = ranks_by_direction(pairs, settings, settings.nearness)
    return {
        Case(direction, strength): ranks
        for direction, by_strength in zip(DIRECTIONS, both, strict=True)
        for strength, ranks in by_strength.items()
    }


def ranks_by_direction(
    pairs: Pairs, settings: ScoreOptions, similarity: Similarity
) -> tuple[dict[Strength, Ranks], dict[Strength, Ranks]]:
    """Ranks with what is known of each pair, of one similarity, worked out once for all measures of these pairs."""
    return pairs.once(
        ("ranks", similarity),
        lambda: pair_ranks(
            pairs.all_x,
            pairs.all_y,
            penalties(pairs, replace(settings, similarity=similarity), strong=True),
            gold=pairs.gold,
            block=settings.block,
        ),
    )


def rank_by_case(pairs: Pairs, settings: ScoreOptions) -> dict[Case, Tensor]:
    """The (n,) ranks alone, of both directions and the strengths asked for."""
    by_case: dict[Case, Tensor] = {}
    for strength in settings.strengths():
        weak = strength == "weak"
        both = counts_weak(pairs, settings, settings.nearness) if weak else _counts_strong(pairs, settings)
        by_case |= {Case(direction, strength): own.rank for direction, own in zip(DIRECTIONS, both, strict=True)}
    return by_case


def counts_weak(pairs: Pairs, settings: ScoreOptions, similarity: Similarity) -> tuple[Counts, Counts]:
    """The ranks alone of both directions among the other language, worked out once for all measures of these pairs."""
    return pairs.once(
        ("counts", "weak", similarity),
        lambda: weak_counts(
            pairs.all_x,
            pairs.all_y,
            pair_cosines(pairs),
            penalties(pairs, replace(settings, similarity=similarity), strong="strong" in settings.strengths()),
            gold=pairs.gold,
            block=settings.block,
        ),
    )


def _counts_strong(pairs: Pairs, settings: ScoreOptions) -> tuple[Counts, Counts]:
    return pairs.once(
        ("counts", "strong", settings.nearness),
        lambda: strong_counts(
            counts_weak(pairs, settings, settings.nearness),
            pairs.all_x,
            pairs.all_y,
            pair_cosines(pairs),
            penalties(pairs, settings, strong=True),
            gold=pairs.gold,
            block=settings.block,
        ),
    )


def penalties(pairs: Pairs, settings: ScoreOptions, *, strong: bool) -> Penalties | None:
    """What the similarity subtracts from the cosine; None for the cosine itself."""
    if settings.nearness == "cosine":
        return None
    # Those of the strong search serve the weak one.
    strong = strong or ("penalties", True) in pairs.shared
    return pairs.once(
        ("penalties", strong),
        lambda: csls_penalties(pairs.all_x, pairs.all_y, settings.csls_k, strong=strong, block=settings.block),
    )
