"""Nearest-neighbour search: does a query find its translation among all candidates? Blocked, exact, and cheap.

For unit vectors x_i, y_j, links (i, j) that say what translates what, and penalties h (zero for the cosine, half the
neighbourhood means for CSLS), the query x_i of a link (i, j) is a hit when no rival wins against y_j:

    cos(x_i, y_m) - h_m   for m != j            (weak), and
    cos(x_i, x_m) - h'_m  for m != i            (strong, besides)

against cos(x_i, y_j) - h_j. A rival of the other language wins a tie when it stands before the right one; the own
language stands behind the other and loses ties. Without links row i of one side translates row i of the other.

The outcome is that of float64 arithmetic on the float32 unit vectors (values within 1e-12 are ties), whatever the block
size, the threads, the device and the precision of the products; with CSLS, given the neighbourhoods' means. The large
products run in float32, or in bfloat16 on centred vectors where the machine is quick at it; each comes with a rigorous
bound of its error, and only queries whose margin lies inside the bound are looked at again: in float32, and the rivals
that are still too near in float64.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

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

# Values that are closer than this count as equal; far above the rounding of float64, far below any meaning.
TIE = 1e-12


@dataclass(frozen=True)
class Gold:
    """What translates what: row ``src[k]`` of one side and row ``tgt[k]`` of the other, each (n,) int64."""

    src: Tensor
    tgt: Tensor

    def __len__(self) -> int:
        return len(self.src)

    @classmethod
    def row_by_row(cls, n: int, device: torch.device) -> "Gold":
        """Row i of one side and row i of the other."""
        rows = torch.arange(n, device=device)
        return cls(rows, rows)


@dataclass(frozen=True)
class Hits:
    """Which of the pairs have a query that found its translation, (n,) bool; ``strong`` is None if not asked for."""

    weak: Tensor
    strong: Tensor | None


@dataclass(frozen=True)
class Penalties:
    """What is subtracted from a candidate's cosine, each (rows of its side,) float64.

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

    @classmethod
    def none(cls, x: Tensor, y: Tensor) -> "Penalties":
        """Those of the cosine."""
        of_x, of_y = (torch.zeros(len(side), dtype=torch.float64, device=side.device) for side in (x, y))
        return cls(x=of_x, y=of_y, x_own=of_x, y_own=of_y)


@dataclass(frozen=True)
class _Bounded:
    # The greatest rival of each query, known up to an error.
    value: Tensor
    error: Tensor


@dataclass(frozen=True)
class _Search:
    # Queries of one side among the rows of a side: the other, or their own.
    query: Tensor  # (N, d) of which the queries are rows
    at: Tensor  # (n,) these rows
    candidates: Tensor
    penalty: Tensor
    skip: Tensor  # (n,) the candidate that is no rival of each query
    target: Tensor  # (n,) float64, what a rival must beat
    own: bool

    def take(self, queries: Tensor) -> "_Search":
        return replace(self, at=self.at[queries], skip=self.skip[queries], target=self.target[queries])


