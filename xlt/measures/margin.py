"""The margin of strong alignment: by how much translations are nearer, but for a share (veitsman2026, appendix A)."""

from xlt.measures.contrast import contrasts
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
        case._replace(set=name): (contrast, delta)
        for case, contrast in contrasts(pairs, settings).items()
        for name, delta in DELTA.sets(settings).items()
    }
    return Scalar(
        {case: contrast.margin(delta) for case, (contrast, delta) in cases.items()},
        {case: contrast.margins(delta) for case, (contrast, delta) in cases.items()},
    )
