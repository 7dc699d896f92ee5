"""Cross-lingual transfer as a number."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def transfer(target: npt.ArrayLike, source: npt.ArrayLike) -> Floats:
    """Cross-lingual transfer (CTL), (m_tgt - m_src) / m_src: 0 loses nothing, -1 everything (gaschi2023, section 3.1).

    Args:
        target: the metric on the target language, of any shape.
        source: the metric of the same model on the language that it was trained on, of the same shape.

    Returns:
        Float64 of that shape; NaN where the source's metric is 0 or either is NaN.
    """
    m_tgt, m_src = np.asarray(target, np.float64), np.asarray(source, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = (m_tgt - m_src) / np.where(m_src == 0, np.nan, m_src)
    return ratio
