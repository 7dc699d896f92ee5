"""Correlation of paired values in thousands of weighted samples at once: what bootstrap and jackknife ask for.

A sample is a column of weights, how often each point occurs in it: all 1 for the data, 1 but for a 0 where a point is
left out, counts of draws in a resample. Ranks are then sums of counts over the sorted points: nothing is sorted anew.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from xlt.arrays import Bools, Floats, Ints
from xlt.stats.options import Method

# From (points, samples) whole numbers as float64 to (samples,) coefficients, NaN where a side is constant.
Statistic = Callable[[Floats], Floats]

_BLOCK = 1 << 22


def correlation(method: Method, x: npt.ArrayLike, y: npt.ArrayLike) -> Statistic:
    """The coefficient of (n,) paired values as a function of weights.

    Spearman's is Pearson's correlation of mean ranks, made anew in every sample; Kendall's is tau-b. Both are exact
    until the last division: their sums are whole numbers.

    Args:
        method: the coefficient.
        x, y: (n,) finite values.
    """
    return METHODS[method](np.asarray(x, np.float64), np.asarray(y, np.float64))


def two_sided_p(method: Method, x: npt.ArrayLike, y: npt.ArrayLike, coefficient: float) -> float:
    """P-value of no association, taking the points for independent.

    Student's t with n - 2 degrees of freedom for Spearman and Pearson, as ``scipy.stats.spearmanr`` and ``pearsonr``
    have it; for Kendall that of ``scipy.stats.kendalltau``, which is exact for few points without ties.

    Args:
        method: the coefficient.
        x, y: (n,) values, n at least 3.
        coefficient: their correlation, strictly between -1 and 1.
    """
    if method == "kendall":
        from scipy.stats import kendalltau

        return float(kendalltau(x, y).pvalue)
    from scipy.special import stdtr

    freedom = len(np.asarray(x)) - 2
    t = coefficient * np.sqrt(freedom / ((1 + coefficient) * (1 - coefficient)))
    return float(2 * stdtr(freedom, -abs(t)))


def _spearman(x: Floats, y: Floats) -> Statistic:
    # Points in the order of x, so that one of the two rankings needs no reordering.
    order = np.argsort(x, kind="stable")
    y_order = np.argsort(y[order], kind="stable")
    back = np.empty_like(y_order)
    back[y_order] = np.arange(len(y))
    x_first, y_first = _first_of_ties(x[order]), _first_of_ties(y[order][y_order])

    def statistic(weights: Floats) -> Floats:
        weights = weights[order]
        x_ranks = _centred_ranks(weights, x_first)
        y_ranks = _centred_ranks(weights[y_order], y_first)[back]
        return _cosine(weights, x_ranks, y_ranks)

    return statistic


def _first_of_ties(values: Floats) -> Ints | None:
    # Where each run of equal values begins; None where no two are equal.
    new = np.concatenate((np.ones(min(1, len(values)), bool), values[1:] != values[:-1]))
    return None if new.all() else np.flatnonzero(new)


def _centred_ranks(weights: Floats, first: Ints | None) -> Floats:
    # Twice the mean rank less twice its mean, a whole number: with C points up to and with a value, c of them equal to
    # it and N in all, the rank is C - (c - 1) / 2, the mean (N + 1) / 2.
    counts = weights if first is None else np.add.reduceat(weights, first, axis=0)
    ranks = counts.copy()
    for below, here in pairwise(ranks):
        here += below
    total = ranks[-1].copy()
    ranks *= 2
    ranks -= counts
    ranks -= total
    return ranks if first is None else np.repeat(ranks, np.diff(first, append=len(weights)), axis=0)


def _cosine(weights: Floats, x: Floats, y: Floats) -> Floats:
    covariance = np.einsum("ij,ij,ij->j", weights, x, y)
    x_squares, y_squares = (np.einsum("ij,ij,ij->j", weights, side, side) for side in (x, y))
    with np.errstate(divide="ignore", invalid="ignore"):
        cosine: Floats = covariance / np.sqrt(x_squares * y_squares)
    return np.clip(cosine, -1, 1, out=cosine)


def _pearson(x: Floats, y: Floats) -> Statistic:
    # Centred and scaled for all samples alike, so that the sums of a sample lose no digits.
    x, y = (_standard(side) for side in (x, y))
    columns = np.stack((np.ones_like(x), x, y, x * x, y * y, x * y))

    def statistic(weights: Floats) -> Floats:
        n, x_sum, y_sum, x_squares, y_squares, products = columns @ weights
        n = np.maximum(n, 1)
        x_squares = x_squares - x_sum**2 / n
        y_squares = y_squares - y_sum**2 / n
        covariance = products - x_sum * y_sum / n
        varied = _varied(weights, x) & _varied(weights, y)
        with np.errstate(divide="ignore", invalid="ignore"):
            r = np.where(varied, covariance / np.sqrt(x_squares * y_squares), np.nan)
        return np.clip(r, -1, 1, out=r)

    return statistic


def _standard(values: Floats) -> Floats:
    values = values - values.mean() if len(values) else values
    greatest = np.abs(values).max(initial=0)
    return values / greatest if greatest > 0 else values


def _varied(weights: Floats, values: Floats) -> Bools:
    # Rounding would hide it: are there two different values in the sample?
    drawn = weights > 0
    low = np.where(drawn, values[:, None], np.inf).min(axis=0, initial=np.inf)
    high = np.where(drawn, values[:, None], -np.inf).max(axis=0, initial=-np.inf)
    varied: Bools = low < high
    return varied


def _kendall(x: Floats, y: Floats) -> Statistic:
    # Pairs of points: concordant less discordant, over the root of those untied in x times those untied in y. The
    # sign tables are made a block at a time: O(n x samples) numbers.
    def statistic(weights: Floats) -> Floats:
        sums = np.zeros((3, weights.shape[1]))
        step = max(1, _BLOCK // max(1, len(x)))
        for start in range(0, len(x), step):
            part = slice(start, start + step)
            x_signs, y_signs = (np.sign(side[part, None] - side) for side in (x, y))
            for total, signs in zip(sums, (x_signs * y_signs, np.abs(x_signs), np.abs(y_signs)), strict=True):
                total += np.einsum("ij,ij->j", weights[part], signs @ weights)
        with np.errstate(divide="ignore", invalid="ignore"):
            tau: Floats = sums[0] / np.sqrt(sums[1] * sums[2])
        return np.clip(tau, -1, 1, out=tau)

    return statistic


METHODS: dict[Method, Callable[[Floats, Floats], Statistic]] = {
    "spearman": _spearman,
    "pearson": _pearson,
    "kendall": _kendall,
}
