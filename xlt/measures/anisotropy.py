"""Anisotropy: the mean cosine of words of one language to each other (Ethayarajh 2019).

Vectors in a narrow cone are near to each other whatever they mean: read a mean cosine of translations beside it.
"""

import torch
from torch import Tensor

from xlt.errors import XltError
from xlt.measures.measure import Pairs, Scalar
from xlt.measures.options import Case, ScoreOptions


def anisotropy(pairs: Pairs, settings: ScoreOptions) -> Scalar:
    """Mean of cos(x_i, x_j) over all i != j of a side, exact by the sum of its vectors; O(n d) work.

    Args:
        pairs: n of them, at least 2.
        settings: are of no concern here.

    Returns:
        That of the source (``set`` src) and that of the target (``set`` tgt).

    Raises:
        XltError: fewer than two pairs.
    """
    if len(pairs) < 2:
        raise XltError("anisotropy is of two pairs or more, and there is one")
    return Scalar({Case(set="src"): mean_cosine(pairs.x), Case(set="tgt"): mean_cosine(pairs.y)})


def mean_cosine(x: Tensor) -> float:
    """Mean over i != j of x_i . x_j: (|sum x_i|^2 - sum |x_i|^2) / (n (n - 1))."""
    n = len(x)
    total = torch.zeros(x.shape[1], dtype=torch.float64, device=x.device)
    squares = torch.zeros((), dtype=torch.float64, device=x.device)
    for part in torch.split(x, 1 << 12):
        rows = part.double()
        total += rows.sum(dim=0)
        squares += (rows * rows).sum()
    return float((total @ total - squares) / (n * (n - 1)))
