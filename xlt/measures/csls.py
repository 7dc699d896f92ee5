"""Cross-domain similarity local scaling (Conneau et al. 2018): 2 cos(x, y) - r_Y(x) - r_X(y).

r_Y(x) is the mean cosine of x to its k nearest neighbours among the y. For the strong score a candidate x_j of the own
language scores 2 cos(x_i, x_j) - r_Y(x_i) - r_X'(x_j), with r_X' the mean over the k nearest of X other than x_j.

The means are those of float64 arithmetic, whatever the block size and the precision of the large products. These give
every query more candidates than it has neighbours, by similarities with a bound of their error; the neighbours are
chosen among them in float32 and at last in float64. Queries whose neighbours may not all be among them (crowds of
almost equal vectors) are looked at again, in the next higher precision.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from xlt.measures.neighbours import Penalties
from xlt.measures.products import (
    Operand,
    bfloat16_is_quick,
    blocks,
    dots_at,
    error_bound,
    float32_error,
    offsets,
    operand,
    peak_of,
)

# Candidates of each query in a low precision, for every neighbour, and in float32 beside the neighbours.
_LOW, _SPARE = 4, 6
# Rows of a product in float64, and rows whose candidates are gathered at once.
_ROWS, _GATHERED = 64, 256
# Rows from which a product in low precision is worth what follows it (at 20,000 x 768 it is not, measured).
_MANY = 50_000


@dataclass
class _Nearest:
    # The greatest similarities of each query so far, known up to an error, and whose they are (-1: none yet).
    value: Tensor
    index: Tensor

    @classmethod
    def empty(cls, n: int, m: int, device: torch.device) -> "_Nearest":
        value = torch.full((n, m), -torch.inf, device=device)
        return cls(value, torch.full((n, m), -1, dtype=torch.int64, device=device))

    def add(self, queries: tuple[int, int], first: int, product: Tensor) -> None:
        """Take a block in: ``product`` is (queries, candidates), the candidates numbered from ``first``."""
        value, index = self.value[slice(*queries)], self.index[slice(*queries)]
        m = value.shape[1]
        if product.device.type == "cpu" and bool(torch.isfinite(value).all()):
            new_value, new_index = _above(product.numpy(), value.amin(dim=1).numpy(), first)
        else:
            new_value, at = product.topk(min(m, product.shape[1]), dim=1)
            new_index = at + first
        both_value, both_index = torch.cat((value, new_value), 1), torch.cat((index, new_index), 1)
        best = both_value.topk(m, dim=1).indices
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


def neighbour_means(x: Tensor, y: Tensor, k: int, block: int, *, low: bool | None = None) -> tuple[Tensor, Tensor]:
    """r_Y(x_i) of every x, (Nx,), and r_X(y_j) of every y, (Ny,), float64; k is at most the rows there are.

    Args:
        x, y: (Nx, d) and (Ny, d) float32 unit rows.
        k: neighbours.
        block: rows and columns of a block of similarities. Memory: O(block^2 + (Nx + Ny) k).
        low: make the large product in bfloat16; None finds out whether that is quicker. No mean depends on it.
    """
    low = _low_pays(x, y) if low is None else low
    a, b = operand(x, low), operand(y, low)
    add_a, add_b, _ = offsets(a, b)
    of_x, of_y = (_Nearest.empty(len(u), _most(k, len(v), low), u.device) for u, v in ((x, y), (y, x)))
    peak = torch.zeros((), device=x.device)
    for i in blocks(len(x), block):
        for j in blocks(len(y), block):
            product = a.low[slice(*i)] @ b.low[slice(*j)].T
            peak = torch.maximum(peak, peak_of(product))
            of_x.add(i, j[0], product + add_b[slice(*j)].float() if low else product)
            of_y.add(j, i[0], (product + add_a[slice(*i), None].float() if low else product).T)
    return _means(a, b, of_x, k, peak, block), _means(b, a, of_y, k, peak, block)


def own_neighbour_means(x: Tensor, k: int, block: int, *, low: bool | None = None) -> Tensor:
    """r_X'(x_j): the mean cosine to the k nearest of X other than x_j, (N,) float64; 0 where there is no other."""
    if len(x) == 1:
        return torch.zeros(1, dtype=torch.float64, device=x.device)
    low = _low_pays(x, x) if low is None else low
    side = operand(x, low)
    add, _, _ = offsets(side, side)
    nearest = _Nearest.empty(len(x), _most(k, len(x) - 1, low), x.device)
    peak = torch.zeros((), device=x.device)
    for i in blocks(len(x), block):
        for j in blocks(len(x), block, i[0]):
            product = side.low[slice(*i)] @ side.low[slice(*j)].T
            peak = torch.maximum(peak, peak_of(product))
            if i == j:
                product.fill_diagonal_(-torch.inf)
            nearest.add(i, j[0], product + add[slice(*j)].float() if low else product)
            if i != j:
                nearest.add(j, i[0], (product + add[slice(*i), None].float() if low else product).T)
    return _means(side, side, nearest, k, peak, block, own=True)


def _low_pays(x: Tensor, y: Tensor) -> bool:
    # Choosing among more candidates takes time for every row, the product for every two rows.
    return min(len(x), len(y)) >= _MANY and bfloat16_is_quick(x.device.type, x.shape[1])


