"""Nearest-neighbour search over word pairs: does the right one win? Blocked, exact, and cheap.

For unit vectors x_i, y_i (row i of one translates row i of the other) and penalties h (zero for the cosine, half the
neighbourhood means for CSLS), a query x_i is a hit when no rival wins against its translation:

    cos(x_i, y_j) - h_j   for j != i            (weak), and
    cos(x_i, x_j) - h'_j  for j != i            (strong, besides)

against cos(x_i, y_i) - h_i. A rival of the other language wins a tie when it stands before the right one; the own
language stands behind the other and loses ties.

The outcome is that of float64 arithmetic on the float32 unit vectors (values within 1e-12 are ties), whatever the block
size, the threads, the device and the precision of the products; with CSLS, given the neighbourhoods' means. The large
products run in float32, or in bfloat16 on centred vectors where the machine is quick at it; each comes with a rigorous
bound of its error, and only queries whose margin lies inside the bound are looked at again: in float32, and the rivals
that are still too near in float64.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

# Values that are closer than this count as equal; far above the rounding of float64, far below any meaning.
TIE = 1e-12
_U32 = 2.0**-24  # unit roundoff of float32
_U16 = 2.0**-8  # unit roundoff of bfloat16
_CHUNK = 1 << 9  # rows converted to float64 at a time: they stay in the cache


@dataclass(frozen=True)
class Hits:
    """Which queries found their translation, each (N,) bool; ``strong`` is None where it was not asked for."""

    weak: Tensor
    strong: Tensor | None


@dataclass(frozen=True)
class Penalties:
    """What is subtracted from a candidate's cosine, each (N,) float64.

    Attributes:
        x: of x_i as a candidate for queries of y.
        y: of y_j as a candidate for queries of x.
        x_own: of x_j as a candidate for queries of x.
        y_own: of y_j as a candidate for queries of y.
    """

    x: Tensor
    y: Tensor
    x_own: Tensor
    y_own: Tensor


@dataclass(frozen=True)
class _Bounded:
    # The greatest rival of each query, known up to an error.
    value: Tensor
    error: Tensor


@dataclass(frozen=True)
class _Operand:
    # A side as it enters the products: low precision and centred, or plain float32.
    unit: Tensor
    low: Tensor
    norm: Tensor
    rounding: Tensor
    mean: Tensor


def pair_hits(
    x: Tensor,
    y: Tensor,
    penalties: Penalties | None = None,
    *,
    strong: bool = True,
    block: int,
    low: bool | None = None,
) -> tuple[Hits, Hits]:
    """Hits of the queries x (searching y) and of the queries y (searching x).

    Args:
        x, y: (N, d) float32 unit rows, on one device.
        penalties: None for the cosine.
        strong: search the own language too.
        block: rows and columns of a block of similarities.
        low: make the large products in bfloat16; None finds out whether the machine is quick at it. The outcome does
            not depend on it, only the time.

    Memory beside the inputs: 2 bytes x N x d for each low-precision copy, and O(block^2).
    """
    zeros = torch.zeros(len(x), dtype=torch.float64, device=x.device)
    h = penalties or Penalties(x=zeros, y=zeros, x_own=zeros, y_own=zeros)
    right = row_dots(x, y)
    low = _bfloat16_is_quick(x.device.type, x.shape[1]) if low is None else low
    a, b = _operand(x, low), _operand(y, low)
    best_x, best_y = _greatest(a, b, h.y, h.x, block)
    sides = []
    for query, other, side, best, penalty, own_penalty in (
        (x, y, a, best_x, h.y, h.x_own),
        (y, x, b, best_y, h.x, h.y_own),
    ):
        target = right - penalty
        weak = _decide(target, best, query, other, penalty, block, own=False)
        both = None
        if strong:
            both = weak.clone()
            rows = torch.nonzero(weak).flatten()
            own = _greatest_own(query, side, own_penalty, rows, block)
            both[rows] = _decide(target, own, query, query, own_penalty, block, own=True, rows=rows)
        sides.append(Hits(weak, both))
    return sides[0], sides[1]


def _decide(
    target: Tensor,
    best: _Bounded,
    query: Tensor,
    candidates: Tensor,
    penalty: Tensor,
    block: int,
    *,
    own: bool,
    rows: Tensor | None = None,
) -> Tensor:
    rows = torch.arange(len(query), device=query.device) if rows is None else rows
    margin = target[rows] - best.value
    hit = margin > 0
    unsure = torch.nonzero(~(margin.abs() > best.error)).flatten()
    hit[unsure] = _exact(target, query, candidates, penalty, rows[unsure], block, own=own)
    return hit


def _exact(
    target: Tensor, query: Tensor, candidates: Tensor, penalty: Tensor, rows: Tensor, block: int, *, own: bool
) -> Tensor:
    """Which of the queries ``rows`` no rival beats: float32 first, float64 where that is too near."""
    hit = torch.ones(len(rows), dtype=torch.bool, device=query.device)
    error = float32_error(query.shape[1])
    shift = penalty.float()
    for start in range(0, len(rows), block):
        part = rows[start : start + block]
        line = target[part].float()[:, None]
        for low, high in blocks(len(candidates), block):
            ahead = query[part] @ candidates[low:high].T - shift[low:high] - line
            inside = (part >= low) & (part < high)
            ahead[inside, part[inside] - low] = -torch.inf
            hit[start : start + block] &= (ahead <= error).all(dim=1)
            near = torch.nonzero((ahead.abs() <= error) & hit[start : start + block, None])
            i, j = part[near[:, 0]], near[:, 1] + low
            gap = dots_at(query, candidates, i, j) - penalty[j] - target[i]
            wins = gap > TIE if own else (gap > TIE) | ((gap >= -TIE) & (j < i))
            hit[start + near[wins, 0]] = False
    return hit


def _greatest(a: _Operand, b: _Operand, penalty_b: Tensor, penalty_a: Tensor, block: int) -> tuple[_Bounded, _Bounded]:
    """The greatest rival of each query of a among b and of each query of b among a, from one product."""
    add_a, add_b, constant = _offsets(a, b)
    shift_a, shift_b = (add_a - penalty_a).float(), (add_b - penalty_b).float()
    best_a, best_b = (torch.full_like(p, -torch.inf, dtype=torch.float32) for p in (penalty_a, penalty_b))
    peak = torch.zeros((), device=a.low.device)
    for i in blocks(len(a.low), block):
        for j in blocks(len(b.low), block):
            product, top = _block_product(a.low, b.low, i, j)
            peak = torch.maximum(peak, top)
            _raise(best_a, i, (product + shift_b[slice(*j)]).amax(dim=1))
            _raise(best_b, j, (product + shift_a[slice(*i), None]).amax(dim=0))
    return (
        _Bounded(best_a.double() + add_a + constant, _error(a, b, peak)),
        _Bounded(best_b.double() + add_b + constant, _error(b, a, peak)),
    )


def _greatest_own(query: Tensor, side: _Operand, penalty: Tensor, rows: Tensor, block: int) -> _Bounded:
    """The greatest rival of the queries ``rows`` within their own language."""
    add, _, constant = _offsets(side, side)
    shift = (add - penalty).float()
    n = len(query)
    peak = torch.zeros((), device=query.device)
    if 2 * len(rows) < n:
        best = torch.full((len(rows),), -torch.inf, device=query.device)
        low = side.low[rows]
        for i in blocks(len(rows), block):
            for j in blocks(n, block):
                part = rows[slice(*i)]
                product = low[slice(*i)] @ side.low[slice(*j)].T
                inside = (part >= j[0]) & (part < j[1])
                at = (inside.nonzero().flatten(), part[inside] - j[0])
                product[at] = 0
                peak = torch.maximum(peak, _peak(product))
                product[at] = -torch.inf
                _raise(best, i, (product + shift[slice(*j)]).amax(dim=1))
    else:
        # The product is symmetric: each block above the diagonal serves its rows and its columns.
        every = torch.full((n,), -torch.inf, device=query.device)
        for i in blocks(n, block):
            for j in blocks(n, block, i[0]):
                product, top = _block_product(side.low, side.low, i, j)
                peak = torch.maximum(peak, top)
                _raise(every, i, (product + shift[slice(*j)]).amax(dim=1))
                if i != j:
                    _raise(every, j, (product + shift[slice(*i), None]).amax(dim=0))
        best = every[rows]
    error = _error(side, side, peak)
    return _Bounded(best.double() + add[rows] + constant, error[rows])


def _block_product(a: Tensor, b: Tensor, i: tuple[int, int], j: tuple[int, int]) -> tuple[Tensor, Tensor]:
    product = a[slice(*i)] @ b[slice(*j)].T
    if i == j:
        product.fill_diagonal_(0)
    top = _peak(product)
    if i == j:
        product.fill_diagonal_(-torch.inf)
    return product, top


def _peak(product: Tensor) -> Tensor:
    # Only the rounding of a bfloat16 result grows with its size.
    if product.dtype == torch.float32:
        return torch.zeros((), device=product.device)
    low, high = torch.aminmax(product)
    return torch.maximum(-low, high).float()


def _raise(best: Tensor, where: tuple[int, int], values: Tensor) -> None:
    part = best[slice(*where)]
    torch.maximum(part, values, out=part)


def blocks(n: int, block: int, start: int = 0) -> Iterator[tuple[int, int]]:
    """(low, high) of the blocks from ``start`` to ``n``."""
    for low in range(start, n, block):
        yield low, min(n, low + block)


def _operand(unit: Tensor, low: bool) -> _Operand:
    # Centring shrinks what is rounded: the vectors of a language share a large component in most encoders.
    mean = unit.mean(dim=0) if low else torch.zeros_like(unit[0])
    rest = unit - mean if low else unit
    rounded = rest.bfloat16() if low else rest
    norm = torch.linalg.vector_norm(rest, dim=1)
    lost = torch.linalg.vector_norm(rest - rounded, dim=1) if low else torch.zeros_like(norm)
    return _Operand(unit=unit, low=rounded, norm=norm, rounding=lost, mean=mean)


def _offsets(a: _Operand, b: _Operand) -> tuple[Tensor, Tensor, Tensor]:
    # x.y = x'.y' + x.q + p.y - p.q with x = x' + p, y = y' + q.
    return (a.unit @ b.mean).double(), (b.unit @ a.mean).double(), -(a.mean.double() @ b.mean.double())


def _error(query: _Operand, candidates: _Operand, peak: Tensor) -> Tensor:
    """A bound of |computed - exact| for the greatest rival of each query (Cauchy-Schwarz on what rounding lost)."""
    dim = query.low.shape[1]
    norm, lost = candidates.norm.max(), candidates.rounding.max()
    bound = query.rounding * norm + (query.norm + query.rounding) * lost
    # Three float32 products: of the centred vectors, which may be longer than 1, and of the unit vectors with a mean.
    sums = float32_error(dim) * (query.norm * norm + 3)
    return (bound + _U16 * 1.01 * peak + sums).double() * 1.001


def float32_error(dim: int) -> float:
    """A bound for a float32 dot product of two unit vectors of this dimension and the few additions around it."""
    return (dim + 32) * _U32


def row_dots(x: Tensor, y: Tensor) -> Tensor:
    """(N,) float64 dot products of row i of one with row i of the other."""
    parts = [(x[s : s + _CHUNK].double() * y[s : s + _CHUNK].double()).sum(dim=1) for s in range(0, len(x), _CHUNK)]
    return torch.cat(parts)


def dots_at(x: Tensor, y: Tensor, i: Tensor, j: Tensor) -> Tensor:
    """(m,) float64 dot products of rows ``x[i]`` and ``y[j]``."""
    parts = [row_dots(x[i[s : s + _CHUNK]], y[j[s : s + _CHUNK]]) for s in range(0, len(i), _CHUNK)]
    return torch.cat(parts) if parts else torch.zeros(0, dtype=torch.float64, device=x.device)


@cache
def _bfloat16_is_quick(device: str, dim: int) -> bool:
    # A processor without bfloat16 units emulates it slowly.
    if device == "mps":
        return False
    times = []
    for dtype in (torch.float32, torch.bfloat16):
        a = torch.ones(512, dim, dtype=dtype, device=device)
        a @ a.T
        start = time.perf_counter()
        (a @ a.T).sum().item()
        times.append(time.perf_counter() - start)
    return times[1] < 0.7 * times[0]
