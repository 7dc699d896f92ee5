"""Means over seeds, and the mean difference of two ways that were run with the same seeds."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_ROUNDING = 1e-12


@dataclass(frozen=True)
class Difference:
    """Mean of paired differences, ends of its interval, two-sided p-value; NaN is an empty cell, ``note`` says why."""

    mean: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    note: str = ""


def deviation(values: npt.ArrayLike, ddof: int = 1) -> float:
    """Standard deviation, dividing by n - ``ddof``; NaN where that is not above 0."""
    sample = np.asarray(values, np.float64)
    return float(sample.std(ddof=ddof)) if len(sample) > ddof else math.nan


def paired_difference(first: npt.ArrayLike, second: npt.ArrayLike, level: float = 0.95) -> Difference:
    """First less second over the same seeds: mean, interval and p-value of the paired t-test (Student 1908).

    mean ± t(n - 1) s / sqrt(n), s the standard deviation (ddof 1) of the differences. Of three to five seeds a
    bootstrap holds too few different samples, and its interval is far too narrow; the t interval has its level where
    the differences are normal.

    Args:
        first, second: (n,) finite values, a seed standing at the same place in both.
        level: of the interval.
    """
    differences = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    n = len(differences)
    if not n:
        return Difference(note="no seed in common with the baseline")
    mean = float(differences.mean())
    if n == 1:
        return Difference(mean, note="one seed: no interval")
    error = deviation(differences) / math.sqrt(n)
    if error < _ROUNDING:
        return Difference(mean, note="the same difference in all seeds: no interval")
    from scipy.special import stdtr, stdtrit

    reach = float(stdtrit(n - 1, (1 + level) / 2)) * error
    p = 2 * float(stdtr(n - 1, -abs(mean) / error))
    return Difference(mean, low=mean - reach, high=mean + reach, p=p)