def _most(k: int, candidates: int, low: bool) -> int:
    return min(candidates, _LOW * k if low else k + _SPARE)


def _means(
    side: Operand, among: Operand, nearest: _Nearest, k: int, peak: Tensor, block: int, *, own: bool = False
) -> Tensor:
    # From candidates to means: in the order of their rows the queries that are sure, the others again.
    rows = torch.arange(len(side.unit), device=side.unit.device)
    low = side.low.dtype != torch.float32
    error = error_bound(side, among, peak)
    return _chosen(side.unit, among.unit, rows, nearest, k, error, block, low=low, own=own)


def _chosen(
    query: Tensor,
    candidates: Tensor,
    rows: Tensor,
    nearest: _Nearest,
    k: int,
    error: Tensor,
    block: int,
    *,
    low: bool,
    own: bool,
) -> Tensor:
    """(n,) float64 means of the k nearest of ``query[rows]``, whose similarities in ``nearest`` have an error."""
    k = min(k, len(candidates) - own)
    order = nearest.value.argsort(dim=1, descending=True)
    value, index = nearest.value.gather(1, order).double(), nearest.index.gather(1, order)
    line = value[:, k - 1] - 2 * error
    means = torch.zeros(len(rows), dtype=torch.float64, device=query.device)
    whole = value.shape[1] == len(candidates) - own
    sure = torch.ones_like(line, dtype=torch.bool) if whole else value[:, -1] < line
    known = sure.nonzero().flatten()
    means[known] = _of_candidates(query, candidates, rows[known], value[known], index[known], line[known], k, low=low)
    again = (~sure).nonzero().flatten()
    for start, stop in blocks(len(again), block if low else _ROWS):
        part = again[start:stop]
        search = _in_float32 if low else _in_float64
        means[part] = search(query, candidates, rows[part], k, block, own=own)
    return means


def _of_candidates(
    query: Tensor,
    candidates: Tensor,
    rows: Tensor,
    value: Tensor,
    index: Tensor,
    line: Tensor,
    k: int,
    *,
    low: bool,
) -> Tensor:
    # Only what may be among the k nearest: what is known in low precision by float32 first.
    means = torch.empty(len(rows), dtype=torch.float64, device=query.device)
    error = float32_error(query.shape[1])
    for start, stop in blocks(len(rows), _GATHERED):
        part = slice(start, stop)
        hopeful = value[part] >= line[part, None]
        most = int(hopeful.sum(dim=1).max())
        at, hopeful = index[part, :most], hopeful[:, :most]
        if low:
            near = torch.bmm(candidates[at], query[rows[part], :, None])[..., 0]
            near[~hopeful] = -torch.inf
            hopeful = near >= near.topk(k, dim=1).values[:, -1:] - 2 * error
        i, j = hopeful.nonzero(as_tuple=True)
        exact = torch.full(hopeful.shape, -torch.inf, dtype=torch.float64, device=query.device)
        exact[i, j] = dots_at(query, candidates, rows[part][i], at[i, j])
        means[part] = exact.topk(k, dim=1).values.mean(dim=1)
    return means


def _in_float32(query: Tensor, candidates: Tensor, rows: Tensor, k: int, block: int, *, own: bool) -> Tensor:
    nearest = _Nearest.empty(len(rows), _most(k, len(candidates) - own, low=False), query.device)
    for low, high in blocks(len(candidates), block):
        product = query[rows] @ candidates[low:high].T
        if own:
            _leave_out(product, rows, low, high)
        nearest.add((0, len(rows)), low, product)
    error = torch.full((len(rows),), float32_error(query.shape[1]), dtype=torch.float64, device=query.device)
    return _chosen(query, candidates, rows, nearest, k, error, block, low=False, own=own)


def _in_float64(query: Tensor, candidates: Tensor, rows: Tensor, k: int, block: int, *, own: bool) -> Tensor:
    best = torch.empty((len(rows), 0), dtype=torch.float64, device=query.device)
    for low, high in blocks(len(candidates), block):
        product = query[rows].double() @ candidates[low:high].double().T
        if own:
            _leave_out(product, rows, low, high)
        best = torch.cat((best, product), 1)
        best = best.topk(min(k, best.shape[1]), dim=1).values
    return best.mean(dim=1)


def _leave_out(product: Tensor, rows: Tensor, low: int, high: int) -> None:
    inside = ((rows >= low) & (rows < high)).nonzero().flatten()
    product[inside, rows[inside] - low] = -torch.inf


def csls_penalties(
    x: Tensor, y: Tensor, k: int, *, strong: bool = True, block: int, low: bool | None = None
) -> Penalties:
    """What CSLS subtracts from the cosine of each candidate: half its neighbourhood's mean similarity.

    Arguments as of :func:`neighbour_means`; without ``strong`` nothing is worked out for the own language.
    """
    of_x, of_y = neighbour_means(x, y, k, block, low=low)
    penalties = replace(Penalties.none(x, y), x=of_x / 2, y=of_y / 2)
    if not strong:
        return penalties
    x_own, y_own = (own_neighbour_means(side, k, block, low=low) / 2 for side in (x, y))
    return replace(penalties, x_own=x_own, y_own=y_own)