def pair_hits(
    x: Tensor,
    y: Tensor,
    penalties: Penalties | None = None,
    *,
    gold: Gold | None = None,
    strong: bool = True,
    block: int,
    low: bool | None = None,
) -> tuple[Hits, Hits]:
    """Hits of the queries x (searching y) and of the queries y (searching x).

    Args:
        x, y: (Nx, d) and (Ny, d) float32 unit rows, on one device.
        penalties: None for the cosine.
        gold: the n translations, whose rows are the queries, while all rows are candidates; None: row by row.
        strong: search the own language too.
        block: rows and columns of a block of similarities.
        low: make the large products in bfloat16; None finds out whether the machine is quick at it. The outcome does
            not depend on it, only the time.

    Memory beside the inputs: 2 bytes x N x d for each low-precision copy, and O(block^2).
    """
    h = penalties or Penalties.none(x, y)
    gold = gold or Gold.row_by_row(len(x), x.device)
    right = dots_at(x, y, gold.src, gold.tgt)
    low = bfloat16_is_quick(x.device.type, x.shape[1]) if low is None else low
    a, b = operand(x, low), operand(y, low)
    # One product serves both directions, unless few of the words are queries.
    if len(gold) * (len(x) + len(y)) < len(x) * len(y):
        best_x = _greatest_of(a, gold.src, b, h.y, gold.tgt, block)
        best_y = _greatest_of(b, gold.tgt, a, h.x, gold.src, block)
    else:
        best_x, best_y = _greatest(a, b, h.y, h.x, gold, block)
    sides = []
    for query, at, side, other, goal, best, penalty, own_penalty in (
        (x, gold.src, a, y, gold.tgt, best_x, h.y, h.x_own),
        (y, gold.tgt, b, x, gold.src, best_y, h.x, h.y_own),
    ):
        target = right - penalty[goal]
        search = _Search(query, at, other, penalty, goal, target, own=False)
        weak = _decide(search, best, block)
        both = None
        if strong:
            both = weak.clone()
            hits = torch.nonzero(weak).flatten()
            own = _Search(query, at, query, own_penalty, at, target, own=True).take(hits)
            both[hits] = _decide(own, _greatest_own(side, own.at, own_penalty, block), block)
        sides.append(Hits(weak, both))
    return sides[0], sides[1]


def _decide(search: _Search, best: _Bounded, block: int) -> Tensor:
    margin = search.target - best.value
    hit = margin > 0
    unsure = torch.nonzero(~(margin.abs() > best.error)).flatten()
    hit[unsure] = _exact(search.take(unsure), block)
    return hit


def _exact(search: _Search, block: int) -> Tensor:
    """Which of the queries no rival beats: float32 first, float64 where that is too near."""
    n = len(search.at)
    hit = torch.ones(n, dtype=torch.bool, device=search.query.device)
    error = float32_error(search.query.shape[1])
    shift = search.penalty.float()
    for start, stop in blocks(n, block):
        part = search.query[search.at[start:stop]]
        line = search.target[start:stop].float()[:, None]
        skip = search.skip[start:stop]
        for low, high in blocks(len(search.candidates), block):
            ahead = part @ search.candidates[low:high].T - shift[low:high] - line
            inside = (skip >= low) & (skip < high)
            ahead[inside, skip[inside] - low] = -torch.inf
            hit[start:stop] &= (ahead <= error).all(dim=1)
            near = torch.nonzero((ahead.abs() <= error) & hit[start:stop, None])
            k, j = near[:, 0] + start, near[:, 1] + low
            gap = dots_at(search.query, search.candidates, search.at[k], j) - search.penalty[j] - search.target[k]
            wins = gap > TIE if search.own else (gap > TIE) | ((gap >= -TIE) & (j < search.skip[k]))
            hit[k[wins]] = False
    return hit


def _greatest(
    a: Operand, b: Operand, penalty_b: Tensor, penalty_a: Tensor, gold: Gold, block: int
) -> tuple[_Bounded, _Bounded]:
    """The greatest rival of each link's query of a among b and of its query of b among a, from one product.

    A word in several links has none of these as rivals: its error is infinite, so that it is looked at again.
    """
    add_a, add_b, constant = offsets(a, b)
    shift_a, shift_b = (add_a - penalty_a).float(), (add_b - penalty_b).float()
    best_a, best_b = (torch.full_like(p, -torch.inf, dtype=torch.float32) for p in (penalty_a, penalty_b))
    peak = torch.zeros((), device=a.low.device)
    cells = _Cells(gold)
    for i in blocks(len(a.low), block):
        for j in blocks(len(b.low), block):
            product, top = _without(a.low[slice(*i)] @ b.low[slice(*j)].T, cells.within(i, j))
            peak = torch.maximum(peak, top)
            _raise(best_a, i, (product + shift_b[slice(*j)]).amax(dim=1))
            _raise(best_b, j, (product + shift_a[slice(*i), None]).amax(dim=0))
    bounded = []
    for at, best, add, error in (
        (gold.src, best_a, add_a, error_bound(a, b, peak)),
        (gold.tgt, best_b, add_b, error_bound(b, a, peak)),
    ):
        several = torch.bincount(at, minlength=len(best)) > 1
        error[several] = torch.inf
        bounded.append(_Bounded((best.double() + add + constant)[at], error[at]))
    return bounded[0], bounded[1]


