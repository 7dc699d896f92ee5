"""Percentile bootstrap of metrics that are functions of summed counts: sentences are drawn, not words."""

from collections.abc import Callable

import numpy as np

from xlt.arrays import Floats, Ints

_CELLS = 1 << 22


def percentile_interval(
    counts: Ints,
    values: Callable[[Floats], Floats],
    rng: np.random.Generator,
    *,
    resamples: int,
    level: float = 0.95,
) -> tuple[Floats, Floats]:
    """Percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13) over sentences.

    Each resample draws as many sentences with replacement as there are; its sums are weights times counts, exact in
    float64 below 2**53. Memory: O(2**22 + resamples x k) numbers, whatever the number of sentences.

    Args:
        counts: (sentences, k) whole numbers that add up over sentences.
        values: from sums (r, k) to metrics (r, m).
        rng: source of the draws.
        resamples: number of bootstrap samples.
        level: of the interval.

    Returns:
        (m,) lower and (m,) upper ends; NaN where there are fewer than two sentences or no resamples. Resamples in which
        a metric is NaN are left out of its interval.
    """
    sentences = len(counts)
    if sentences < 2 or not resamples:
        nothing = np.full(values(np.zeros((1, counts.shape[1]))).shape[1], np.nan)
        return nothing, nothing.copy()
    as_floats = counts.astype(np.float64)
    sums = np.empty((resamples, counts.shape[1]))
    step = max(1, _CELLS // sentences)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = rng.integers(0, sentences, (rows, sentences)) + sentences * np.arange(rows)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=rows * sentences).reshape(rows, sentences)
        sums[start : start + rows] = weights.astype(np.float64) @ as_floats
    found = values(sums)
    tail = 100 * (1 - level) / 2
    ends = [_percentiles(column, [tail, 100 - tail]) for column in found.T]
    low, high = np.array(ends).T
    return low, high


def _percentiles(column: Floats, at: list[float]) -> Floats:
    column = column[~np.isnan(column)]
    return np.percentile(column, at) if len(column) else np.full(len(at), np.nan)
