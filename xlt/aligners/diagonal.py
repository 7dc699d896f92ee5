"""The prior that favours the diagonal, and its tension (Dyer, Chahuneau and Smith 2013, sections 2 and 2.1).

Position j of m predicted words takes position i of n given words with probability proportional to
exp(-tension |i/n - j/m|), positions counted from 1, times what the null word leaves.
"""

import numpy as np

from xlt.arrays import Floats, Ints

LOWEST, HIGHEST = 0.1, 14.0


def distances(n: int, m: int, shift: int = 0) -> Floats:
    """|i/n - j/m| for i = 1 … n and j = 1 … m, (n, m); ``shift`` is subtracted from j."""
    given = np.arange(1, n + 1) / n
    predicted = (np.arange(1, m + 1) - shift) / m
    return np.asarray(np.abs(given[:, None] - predicted[None, :]))


def prior(n: int, m: int, tension: float, null: float) -> Floats:
    """(n, m): probability of each given position for each predicted one; a column sums to 1 - ``null``."""
    weights = np.exp(-tension * distances(n, m))
    return np.asarray(weights * ((1.0 - null) / weights.sum(axis=0)))


def moved_tension(tension: float, observed: float, sizes: Ints, counts: Ints) -> float:
    """The tension after eight steps of gradient ascent.

    Args:
        tension: where it stands.
        observed: expected -|i/n - j/m| of the links, a mean over all predicted words.
        sizes: (shapes, 2) distinct numbers of given and predicted words.
        counts: (shapes,) sentence pairs of each shape.

    The model's own expectation is that of the C++ tool, whose normaliser has the two lengths swapped: the tensions
    that it finds, and with them the published links, come out the same.
    """
    n, m = (np.repeat(sizes[:, k], sizes[:, 1]).astype(np.float64) for k in (0, 1))
    weight = np.repeat(counts, sizes[:, 1]).astype(np.float64)
    j = np.concatenate([np.arange(1, k + 1) for k in sizes[:, 1].tolist()]).astype(np.float64)
    words = weight.sum()
    for _ in range(8):
        expected = float((weight * _weighted_distance(j, m, n, tension) / _normaliser(j, n, m, tension)).sum()) / words
        tension = float(min(HIGHEST, max(LOWEST, tension + 20.0 * (observed - expected))))
    return tension


def _normaliser(j: Floats, m: Floats, n: Floats, tension: float) -> Floats:
    # The sum of exp(-tension |i/n - j/m|) over i as two geometric series, below and above the diagonal.
    below = np.floor(j * n / m)
    ratio = np.exp(-tension / n)
    above = n - below
    # Beyond the last position (the lengths are swapped) the tool's unsigned count wraps: an endless series.
    tail = np.where(above > 0, 1.0 - ratio ** np.abs(above), np.where(above < 0, 1.0, 0.0))
    up = np.exp(-tension * np.abs((below + 1) / n - j / m)) * tail / (1.0 - ratio)
    down = np.exp(-tension * np.abs(below / n - j / m)) * (1.0 - ratio**below) / (1.0 - ratio)
    return np.asarray(up + down)


def _weighted_distance(j: Floats, m: Floats, n: Floats, tension: float) -> Floats:
    # The sum of -|i/n - j/m| exp(-tension |i/n - j/m|) over i as two arithmetico-geometric series.
    below = np.floor(j * n / m)
    ratio, step = np.exp(-tension / n), -1.0 / n

    def series(first: Floats, terms: Floats) -> Floats:
        start = np.exp(tension * first)
        after = start * ratio**terms
        last = first + step * (terms - 1)
        inner = (last * after - first * start) / (ratio - 1.0) - step * (after - start * ratio) / (ratio - 1.0) ** 2
        return np.where(terms > 0, inner, 0.0)

    return np.asarray(series(-np.abs((below + 1) / n - j / m), n - below) + series(-np.abs(below / n - j / m), below))
