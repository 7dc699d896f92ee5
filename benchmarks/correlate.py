"""BCa intervals of Spearman's correlation: scipy's bootstrap, and ours for the same resamples."""

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.timing import line, paired
from xlt.arrays import Floats
from xlt.stats.draws import single_points
from xlt.stats.estimate import Estimate, Resampling, estimate
from xlt.study.correlate import correlate
from xlt.study.options import CorrelateOptions

RESAMPLES = 2000


def ours(x: Floats, y: Floats) -> Estimate:
    draw = single_points(len(x), np.random.default_rng(1))
    return estimate("spearman", x, y, Resampling(draw, RESAMPLES, accelerated=True))


def scipys(x: Floats, y: Floats, vectorized: bool) -> Any:
    """With ranks of all resamples at once, or as the papers' code does, one resample after another."""
    from scipy import stats

    def together(a: Floats, b: Floats, axis: int) -> Floats:
        ranks = [stats.rankdata(v, axis=axis) for v in (a, b)]
        centred = [r - r.mean(axis=axis, keepdims=True) for r in ranks]
        products = (centred[0] * centred[1]).sum(axis=axis)
        found: Floats = products / np.sqrt((centred[0] ** 2).sum(axis=axis) * (centred[1] ** 2).sum(axis=axis))
        return found

    def single(a: Floats, b: Floats) -> float:
        return float(stats.spearmanr(a, b).statistic)

    return stats.bootstrap(
        (x, y), together if vectorized else single, paired=True, vectorized=vectorized, n_resamples=RESAMPLES,
        method="BCa", rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip


def run(n: int = 100, runs: int = 15, groups: int = 1000) -> None:
    """Print the figures; one core."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal(n)
    y = x + rng.standard_normal(n)
    for name, vectorized, times in (("ranks of all resamples at once", True, runs), ("one after another", False, 2)):
        low, high = scipys(x, y, vectorized)
        found = ours(x, y)
        same = abs(low - found.low) + abs(high - found.high) < 1e-9
        timed = paired(lambda: ours(x, y), lambda: scipys(x, y, vectorized), times)
        line(
            f"BCa, N = {n}, {RESAMPLES:,} resamples: ours / scipy, {name}",
            f"{timed.ratio:.3f}  ({1e3 * timed.ours:.1f} ms / {1e3 * timed.bound:.1f} ms), same interval: {same}",
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "points.parquet"
        columns = {
            "group": np.repeat(np.arange(groups), n), "x": rng.random(groups * n), "y": rng.random(groups * n)
        }  # fmt: skip
        pq.write_table(pa.table(columns), path)
        start = time.perf_counter()
        correlate([str(path)], CorrelateOptions(by=("group",), x="x", y="y"), output=str(path.with_suffix(".csv")))
        line(f"correlate, {groups:,} groups of {n} points, read and written", f"{time.perf_counter() - start:.1f} s")
