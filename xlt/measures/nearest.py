"""The k nearest of some rows, exactly: in float64, and by a rule where several are equally near."""

import torch
from torch import Tensor

from xlt.measures.neighbours import TIE
from xlt.measures.products import blocks


def nearest(x: Tensor, y: Tensor, k: int, block: int, penalty: Tensor | None = None) -> Tensor:
    """(Nx, k) rows of y with the greatest x_i . y_j - penalty_j, in float64, ascending by row; k is at most Ny.

    Of those that are equal to the k-th within 1e-12 the first are taken.

    Args:
        x, y: (Nx, d) and (Ny, d) float32 unit rows.
        k: how many.
        block: rows and columns of a block of similarities. Memory: O(block^2 + block d + Nx k).
        penalty: (Ny,) float64; None for none.
    """
    k = min(k, len(y))
    rows = [_of_block(x[low:high].double(), y, k, block, penalty) for low, high in blocks(len(x), block)]
    return torch.cat(rows) if rows else torch.zeros((0, k), dtype=torch.int64, device=x.device)


def _of_block(x: Tensor, y: Tensor, k: int, block: int, penalty: Tensor | None) -> Tensor:
    value = torch.empty((len(x), 0), dtype=torch.float64, device=x.device)
    index = torch.empty((len(x), 0), dtype=torch.int64, device=x.device)
    for low, high in blocks(len(y), block):
        product = x @ y[low:high].double().T
        if penalty is not None:
            product -= penalty[low:high]
        numbers = torch.arange(low, high, device=x.device).expand(len(x), -1)
        value, index = _greatest(torch.cat((value, product), 1), torch.cat((index, numbers), 1), k)
    return index


def _greatest(value: Tensor, index: Tensor, k: int) -> tuple[Tensor, Tensor]:
    # The columns stand in ascending order of their numbers, and so they shall.
    if value.shape[1] <= k:
        return value, index
    best = value.topk(k, dim=1)
    at = best.indices.sort(dim=1).values
    last = best.values[:, -1:]
    # Where more are as near as the last one taken, the rule decides.
    unsure = ((value >= last - TIE).sum(dim=1) > k).nonzero().flatten()
    if len(unsure):
        part, line = value[unsure], last[unsure]
        group = (part > line + TIE).to(torch.int8) * 2 + ((part - line).abs() <= TIE).to(torch.int8)
        first = group.argsort(dim=1, descending=True, stable=True)[:, :k]
        at[unsure] = first.sort(dim=1).values
    return value.gather(1, at), index.gather(1, at)
