"""Cross-domain similarity local scaling (Conneau et al. 2018): 2 cos(x, y) - r_Y(x) - r_X(y).

r_Y(x) is the mean cosine of x to its k nearest neighbours among the y. For the strong score a candidate x_j of the own
language scores 2 cos(x_i, x_j) - r_Y(x_i) - r_X'(x_j), with r_X' the mean over the k nearest of X other than x_j.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from xlt.measures.neighbours import Penalties, blocks, dots_at


@dataclass
class _Nearest:
    # The k greatest similarities of each query so far and whose they are.
    value: Tensor
    index: Tensor

    @classmethod
    def empty(cls, n: int, k: int, device: torch.device) -> "_Nearest":
        value = torch.full((n, k), -torch.inf, device=device)
        return cls(value, torch.zeros((n, k), dtype=torch.int64, device=device))

    def add(self, queries: tuple[int, int], first: int, product: Tensor) -> None:
        """Take a block in: ``product`` is (queries, candidates), the candidates numbered from ``first``."""
        value, index = self.value[slice(*queries)], self.index[slice(*queries)]
        k = value.shape[1]
        if product.device.type == "cpu" and bool(torch.isfinite(value).all()):
            new_value, new_index = _above(product.numpy(), value.amin(dim=1).numpy(), first)
        else:
            new_value, at = product.topk(min(k, product.shape[1]), dim=1)
            new_index = at + first
        both_value, both_index = torch.cat((value, new_value), 1), torch.cat((index, new_index), 1)
        best = both_value.topk(k, dim=1).indices
        value.copy_(both_value.gather(1, best))
        index.copy_(both_index.gather(1, best))


def _above(product: npt.NDArray[np.float32], floor: npt.NDArray[np.float32], first: int) -> tuple[Tensor, Tensor]:
    # After the first blocks few entries rise above the k-th best: picking these out is far cheaper than a top-k.
    over = product > floor[:, None]
    if product.flags.c_contiguous:
        row, column = np.divmod(np.flatnonzero(over), product.shape[1])
    else:
        column, row = np.divmod(np.flatnonzero(over.T), product.shape[0])
        order = np.argsort(row, kind="stable")
        row, column = row[order], column[order]
    counts = np.bincount(row, minlength=len(product))
    place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    shape = (len(product), int(counts.max(initial=0)))
    value, index = np.full(shape, -np.inf, np.float32), np.zeros(shape, np.int64)
    value[row, place] = product[row, column]
    index[row, place] = column + first
    return torch.from_numpy(value), torch.from_numpy(index)


def neighbour_means(x: Tensor, y: Tensor, k: int, block: int) -> tuple[Tensor, Tensor]:
    """r_Y(x_i) of every x, (Nx,), and r_X(y_j) of every y, (Ny,), float64; k is at most the rows there are.

    Args:
        x, y: (Nx, d) and (Ny, d) float32 unit rows.
        k: neighbours.
        block: rows and columns of a block of similarities. Memory: O(block^2 + (Nx + Ny) k).
    """
    of_x = _Nearest.empty(len(x), min(k, len(y)), x.device)
    of_y = _Nearest.empty(len(y), min(k, len(x)), y.device)
    for i in blocks(len(x), block):
        for j in blocks(len(y), block):
            product = x[slice(*i)] @ y[slice(*j)].T
            of_x.add(i, j[0], product)
            of_y.add(j, i[0], product.T)
    return _means(x, y, of_x), _means(y, x, of_y)


def own_neighbour_means(x: Tensor, k: int, block: int) -> Tensor:
    """r_X'(x_j): the mean cosine to the k nearest of X other than x_j, (N,) float64; 0 where there is no other."""
    k = min(k, len(x) - 1)
    if k == 0:
        return torch.zeros(len(x), dtype=torch.float64, device=x.device)
    nearest = _Nearest.empty(len(x), k, x.device)
    for i in blocks(len(x), block):
        for j in blocks(len(x), block, i[0]):
            product = x[slice(*i)] @ x[slice(*j)].T
            if i == j:
                product.fill_diagonal_(-torch.inf)
            nearest.add(i, j[0], product)
            if i != j:
                nearest.add(j, i[0], product.T)
    return _means(x, x, nearest)


def _means(query: Tensor, candidates: Tensor, nearest: _Nearest) -> Tensor:
    # The neighbours are found in float32 (a tie at the k-th may fall either way); their mean is taken in float64.
    n, k = nearest.index.shape
    rows = torch.arange(n, device=query.device).repeat_interleave(k)
    return dots_at(query, candidates, rows, nearest.index.flatten()).reshape(n, k).mean(dim=1)


def csls_penalties(x: Tensor, y: Tensor, k: int, *, strong: bool = True, block: int) -> Penalties:
    """What CSLS subtracts from the cosine of each candidate: half its neighbourhood's mean similarity."""
    of_x, of_y = neighbour_means(x, y, k, block)
    penalties = replace(Penalties.none(x, y), x=of_x / 2, y=of_y / 2)
    if not strong:
        return penalties
    x_own, y_own = (own_neighbour_means(side, k, block) / 2 for side in (x, y))
    return replace(penalties, x_own=x_own, y_own=y_own)
