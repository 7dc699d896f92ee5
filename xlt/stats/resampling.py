"""Standard errors by resampling whole sentences, because words of one sentence are not independent."""

import numpy as np

from xlt.arrays import Bools, Floats, Ints

RESAMPLES = 1000
_CHUNK = 1 << 22


def cluster_standard_errors(
    items: Bools,
    clusters: Ints,
    rng: np.random.Generator,
    resamples: int = RESAMPLES,
) -> Floats:
    """Bootstrap standard error of the mean of each row of ``items``, drawing clusters with replacement.

    Args:
        items: (measures, n) outcomes; all measures are resampled alike.
        clusters: (n,) the cluster (sentence) of each item, any integers.
        rng: source of the draws.
        resamples: number of bootstrap samples.

    Returns:
        (measures,) standard deviations over the resamples, ddof 1; NaN where there are fewer than two clusters.
    """
    _, cluster = np.unique(clusters, return_inverse=True)
    count = int(cluster.max(initial=-1)) + 1
    if count < 2:
        return np.full(len(items), np.nan)
    sizes = np.bincount(cluster, minlength=count).astype(np.float64)
    sums = np.stack([np.bincount(cluster, weights=row, minlength=count) for row in items])
    means = np.empty((len(items), resamples))
    step = max(1, _CHUNK // count)
    for start in range(0, resamples, step):
        stop = min(resamples, start + step)
        weights = np.stack([np.bincount(rng.integers(0, count, count), minlength=count) for _ in range(start, stop)])
        means[:, start:stop] = sums @ weights.T / (weights @ sizes)
    errors: Floats = means.std(axis=1, ddof=1)
    return errors
