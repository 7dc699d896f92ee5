"""Accuracy at k: the share of pairs whose translation is among the k nearest (veitsman2026, section 4.5)."""

from functools import partial

from xlt.measures.accuracy import rank_by_case
from xlt.measures.measure import Items, Pairs
from xlt.measures.options import ScoreOptions


def accuracy_at(pairs: Pairs, settings: ScoreOptions, *, k: int) -> Items:
    """Which of the pairs have a rank of at most k; k = 1 is :func:`xlt.measures.accuracy.accuracy`.

    Args:
        pairs: n of them.
        settings: strengths, similarity, block.
        k: ranks that are good enough; where there are no more candidates than that, all are.

    Returns:
        (n,) bool for both directions and, as far as asked for, strengths.
    """
    return Items({case: rank <= k for case, rank in rank_by_case(pairs, settings).items()})


accuracy_at_5 = partial(accuracy_at, k=5)
accuracy_at_10 = partial(accuracy_at, k=10)
