"""Average neuron-wise correlation: whether the same dimensions say the same in both languages (Del and Fishel 2022).

It asks what CKA does not: a rotation of one language changes it, as it would spoil what a task head learned.
"""

import math

import torch

from xlt.errors import XltError
from xlt.measures.measure import Pairs, Scalar
from xlt.measures.options import WHOLE, ScoreOptions


def neurons(pairs: Pairs, settings: ScoreOptions) -> Scalar:
    """Mean over dimensions d of Pearson's correlation of x_i[d] and y_i[d] over the pairs, signed; of unit vectors.

    Args:
        pairs: n of them, at least 2.
        settings: are of no concern here.

    Returns:
        From -1 to 1; dimensions that are constant on a side are left out, and NaN says that all are.

    Raises:
        XltError: fewer than two pairs.
    """
    if len(pairs) < 2:
        raise XltError("neurons is of two pairs or more, and there is one")
    n, sides = len(pairs), (pairs.x, pairs.y)
    mean_x, mean_y = (side.sum(dim=0, dtype=torch.float64) / n for side in sides)
    xy, xx, yy = (torch.zeros_like(mean_x) for _ in range(3))
    for a, b in zip(*(torch.split(side, 1 << 12) for side in sides), strict=True):
        x, y = a.double() - mean_x, b.double() - mean_y
        xy += (x * y).sum(dim=0)
        xx += (x * x).sum(dim=0)
        yy += (y * y).sum(dim=0)
    # What rounding leaves of a constant is no variation.
    least = n * 1e-24
    varies = (xx > least) & (yy > least)
    return Scalar({WHOLE: float((xy[varies] / (xx[varies] * yy[varies]).sqrt()).mean()) if varies.any() else math.nan})