def _greatest_own(side: Operand, rows: Tensor, penalty: Tensor, block: int) -> _Bounded:
    """The greatest rival of the queries ``rows`` within their own language."""
    n = len(side.low)
    if 2 * len(rows) < n:
        return _greatest_of(side, rows, side, penalty, rows, block)
    add, _, constant = offsets(side, side)
    shift = (add - penalty).float()
    peak = torch.zeros((), device=side.low.device)
    # The product is symmetric: each block above the diagonal serves its rows and its columns.
    best = torch.full((n,), -torch.inf, device=side.low.device)
    for i in blocks(n, block):
        for j in blocks(n, block, i[0]):
            diagonal = torch.arange(i[1] - i[0], device=best.device)
            cells = (diagonal, diagonal) if i == j else None
            product, top = _without(side.low[slice(*i)] @ side.low[slice(*j)].T, cells)
            peak = torch.maximum(peak, top)
            _raise(best, i, (product + shift[slice(*j)]).amax(dim=1))
            if i != j:
                _raise(best, j, (product + shift[slice(*i), None]).amax(dim=0))
    return _Bounded((best.double() + add + constant)[rows], error_bound(side, side, peak)[rows])


def _greatest_of(side: Operand, rows: Tensor, among: Operand, penalty: Tensor, skip: Tensor, block: int) -> _Bounded:
    """The greatest rival of the queries ``rows`` of a side among all rows of a side but ``skip``, one a query."""
    add, add_among, constant = offsets(side, among)
    shift = (add_among - penalty).float()
    peak = torch.zeros((), device=side.low.device)
    best = torch.full((len(rows),), -torch.inf, device=side.low.device)
    low = side.low[rows]
    for i in blocks(len(rows), block):
        part = skip[slice(*i)]
        for j in blocks(len(among.low), block):
            inside = (part >= j[0]) & (part < j[1])
            cells = inside.nonzero().flatten(), part[inside] - j[0]
            product, top = _without(low[slice(*i)] @ among.low[slice(*j)].T, cells)
            peak = torch.maximum(peak, top)
            _raise(best, i, (product + shift[slice(*j)]).amax(dim=1))
    return _Bounded(best.double() + add[rows] + constant, error_bound(side, among, peak)[rows])


class _Cells:
    # Where the links lie in a block of similarities.
    def __init__(self, gold: Gold) -> None:
        order = torch.argsort(gold.src)
        self._src, self._tgt = gold.src[order], gold.tgt[order]

    def within(self, i: tuple[int, int], j: tuple[int, int]) -> tuple[Tensor, Tensor]:
        start, stop = torch.searchsorted(self._src, torch.tensor(i, device=self._src.device)).tolist()
        src, tgt = self._src[start:stop], self._tgt[start:stop]
        inside = (tgt >= j[0]) & (tgt < j[1])
        return src[inside] - i[0], tgt[inside] - j[0]


def _without(product: Tensor, cells: tuple[Tensor, Tensor] | None) -> tuple[Tensor, Tensor]:
    # What is left of a block without some cells, and the peak of the rest.
    if cells is not None:
        product[cells] = 0
    top = peak_of(product)
    if cells is not None:
        product[cells] = -torch.inf
    return product, top


def _raise(best: Tensor, where: tuple[int, int], values: Tensor) -> None:
    part = best[slice(*where)]
    torch.maximum(part, values, out=part)
