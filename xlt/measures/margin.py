"""The margin of strong alignment: by how much translations are nearer, but for a share (veitsman2026, appendix A)."""

from xlt.measures.differences import differences
from xlt.measures.measure import Pairs, Scalar
from xlt.measures.options import DELTA, ScoreOptions


def margin(pairs: Pairs, settings: ScoreOptions) -> Scalar:
    """epsilon(delta): the greatest epsilon with P[s+ < s- + epsilon] <= delta, over all n x m (see ``violation``).

    It is negative where more than delta of the translations are not nearer at all. For the standard error pairs are
    resampled, what they are compared with stays.

    Args:
        pairs: n of them.
        settings: ``delta``, ``anchored``, block.

    Returns:
        A value for each delta (``set`` delta=…), exact to 1e-12.

    Raises:
        XltError: there is nothing that is no translation.
    """
    cases = {
        case._replace(set=name): (whole, delta)
        for case, whole in differences(pairs, settings).items()
        for name, delta in DELTA.sets(settings).items()
    }
    return Scalar(
        {case: whole.margin(delta) for case, (whole, delta) in cases.items()},
        {case: whole.margins(delta) for case, (whole, delta) in cases.items()},
    )
