"""A correlation, or the difference of two, with its p-value, its interval, and what to know about them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from xlt.arrays import Floats
from xlt.stats.correlation import Statistic, correlation, two_sided_p
from xlt.stats.draws import CELLS, Draw, in_blocks
from xlt.stats.intervals import Interval, bca, bootstrap_p, percentile
from xlt.stats.options import Method

_EMPTY = Interval(math.nan, math.nan)


@dataclass(frozen=True)
class Resampling:
    """How an interval is made.

    Attributes:
        draw: gives resamples, see :mod:`xlt.stats.draws`.
        resamples: number of them.
        accelerated: BCa, for points that are drawn one by one; else the percentile interval.
        cells: numbers held at a time, a bound of memory.
    """

    draw: Draw
    resamples: int
    accelerated: bool
    cells: int = CELLS


@dataclass(frozen=True)
class Estimate:
    """A number with p-value and interval; NaN is an empty cell, and ``notes`` say why.

    Attributes:
        value: the coefficient, or the difference.
        parts: of a difference the two coefficients.
        p: two-sided p-value.
        low, high: ends of the 95 % interval.
        notes: sentences without a full stop.
    """

    value: float = math.nan
    parts: tuple[float, ...] = ()
    p: float = math.nan
    low: float = math.nan
    high: float = math.nan
    notes: list[str] = field(default_factory=list)


def estimate(
    method: Method,
    x: Floats,
    y: Floats,
    resampling: Resampling | None = None,
    names: Sequence[str] = ("x", "y"),
) -> Estimate:
    """Correlate (n,) paired values. Fewer than 3 points or a constant side have no coefficient, and a coefficient of 1
    or -1 has neither p-value nor interval.

    The p-value takes the points for independent, as the BCa interval does; beside the interval of clusters stands the
    one that agrees with it (:func:`~xlt.stats.intervals.bootstrap_p`).

    Time: O(n x resamples), of a BCa interval O(n x (n + resamples)), and n times that for Kendall's; memory
    O(cells + resamples) numbers.

    Args:
        method: the coefficient.
        x, y: (n,) finite values.
        resampling: how the interval is made; None for no interval.
        names: what x and y are, for the notes.
    """
    notes = _faults((x, y), names)
    if notes:
        return Estimate(notes=notes)
    statistic = correlation(method, x, y)
    value = _of_the_data(statistic, len(x))
    if 1 - abs(value) < 1e-12:
        return Estimate(round(value), notes=["a coefficient of 1 or -1 has neither p-value nor interval"])
    drawn, interval, notes = _resampled(statistic, len(x), value, resampling)
    if resampling is None or resampling.accelerated:
        p = two_sided_p(method, x, y, value)
    else:
        p = bootstrap_p(drawn, interval)
    return Estimate(value, p=p, low=interval.low, high=interval.high, notes=notes)


def estimate_difference(
    method: Method,
    first: tuple[Floats, Floats],
    second: tuple[Floats, Floats],
    resampling: Resampling | None = None,
    names: Sequence[str] = ("x 1", "y 1", "x 2", "y 2"),
) -> Estimate:
    """The first correlation less the second, over the same n units: each resample draws units for both (paired).

    Args:
        method: the coefficient.
        first, second: x and y, (n,) each, a unit standing at the same place in all four.
        resampling: how interval and p-value are made; None for neither.
        names: what the four are, for the notes.
    """
    notes = _faults((*first, *second), names)
    if notes:
        return Estimate(notes=notes)
    one, other = correlation(method, *first), correlation(method, *second)
    n = len(first[0])
    parts = _of_the_data(one, n), _of_the_data(other, n)
    value = parts[0] - parts[1]
    drawn, interval, notes = _resampled(lambda weights: one(weights) - other(weights), n, value, resampling)
    p = bootstrap_p(drawn, interval)
    return Estimate(value, parts, p=p, low=interval.low, high=interval.high, notes=notes)


def _faults(sides: Sequence[Floats], names: Sequence[str]) -> list[str]:
    if len(sides[0]) < 3:
        return [f"fewer than 3 points: {len(sides[0])}"]
    return [f"{name} is constant" for name, side in zip(names, sides, strict=True) if (side == side[0]).all()]


def _of_the_data(statistic: Statistic, n: int) -> float:
    return float(statistic(np.ones((n, 1)))[0])


def _resampled(
    statistic: Statistic, n: int, value: float, resampling: Resampling | None
) -> tuple[Floats, Interval, list[str]]:
    if resampling is None:
        return np.empty(0), _EMPTY, []
    blocks = in_blocks(resampling.draw, n, resampling.resamples, resampling.cells)
    drawn = np.concatenate([statistic(weights) for weights in blocks])
    if resampling.accelerated:
        # Leaving a point out is a sample as well; as many at a time as resamples.
        parts = np.array_split(np.arange(n), -(-n * n // resampling.cells))
        without = [statistic(1 - np.eye(n, len(rows), -rows[0])) for rows in parts]
        interval = bca(drawn, value, np.concatenate(without))
    else:
        interval = percentile(drawn)
    constant = int(np.isnan(drawn).sum())
    notes = [interval.why_none] if interval.why_none else []
    if constant:
        notes.append(f"{constant:,} of {resampling.resamples:,} resamples are constant or empty and left out")
    return drawn, interval, notes
