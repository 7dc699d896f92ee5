"""Which points a resample holds, and how often: columns of weights for the functions of ``xlt.stats.correlation``."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from xlt.arrays import Floats, Ints

# From a number of resamples to (n, resamples) weights.
Draw = Callable[[int], Floats]

# Numbers that are held at a time, unless told otherwise.
CELLS = 1 << 22


def in_blocks(draw: Draw, n: int, resamples: int, cells: int = CELLS) -> Iterator[Floats]:
    """The weights of all resamples, as many at a time as O(``cells``) numbers hold."""
    step = max(1, cells // max(1, n))
    for start in range(0, resamples, step):
        yield draw(min(step, resamples - start))


def single_points(n: int, rng: np.random.Generator) -> Draw:
    """Draw n of n points with replacement, as ``rng.integers(0, n, (resamples, n))`` and so scipy's bootstrap does."""

    def draw(resamples: int) -> Floats:
        drawn = rng.integers(0, n, (resamples, n))
        cells = drawn * resamples + np.arange(resamples)[:, None]
        return np.bincount(cells.ravel(), minlength=n * resamples).reshape(n, resamples).astype(np.float64)

    return draw


def crossed_clusters(factors: Sequence[Ints], within: Ints | None, rng: np.random.Generator) -> Draw:
    """Draw the levels of crossed factors, such as models and languages, and then units inside their cells.

    Of each factor as many levels are drawn with replacement as there are, independently of the other factors; a cell
    occurs as often as its levels do together. Each occurrence holds all its points or, with ``within``, as many of its
    units (seeds) as there are, drawn with replacement anew. (The pigeonhole bootstrap of Owen 2007, with a level of
    draws more inside the cells.)

    Args:
        factors: (n,) level of each point from 0 on, for each factor.
        within: (n,) unit of each point inside its cell, any integers; None takes all points.
        rng: source of the draws.
    """
    counts = [int(factor.max()) + 1 for factor in factors]
    _, cell = np.unique(np.stack(factors), axis=1, return_inverse=True)
    cell = cell.ravel()
    first = np.unique(cell, return_index=True)[1]
    points_of = np.split(np.argsort(cell, kind="stable"), np.cumsum(np.bincount(cell))[:-1])
    members = None if within is None else [_members(points, within) for points in points_of]

    def draw(resamples: int) -> Floats:
        times = np.ones((len(first), resamples))
        for factor, count in zip(factors, counts, strict=True):
            times *= rng.multinomial(count, np.full(count, 1 / count), resamples).T[factor[first]]
        if members is None:
            return times[cell]
        weights = np.empty((len(cell), resamples))
        for occurrences, (points, unit, units) in zip(times, members, strict=True):
            drawn = rng.multinomial((occurrences * units).astype(np.int64), np.full(units, 1 / units))
            weights[points] = drawn.T[unit]
        return weights

    return draw


def _members(points: Ints, within: Ints) -> tuple[Ints, Ints, int]:
    # The points of a cell, the unit of each from 0 on, and how many units there are.
    names, unit = np.unique(within[points], return_inverse=True)
    return points, unit.ravel(), len(names)
