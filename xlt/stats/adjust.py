"""P-values of several tests at once."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from xlt.arrays import Floats
from xlt.stats.options import Adjust


def adjusted(p: npt.ArrayLike, method: Adjust) -> Floats:
    """P-values adjusted for their number.

    ``holm`` bounds the chance of any false finding (Holm 1979), ``bh`` the expected share of false ones among the
    findings (Benjamini and Hochberg 1995).

    Args:
        p: (tests,) p-values; NaN is no test and stays.
        method: which of the two.

    Returns:
        (tests,) adjusted p-values, at most 1.
    """
    values = np.asarray(p, np.float64)
    result = values.copy()
    tests = np.flatnonzero(~np.isnan(values))
    order = tests[np.argsort(values[tests], kind="stable")]
    result[order] = np.minimum(ADJUSTMENTS[method](values[order]), 1)
    return result


def _holm(ascending: Floats) -> Floats:
    m = len(ascending)
    return np.maximum.accumulate(ascending * (m + 1 - np.arange(1, m + 1)))


def _benjamini_hochberg(ascending: Floats) -> Floats:
    m = len(ascending)
    return np.minimum.accumulate((ascending * m / np.arange(1, m + 1))[::-1])[::-1]


ADJUSTMENTS: dict[Adjust, Callable[[Floats], Floats]] = {"holm": _holm, "bh": _benjamini_hochberg}
