"""Intervals from a bootstrap distribution."""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from xlt.arrays import Floats

_NORMAL = NormalDist()
_ROUNDING = 1e-12


class Interval(NamedTuple):
    """Both ends, NaN where there is none, and then the reason; bias and acceleration, 0 in a percentile interval."""

    low: float
    high: float
    why_none: str = ""
    bias: float = 0.0
    acceleration: float = 0.0


def bca(distribution: Floats, estimate: float, jackknife: Floats, level: float = 0.95) -> Interval:
    """Bias-corrected and accelerated interval (Efron 1987; Efron and Tibshirani 1993, section 14.3).

    For the same resamples the ends are those of ``scipy.stats.bootstrap(method="BCa")``; but resamples without a value
    are left out, where scipy gives up.

    Args:
        distribution: (resamples,) the statistic in each resample; NaN is left out.
        estimate: the statistic of the data.
        jackknife: (n,) the statistic without each point in turn.
        level: of the interval.
    """
    values = distribution[~np.isnan(distribution)]
    if not len(values):
        return _none("every resample is constant")
    if np.isnan(jackknife).any():
        return _none("constant but for one point")
    # Half of those that equal the value; rounding must not decide which do, for in few points many do.
    equal = np.abs(values - estimate) < _ROUNDING
    below = float(np.count_nonzero((values < estimate) & ~equal) + np.count_nonzero(equal) / 2) / len(values)
    if not 0 < below < 1:
        return _none("all resamples lie on one side of the value")
    spread = jackknife.mean() - jackknife
    squares = float((spread**2).sum())
    if squares == 0:
        return _none("no single point matters, so that BCa knows no acceleration")
    acceleration = float((spread**3).sum()) / squares**1.5 / 6
    bias = _NORMAL.inv_cdf(below)
    ends = []
    for z in (_NORMAL.inv_cdf((1 - level) / 2), -_NORMAL.inv_cdf((1 - level) / 2)):
        moved = bias + z
        ends.append(_share_below(bias + moved / (1 - acceleration * moved)))
    low, high = np.percentile(values, [100 * end for end in ends])
    return Interval(float(low), float(high), "", bias, acceleration)


def percentile(distribution: Floats, level: float = 0.95) -> Interval:
    """Percentile interval (Efron and Tibshirani 1993, chapter 13) of (resamples,) values; NaN is left out."""
    values = distribution[~np.isnan(distribution)]
    if not len(values):
        return _none("every resample is constant")
    low, high = np.percentile(values, [50 * (1 - level), 50 * (1 + level)])
    return Interval(float(low), float(high))


def bootstrap_p(distribution: Floats, interval: Interval) -> float:
    """Two-sided p-value of 0: 1 less the level at which the interval would just reach it.

    The share of the distribution below 0 with the interval's own bias and acceleration taken back (Efron and Tibshirani
    1993, section 15.4), so that p-value and interval agree. Beyond all of B values it counts as 1 / (B + 1), and no
    p-value is below 2 / (B + 1).

    Args:
        distribution: (resamples,) values; NaN is left out.
        interval: what was made of them.

    Returns:
        The p-value; 1 where all are 0, else NaN where there is no interval.
    """
    values = distribution[~np.isnan(distribution)]
    if not len(values) or (interval.why_none and values.any()):
        return math.nan
    below = float(np.count_nonzero(values < 0) + np.count_nonzero(values <= 0)) / (2 * len(values))
    least = 1 / (len(values) + 1)
    moved = _NORMAL.inv_cdf(min(max(below, least), 1 - least)) - interval.bias
    # Far out the acceleration turns the scale around; there nothing is left of the p-value.
    z = moved / max(1 + interval.acceleration * moved, _ROUNDING) - interval.bias
    return min(1.0, max(2 * least, 2 * _share_below(-abs(z))))


def _share_below(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))


def _none(why: str) -> Interval:
    return Interval(math.nan, math.nan, why)
