"""Per item: the rank of the right candidate, its similarity and that of the best wrong one."""

from dataclasses import dataclass

import torch
from torch import Tensor

from xlt.measures.neighbours import TIE, Penalties, blocks, dots_at, float32_error, row_dots
from xlt.measures.options import Strength


@dataclass(frozen=True)
class Ranks:
    """Each (N,): ``rank`` int64 (1 for a hit), ``right`` and ``best_wrong`` float64 (-inf where there is none)."""

    rank: Tensor
    right: Tensor
    best_wrong: Tensor


def pair_ranks(
    x: Tensor, y: Tensor, penalties: Penalties | None = None, *, block: int
) -> tuple[dict[Strength, Ranks], dict[Strength, Ranks]]:
    """Ranks of the queries x and of the queries y, by strength (``weak``, ``strong``).

    ``rank`` counts the rivals that win by the rules of :mod:`xlt.measures.neighbours`: a rank of 1 is a hit there.
    Similarities are cosines or, with ``penalties``, CSLS.
    """
    zeros = torch.zeros(len(x), dtype=torch.float64, device=x.device)
    h = penalties or Penalties(x=zeros, y=zeros, x_own=zeros, y_own=zeros)
    right = row_dots(x, y)
    scale = 1.0 if penalties is None else 2.0
    sides: list[dict[Strength, Ranks]] = []
    for query, other, penalty, own_penalty, query_mean in (
        (x, y, h.y, h.x_own, h.x),
        (y, x, h.x, h.y_own, h.y),
    ):
        target = right - penalty
        ahead, best = _rivals(query, other, penalty, target, block, own=False)
        own_ahead, own_best = _rivals(query, query, own_penalty, target, block, own=True)
        # CSLS also subtracts the query's own mean, which is the same for all candidates.
        base = torch.zeros_like(target) if penalties is None else 2 * query_mean
        value = scale * target - base
        sides.append(
            {
                "weak": Ranks(1 + ahead, value, scale * best - base),
                "strong": Ranks(1 + ahead + own_ahead, value, scale * torch.maximum(best, own_best) - base),
            }
        )
    return sides[0], sides[1]


def _rivals(
    query: Tensor, candidates: Tensor, penalty: Tensor, target: Tensor, block: int, *, own: bool
) -> tuple[Tensor, Tensor]:
    count = torch.zeros(len(query), dtype=torch.int64, device=query.device)
    best = torch.full((len(query),), -torch.inf, device=query.device)
    error = float32_error(query.shape[1])
    shift, line = penalty.float(), target.float()
    for i in blocks(len(query), block):
        for j in blocks(len(candidates), block):
            score = query[slice(*i)] @ candidates[slice(*j)].T - shift[slice(*j)]
            if i == j:
                score.fill_diagonal_(-torch.inf)
            best[slice(*i)] = torch.maximum(best[slice(*i)], score.amax(dim=1))
            ahead = score - line[slice(*i), None]
            count[slice(*i)] += (ahead > error).sum(dim=1)
            near = torch.nonzero(ahead.abs() <= error)
            a, b = near[:, 0] + i[0], near[:, 1] + j[0]
            gap = dots_at(query, candidates, a, b) - penalty[b] - target[a]
            wins = gap > TIE if own else (gap > TIE) | ((gap >= -TIE) & (b < a))
            count.index_add_(0, a[wins], torch.ones_like(a[wins]))
    return count, best.double()
