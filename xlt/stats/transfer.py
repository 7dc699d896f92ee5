"""Cross-lingual transfer, and what became of an alignment, as a share of what was there."""

import numpy as np
import numpy.typing as npt

from xlt.arrays import Floats


def transfer(target: npt.ArrayLike, source: npt.ArrayLike) -> Floats:
    """Cross-lingual transfer (CTL), (m_tgt - m_src) / m_src: 0 loses nothing, -1 everything (gaschi2023, section 3.1).

    Args:
        target: the metric on the target language, of any shape.
        source: the metric of the same model on the language that it was trained on, of the same shape.

    Returns:
        Float64 of that shape; NaN where the source's metric is 0 or either is NaN.
    """
    return relative_change(target, source)


def relative_change(after: npt.ArrayLike, before: npt.ArrayLike) -> Floats:
    """What was won or lost as a share of what was there, (after - before) / before (gaschi2023, section 5).

    Args:
        after: of any shape.
        before: of the same shape.

    Returns:
        Float64 of that shape; NaN where before is 0 or either is NaN.
    """
    new, old = np.asarray(after, np.float64), np.asarray(before, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = (new - old) / np.where(old == 0, np.nan, old)
    return ratio
