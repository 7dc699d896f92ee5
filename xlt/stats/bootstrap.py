"""Bootstrap over whole sentences, because words of one sentence are not independent."""

from collections.abc import Callable, Sequence

import numpy as np

from xlt.arrays import Bools, Floats, Ints
from xlt.stats.draws import CELLS

RESAMPLES = 1000


def percentile_interval(
    counts: Ints,
    values: Callable[[Floats], Floats],
    rng: np.random.Generator,
    *,
    resamples: int,
    level: float = 0.95,
    cells: int = CELLS,
) -> tuple[Floats, Floats]:
    """Percentile bootstrap interval (Efron and Tibshirani 1993, chapter 13) of functions of counts, over sentences.

    Each resample draws as many sentences with replacement as there are; its sums are weights times counts, exact in
    float64 below 2**53. Memory: O(cells + resamples x k) numbers, whatever the number of sentences.

    Args:
        counts: (sentences, k) whole numbers that add up over sentences.
        values: from sums (r, k) to metrics (r, m).
        rng: source of the draws.
        resamples: number of bootstrap samples.
        level: of the interval.
        cells: numbers held at a time, a bound of memory.

    Returns:
        (m,) lower and (m,) upper ends; NaN where there are fewer than two sentences or no resamples. Resamples in which
        a metric is NaN are left out of its interval.
    """
    sentences = len(counts)
    if sentences < 2 or not resamples:
        nothing = np.full(values(np.zeros((1, counts.shape[1]))).shape[1], np.nan)
        return nothing, nothing.copy()
    metrics = values(_resampled(counts.astype(np.float64), rng, resamples, cells))
    tail = 100 * (1 - level) / 2
    ends = [_percentiles(column, [tail, 100 - tail]) for column in metrics.T]
    low, high = np.array(ends).T
    return low, high


def standard_errors(
    sums: Floats,
    values: Callable[[Floats], Floats],
    rng: np.random.Generator,
    *,
    resamples: int = RESAMPLES,
    cells: int = CELLS,
) -> Floats:
    """Bootstrap standard errors of functions of what adds up over sentences, all of the same resamples.

    Args:
        sums: (sentences, k) what each sentence adds.
        values: from sums (r, k) to metrics (r, m).
        rng: source of the draws.
        resamples: number of bootstrap samples.
        cells: numbers held at a time, a bound of memory.

    Returns:
        (m,) standard deviations over the resamples, ddof 1; resamples in which a metric is NaN are left out of its own;
        NaN where there are fewer than two sentences, or two such resamples.
    """
    if len(sums) < 2:
        return np.full(values(np.zeros((1, sums.shape[1]))).shape[1], np.nan)
    metrics = values(_resampled(sums, rng, resamples, cells))
    numbers = [column[~np.isnan(column)] for column in metrics.T]
    return np.array([column.std(ddof=1) if len(column) > 1 else np.nan for column in numbers])


def _resampled(sums: Floats, rng: np.random.Generator, resamples: int, cells: int) -> Floats:
    # (resamples, k): sums over as many sentences as there are, drawn with replacement.
    sentences = len(sums)
    drawn_sums = np.empty((resamples, sums.shape[1]))
    step = max(1, cells // sentences)
    for start in range(0, resamples, step):
        rows = min(step, resamples - start)
        drawn = rng.integers(0, sentences, (rows, sentences)) + sentences * np.arange(rows)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=rows * sentences).reshape(rows, sentences)
        drawn_sums[start : start + rows] = weights.astype(np.float64) @ sums
    return drawn_sums


def _percentiles(column: Floats, at: list[float]) -> Floats:
    column = column[~np.isnan(column)]
    return np.percentile(column, at) if len(column) else np.full(len(at), np.nan)


def cluster_standard_errors(
    items: Bools | Sequence[Bools | Floats],
    clusters: Ints,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
    *,
    functions: Sequence[Callable[[Floats], Floats]] = (),
    cells: int = CELLS,
) -> Floats:
    """Bootstrap standard error of the mean of each row of ``items``, drawing clusters with replacement.

    Args:
        items: (measures, n) outcomes; all measures are resampled alike, and none hangs on what else there is.
        clusters: (n,) the cluster (sentence) of each item, any integers.
        rng: source of the draws.
        resamples: number of bootstrap samples.
        functions: further statistics, from how often each item is taken, (r, n), to their values, (r,).
        cells: numbers held at a time, a bound of memory.

    Returns:
        (measures + functions,) standard deviations over the resamples, ddof 1; NaN where there are fewer than two
        clusters.
    """
    rows = len(items) + len(functions)
    _, cluster = np.unique(clusters, return_inverse=True)
    count = int(cluster.max(initial=-1)) + 1
    if count < 2:
        return np.full(rows, np.nan)
    sizes = np.bincount(cluster, minlength=count).astype(np.float64)
    sums = np.array([np.bincount(cluster, weights=row, minlength=count) for row in items]).reshape(-1, count)
    # Sums of hits are whole numbers, in whatever order they are added up: all at once. Others go one by one.
    whole = np.array([row.dtype == np.bool_ for row in items], np.bool_)
    means = np.empty((rows, resamples))
    step = max(1, cells // (len(cluster) if functions else count))
    for start in range(0, resamples, step):
        stop = min(resamples, start + step)
        weights = np.stack([np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(start, stop)])
        of_items = means[: len(items), start:stop]
        of_items[whole] = sums[whole] @ weights.T
        for row in np.flatnonzero(~whole):
            of_items[row] = weights @ sums[row]
        of_items /= weights @ sizes
        if functions:
            taken = weights[:, cluster].astype(np.float64)
            means[len(items) :, start:stop] = [function(taken) for function in functions]
    errors: Floats = means.std(axis=1, ddof=1)
    return errors
