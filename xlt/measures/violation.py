"""Violations of strong alignment: how often a translation is not nearer by a margin (veitsman2026, appendix A)."""

from xlt.measures.differences import differences
from xlt.measures.measure import Items, Pairs
from xlt.measures.options import EPSILON, ScoreOptions


def violation(pairs: Pairs, settings: ScoreOptions) -> Items:
    """delta(epsilon) = P[s+ < s- + epsilon] over all n x m of a pair and a pair that is no translation.

    The outcome of a pair is the share of the m that it does not exceed by epsilon; equal (within 1e-12) is enough.
    ``anchored``: whether a pair does not exceed its best wrong candidate by epsilon; with epsilon = 0 and no ties that
    is 1 - weak accuracy by the cosine.

    Args:
        pairs: n of them.
        settings: ``epsilon``, ``anchored``, block.

    Returns:
        (n,) float64 for each epsilon (``set`` eps=…).

    Raises:
        XltError: there is nothing that is no translation.
    """
    return Items(
        {
            case._replace(set=name): whole.below(epsilon)
            for case, whole in differences(pairs, settings).items()
            for name, epsilon in EPSILON.sets(settings).items()
        }
    )
