"""The ranks of right candidates alone, for all measures that need nothing else of what :mod:`xlt.measures.ranks` says.

One float32 product serves both directions, and half a product a language's search in itself; candidates that are too
near to the right one for float32 are looked at again in float64.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from xlt.measures.neighbours import TIE, Gold, Penalties
from xlt.measures.products import blocks, dots_at, float32_error


@dataclass(frozen=True)
class Counts:
    """How the right candidates of n queries do.

    Attributes:
        rank: (n,) int64, by the rules of :mod:`xlt.measures.neighbours`.
        alone: (n,) bool, whether no other candidate is as near as the right one, ties (1e-12) counting as that.
    """

    rank: Tensor
    alone: Tensor


def weak_counts(
    x: Tensor, y: Tensor, right: Tensor, penalties: Penalties | None = None, *, gold: Gold | None = None, block: int
) -> tuple[Counts, Counts]:
    """Counts of the queries x and of the queries y among the other language.

    Args:
        x, y: (Nx, d) and (Ny, d) float32 unit rows, on one device.
        right: (n,) float64 cosines of the pairs.
        penalties: None for the cosine.
        gold: the n translations; None: row by row.
        block: rows and columns of a block of similarities. Memory: O(block^2 + n).
    """
    links = gold or Gold.row_by_row(len(x), x.device)
    line_x, line_y = _lines(right, penalties, links)
    h = (None, None) if penalties is None else (penalties.y, penalties.x)
    of_x = _Tally(x, links.src, y, h[0], links.tgt, line_x, own=False)
    of_y = _Tally(y, links.tgt, x, h[1], links.src, line_y, own=False)
    if gold is None:
        for i in blocks(len(x), block):
            for j in blocks(len(y), block):
                product = x[slice(*i)] @ y[slice(*j)].T
                of_x.add(i, j, product)
                of_y.add(j, i, product.T)
    else:
        of_x.search(block)
        of_y.search(block)
    return of_x.counts(), of_y.counts()


def strong_counts(
    weak: tuple[Counts, Counts],
    x: Tensor,
    y: Tensor,
    right: Tensor,
    penalties: Penalties | None = None,
    *,
    gold: Gold | None = None,
    block: int,
) -> tuple[Counts, Counts]:
    """The weak counts and, added to them, those among the own language; arguments as of :func:`weak_counts`."""
    links = gold or Gold.row_by_row(len(x), x.device)
    h = (None, None) if penalties is None else (penalties.x_own, penalties.y_own)
    whole = []
    for counts, side, at, penalty, line in zip(
        weak, (x, y), (links.src, links.tgt), h, _lines(right, penalties, links), strict=True
    ):
        tally = _Tally(side, at, side, penalty, at, line, own=True)
        if gold is None:
            tally.search_itself(block)
        else:
            tally.search(block)
        own = tally.counts()
        whole.append(Counts(counts.rank + own.rank - 1, counts.alone & own.alone))
    return whole[0], whole[1]


def _lines(right: Tensor, penalties: Penalties | None, links: Gold) -> tuple[Tensor, Tensor]:
    # What a rival must beat, of the queries of both sides.
    return (right, right) if penalties is None else (right - penalties.y[links.tgt], right - penalties.x[links.src])


class _Tally:
    # Of the queries query[at], what is above their lines among the candidates but the one to skip.
    def __init__(
        self,
        query: Tensor,
        at: Tensor,
        candidates: Tensor,
        penalty: Tensor | None,
        skip: Tensor,
        line: Tensor,
        *,
        own: bool,
    ) -> None:
        self.query, self.at, self.candidates, self.penalty = query, at, candidates, penalty
        self.skip, self.line, self.own = skip, line, own
        self.above = torch.zeros(len(at), dtype=torch.int64, device=query.device)
        self.near = torch.zeros(len(at), dtype=torch.bool, device=query.device)
        self._error = float32_error(query.shape[1])
        self._line, self._shift = line.float(), None if penalty is None else penalty.float()

    def add(self, queries: tuple[int, int], among: tuple[int, int], product: Tensor) -> None:
        """Take in a block of products of queries with candidates; the product may be changed."""
        (start, stop), (low, high) = queries, among
        skip = self.skip[start:stop]
        inside = ((skip >= low) & (skip < high)).nonzero().flatten()
        product[inside, skip[inside] - low] = -torch.inf
        ahead = product - self._line[start:stop, None]
        if self._shift is not None:
            ahead -= self._shift[low:high]
        # Ones as floats are made and added up several times as quickly as truth values; a block has few enough.
        above = torch.gt(ahead, self._error, out=torch.empty_like(ahead)).sum(dim=1).long()
        self.above[start:stop] += above
        self.near[start:stop] |= above > 0
        unsure = (ahead.abs().amin(dim=1) <= self._error).nonzero().flatten()
        row, column = (ahead[unsure].abs() <= self._error).nonzero(as_tuple=True)
        self._decide(unsure[row] + start, column + low)

    def _decide(self, k: Tensor, j: Tensor) -> None:
        gap = dots_at(self.query, self.candidates, self.at[k], j) - self.line[k]
        if self.penalty is not None:
            gap -= self.penalty[j]
        wins = gap > TIE if self.own else (gap > TIE) | ((gap >= -TIE) & (j < self.skip[k]))
        self.above.index_add_(0, k[wins], torch.ones_like(k[wins]))
        self.near[k[gap >= -TIE]] = True

    def counts(self) -> Counts:
        """What has been taken in."""
        return Counts(1 + self.above, ~self.near)

    def search(self, block: int) -> None:
        """Take all candidates in, whatever the queries are."""
        for i in blocks(len(self.at), block):
            part = self.query[self.at[slice(*i)]]
            for j in blocks(len(self.candidates), block):
                self.add(i, j, part @ self.candidates[slice(*j)].T)

    def search_itself(self, block: int) -> None:
        """Take all candidates in where these are the queries, row by row: a block serves its rows and its columns."""
        n = len(self.candidates)
        block = min(block, max(_OWN, -(-n // 4)))
        for i in blocks(n, block):
            for j in blocks(n, block, i[0]):
                product = self.candidates[slice(*i)] @ self.candidates[slice(*j)].T
                self.add(i, j, product)
                if i != j:
                    self.add(j, i, product.T)


# Rows below which a block is not made smaller to spare what is symmetric.
_OWN = 128
