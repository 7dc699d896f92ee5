"""Linear CKA: how alike the geometry of both sides is, whatever turns one into the other (Kornblith et al. 2019).

Debiased, with the unbiased estimator of HSIC (Song et al. 2012; Nguyen et al. 2021): the usual one rises to 1 where
there are few pairs for many dimensions. It asks neither whether a word is near to its translation nor in which
directions the sides lie (Del and Fishel 2022), and it does not predict transfer, where gap and precision do (arXiv
2601.03168).
"""

import math

import torch
from torch import Tensor

from xlt.errors import XltError
from xlt.measures.measure import Pairs, Scalar
from xlt.measures.options import WHOLE, ScoreOptions

_LEAST = 4
_ROWS = 1 << 12  # converted to float64 at a time
# What rounding leaves of vectors that are all the same.
_NOTHING = 1e-26


def cka(pairs: Pairs, settings: ScoreOptions) -> Scalar:
    """HSIC(X, Y) / sqrt(HSIC(X, X) HSIC(Y, Y)) of the unit vectors of both sides; O(n d^2) work, O(d^2) memory.

    Args:
        pairs: n of them, at least 4.
        settings: are of no concern here.

    Returns:
        About 0 for sides without relation (it may be negative), 1 for sides alike but for a rotation; NaN where the
        vectors of a side do not vary.

    Raises:
        XltError: fewer than four pairs.
    """
    if len(pairs) < _LEAST:
        raise XltError(f"cka is of {_LEAST} pairs or more, and there are {len(pairs)}")
    x, y = pairs.x, pairs.y
    within = hsic(x, x), hsic(y, y)
    return Scalar({WHOLE: hsic(x, y) / math.sqrt(within[0] * within[1]) if min(within) > _NOTHING else math.nan})


def hsic(x: Tensor, y: Tensor) -> float:
    """Unbiased HSIC of linear kernels K = X X', L = Y Y', with diagonals taken as 0 (Song et al. 2012, equation 4).

    [tr(K L) + 1'K1 1'L1 / ((n - 1)(n - 2)) - 2 1'KL1 / (n - 2)] / (n (n - 3)), without making K or L.

    Args:
        x, y: (n, d) and (n, e) of any scale; sums are in float64.
    """
    n = len(x)
    # Whatever is added to all vectors of a side makes no difference: without their mean less is lost in the sums.
    p, q = (side.sum(dim=0, dtype=torch.float64) / n for side in (x, y))
    across = torch.zeros((x.shape[1], y.shape[1]), dtype=torch.float64, device=x.device)
    for a, b in zip(torch.split(x, _ROWS), torch.split(y, _ROWS), strict=True):
        across += (a.double() - p).T @ (b.double() - q)
    k, m = _diagonal(x, p), _diagonal(y, q)
    # Rows of the centred kernels sum to 0, and without their diagonals to what that takes away; with them the trace is
    # |X'Y|^2.
    trace = (across * across).sum() - k @ m
    total = trace + k.sum() * m.sum() / ((n - 1) * (n - 2)) - 2 * (k @ m) / (n - 2)
    return float(total / (n * (n - 3)))


def _diagonal(x: Tensor, mean: Tensor) -> Tensor:
    return torch.cat([((part.double() - mean) ** 2).sum(dim=1) for part in torch.split(x, _ROWS)])
