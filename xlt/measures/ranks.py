"""Per item: the rank of the right candidate, its similarity, that of the best wrong one, and who is found."""

from dataclasses import dataclass

import torch
from torch import Tensor

from xlt.measures.neighbours import TIE, Gold, Penalties
from xlt.measures.options import Strength
from xlt.measures.products import blocks, dots_at, float32_error


@dataclass(frozen=True)
class Ranks:
    """What a query's candidates are, each (n,).

    Attributes:
        rank: int64, 1 for a hit.
        right: float64, the similarity of the right candidate.
        best_wrong: float64, that of the best other one; -inf where there is none.
        found: int64, the row of the candidate that wins: of the other side or, counted on behind its rows, of the own.
    """

    rank: Tensor
    right: Tensor
    best_wrong: Tensor
    found: Tensor


@dataclass(frozen=True)
class _Rivals:
    # How many win against the right one; the similarity of the best, less its penalty, and its row (-1: there is none).
    count: Tensor
    best: Tensor
    row: Tensor


def pair_ranks(
    x: Tensor, y: Tensor, penalties: Penalties | None = None, *, gold: Gold | None = None, block: int
) -> tuple[dict[Strength, Ranks], dict[Strength, Ranks]]:
    """Ranks of the queries x and of the queries y, by strength (``weak``, ``strong``).

    ``rank`` counts the rivals that win by the rules of :mod:`xlt.measures.neighbours`: a rank of 1 is a hit there.
    Similarities are cosines or, with ``penalties``, CSLS. Arguments as of :func:`xlt.measures.neighbours.pair_hits`.
    """
    h = penalties or Penalties.none(x, y)
    gold = gold or Gold.row_by_row(len(x), x.device)
    cosine = dots_at(x, y, gold.src, gold.tgt)
    scale = 1.0 if penalties is None else 2.0
    sides: list[dict[Strength, Ranks]] = []
    for query, at, other, goal, penalty, own_penalty, query_mean in (
        (x, gold.src, y, gold.tgt, h.y, h.x_own, h.x),
        (y, gold.tgt, x, gold.src, h.x, h.y_own, h.y),
    ):
        target = cosine - penalty[goal]
        weak = _rivals(query, at, other, penalty, goal, target, block, own=False)
        own = _rivals(query, at, query, own_penalty, at, target, block, own=True)
        # CSLS also subtracts the query's own mean, which is the same for all candidates.
        base = torch.zeros_like(target) if penalties is None else 2 * query_mean[at]
        right = scale * target - base
        found = torch.where(weak.count == 0, goal, weak.row)
        of_other = torch.where(weak.count == 0, target, weak.best)
        found_own = (own.count > 0) & (own.best > of_other + TIE)
        count = weak.count + own.count
        sides.append(
            {
                "weak": Ranks(1 + weak.count, right, scale * weak.best - base, found),
                "strong": Ranks(
                    1 + count,
                    right,
                    scale * torch.maximum(weak.best, own.best) - base,
                    torch.where(found_own, len(other) + own.row, found),
                ),
            }
        )
    return sides[0], sides[1]


def _rivals(
    query: Tensor,
    at: Tensor,
    candidates: Tensor,
    penalty: Tensor,
    skip: Tensor,
    target: Tensor,
    block: int,
    *,
    own: bool,
) -> _Rivals:
    n = len(at)
    count = torch.zeros(n, dtype=torch.int64, device=query.device)
    best = torch.full((n,), -torch.inf, dtype=torch.float64, device=query.device)
    row = torch.full((n,), -1, dtype=torch.int64, device=query.device)
    error = float32_error(query.shape[1])
    shift, line = penalty.float(), target.float()
    for start, stop in blocks(n, block):
        part, goal = query[at[start:stop]], skip[start:stop]
        for low, high in blocks(len(candidates), block):
            score = part @ candidates[low:high].T - shift[low:high]
            inside = (goal >= low) & (goal < high)
            score[inside, goal[inside] - low] = -torch.inf
            top = score.amax(dim=1)
            ahead = score - line[start:stop, None]
            count[start:stop] += (ahead > error).sum(dim=1)
            near = torch.nonzero(ahead.abs() <= error)
            k, j = near[:, 0] + start, near[:, 1] + low
            gap = dots_at(query, candidates, at[k], j) - penalty[j] - target[k]
            wins = gap > TIE if own else (gap > TIE) | ((gap >= -TIE) & (j < skip[k]))
            count.index_add_(0, k[wins], torch.ones_like(k[wins]))
            # The best so far, in float64: only blocks that may hold a better one are looked at.
            hopeful = top.double() >= best[start:stop] - error
            near = torch.nonzero((score >= (top - 2 * error)[:, None]) & (hopeful & (top > -torch.inf))[:, None])
            k, j = near[:, 0] + start, near[:, 1] + low
            _keep_best(best, row, k, j, dots_at(query, candidates, at[k], j) - penalty[j])
    return _Rivals(count, best, row)


def _keep_best(best: Tensor, row: Tensor, k: Tensor, j: Tensor, value: Tensor) -> None:
    # Of candidates in ascending order the first of the greatest, values within a tie being equal.
    top = best.scatter_reduce(0, k, value, "amax")
    first = torch.full_like(row, torch.iinfo(torch.int64).max)
    tied = value >= top[k] - TIE
    first.scatter_reduce_(0, k[tied], j[tied], "amin")
    better = top > best + TIE
    row[better] = first[better]
    best.copy_(top)
