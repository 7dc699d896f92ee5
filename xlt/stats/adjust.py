"""P-values of several tests at once."""

from typing import Literal

import numpy as np
import numpy.typing as npt

from xlt.arrays import Floats

Adjust = Literal["holm", "bh"]


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
    found = values.copy()
    tests = np.flatnonzero(~np.isnan(values))
    order = tests[np.argsort(values[tests], kind="stable")]
    m, rank = len(order), np.arange(1, len(order) + 1)
    if method == "holm":
        steps = np.maximum.accumulate(values[order] * (m + 1 - rank))
    else:
        steps = np.minimum.accumulate((values[order] * m / rank)[::-1])[::-1]
    found[order] = np.minimum(steps, 1)
    return found
