"""The definitions of the scores, slow and obvious: loops over float64 numbers."""

import numpy as np
import torch

from xlt.arrays import Floats
from xlt.measures.unit import unit_rows

CPU = torch.device("cpu")


def noisy(n: int, dim: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Unit rows of two languages that share a signal and, as in most encoders, a large common component."""
    rng = np.random.default_rng(seed)
    signal = rng.normal(size=(n, dim))
    common = 2 * rng.normal(size=dim)
    x, y = (unit_rows((signal + rng.normal(size=(n, dim)) + common).astype(np.float32), CPU) for _ in range(2))
    return x, y


def cosines(x: Floats, y: Floats) -> list[list[float]]:
    return [[float(np.dot(a, b)) for b in y] for a in x]


def mean_of_nearest(values: list[float], k: int) -> float:
    best = sorted(values, reverse=True)[:k]
    return sum(best) / len(best) if best else 0.0


def scores(x: Floats, y: Floats, k: int | None) -> tuple[list[list[float]], list[list[float]]]:
    """Score of each query x_i with each y_j and with each x_j; the cosine, or CSLS with k neighbours."""
    across, own = cosines(x, y), cosines(x, x)
    if k is None:
        return across, own
    of_x = [mean_of_nearest(row, k) for row in across]
    of_y = [mean_of_nearest([row[j] for row in across], k) for j in range(len(y))]
    within = [mean_of_nearest([own[i][j] for j in range(len(x)) if j != i], k) for i in range(len(x))]
    return (
        [[2 * across[i][j] - of_x[i] - of_y[j] for j in range(len(y))] for i in range(len(x))],
        [[2 * own[i][j] - of_x[i] - within[j] for j in range(len(x))] for i in range(len(x))],
    )


def ranks(
    x: Floats,
    y: Floats,
    k: int | None,
    strong: bool,
    tie: float = 1e-12,
    links: list[tuple[int, int]] | None = None,
) -> list[int]:
    """Rank of y_j for the query x_i of each link (i, j), or of y_i for each x_i.

    Candidates stand in the order other language, own language; the first wins a tie.
    """
    across, own = scores(x, y, k)
    all_ranks = []
    for i, goal in links or [(i, i) for i in range(len(x))]:
        right = across[i][goal]
        ahead = sum(
            across[i][j] > right + tie or (abs(across[i][j] - right) <= tie and j < goal)
            for j in range(len(y))
            if j != goal
        )
        if strong:
            ahead += sum(own[i][j] > right + tie for j in range(len(x)) if j != i)
        all_ranks.append(1 + ahead)
    return all_ranks


def winners(x: Floats, y: Floats, k: int | None, strong: bool, tie: float = 1e-12) -> list[int]:
    """The candidate that each x_i finds: a row of y or, counted on behind, of x; the first of those within a tie."""
    across, own = scores(x, y, k)
    found = []
    for i in range(len(x)):
        candidates = across[i] + [own[i][j] if j != i else -np.inf for j in range(len(x))] * strong
        found.append(next(j for j, value in enumerate(candidates) if value >= max(candidates) - tie))
    return found
