"""Intervals: scipy's for the same resamples, the golden values, and the cases without one."""

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from xlt.arrays import Floats
from xlt.stats.correlation import correlation
from xlt.stats.draws import single_points
from xlt.stats.estimate import Estimate, Resampling, estimate
from xlt.stats.intervals import Interval, bca, bootstrap_p, percentile

CASES = ("continuous", "with_ties", "small_n12")


def ours(x: Floats, y: Floats, seed: int, method: Any = "spearman", resamples: int = 2000) -> Estimate:
    draw = single_points(len(x), np.random.default_rng(seed))
    return estimate(method, x, y, Resampling(draw, resamples, accelerated=True))


@pytest.mark.parametrize("case", CASES)
def test_golden(golden: Path, case: str) -> None:
    expected = json.loads((golden / "correlation" / "expected.json").read_text(encoding="utf-8"))[case]
    x, y = np.loadtxt(golden / "correlation" / f"{case}.csv", delimiter=",", skiprows=1).T
    statistic = correlation("spearman", x, y)
    for seed in range(1, 6):
        result = ours(x, y, seed)
        assert result.value == pytest.approx(expected["spearman"], abs=1e-14)
        assert result.p == pytest.approx(expected["pvalue"], rel=1e-9)
        assert (result.low, result.high) == pytest.approx(expected["BCa"][f"seed{seed}"], abs=1e-12)
        drawn = statistic(single_points(len(x), np.random.default_rng(seed))(2000))
        assert percentile(drawn)[:2] == pytest.approx(expected["percentile"][f"seed{seed}"], abs=1e-12)
        if seed == 1:
            assert drawn[:5] == pytest.approx(expected["bootstrap_distribution_seed1_first5"], abs=1e-12)
            assert drawn.mean() == pytest.approx(expected["bootstrap_distribution_seed1_mean"], abs=1e-12)


@pytest.mark.parametrize("method", ["spearman", "pearson", "kendall"])
@pytest.mark.parametrize("n", [8, 25])
def test_scipy_with_the_same_resamples(method: str, n: int) -> None:
    rng = np.random.default_rng(n)
    x = rng.standard_normal(n).round(1)
    y = (x + rng.standard_normal(n)).round(1)
    function = {"spearman": stats.spearmanr, "pearson": stats.pearsonr, "kendall": stats.kendalltau}[method]
    expected = stats.bootstrap(
        # Rounded, because scipy counts the resamples below the value, and in few points many equal it but for rounding.
        (x, y), lambda a, b: round(float(function(a, b).statistic), 12), paired=True, vectorized=False,
        n_resamples=300, method="BCa", rng=np.random.default_rng(3),
    ).confidence_interval  # fmt: skip
    result = ours(x, y, 3, method, 300)
    assert (result.low, result.high) == pytest.approx((expected.low, expected.high), abs=1e-10)


def test_resamples_without_a_value_are_left_out() -> None:
    drawn = np.array([0.1, np.nan, 0.3, 0.2, np.nan, 0.4])
    kept = drawn[~np.isnan(drawn)]
    assert percentile(drawn) == percentile(kept)
    jackknife = np.array([0.2, 0.25, 0.3])
    assert bca(drawn, 0.25, jackknife) == bca(kept, 0.25, jackknife)


@pytest.mark.parametrize(
    ("drawn", "jackknife", "said"),
    [
        ([np.nan] * 3, [0.1, 0.2], "every resample is constant"),
        ([0.1, 0.2], [0.1, np.nan], "constant but for one point"),
        ([0.9, 0.8], [0.1, 0.2], "on one side"),
        ([0.1, 0.9], [0.2, 0.2], "no acceleration"),
    ],
)
def test_no_interval(drawn: list[float], jackknife: list[float], said: str) -> None:
    result = bca(np.array(drawn), 0.5, np.array(jackknife))
    assert math.isnan(result.low)
    assert math.isnan(result.high)
    assert said in result.why_none


def test_the_percentile_interval_without_values() -> None:
    assert percentile(np.array([np.nan])).why_none == "every resample is constant"


def test_bootstrap_p_by_hand() -> None:
    def p(*values: float) -> float:
        drawn = np.array(values)
        return bootstrap_p(drawn, percentile(drawn))

    # One of nine below 0; none of nine counts as one of ten; half of those at 0.
    assert p(-1, *range(1, 9)) == pytest.approx(2 / 9)
    assert p(*range(1, 10)) == pytest.approx(0.2)
    assert p(-1, 1) == pytest.approx(1)
    assert p(0, 0, 0) == pytest.approx(1)
    assert p(-1, 0, 1, 2) == pytest.approx(2 * 1.5 / 4)
    assert math.isnan(p(np.nan))


@given(st.integers(0, 200), st.floats(-0.6, 0.6))
def test_p_and_interval_agree(seed: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    drawn = rng.gamma(2.0, 0.2, 4000) - 0.4 + shift
    jackknife = rng.gamma(2.0, 0.01, 12)
    for level in (0.5, 0.8, 0.95):
        interval = bca(drawn, float(np.quantile(drawn, 0.45)), jackknife, level)
        outside = not interval.low <= 0 <= interval.high
        p_value = bootstrap_p(drawn, interval)
        # But for the interpolation between two resamples.
        if abs(p_value - (1 - level)) > 0.01:
            assert outside == (p_value < 1 - level)


@given(st.integers(0, 200), st.floats(0.1, 10), st.floats(-5, 5))
def test_bca_moves_and_scales_with_its_values(seed: int, scale: float, shift: float) -> None:
    rng = np.random.default_rng(seed)
    drawn, jackknife = rng.gamma(2.0, 0.2, 500), rng.gamma(2.0, 0.01, 12)
    value = float(np.quantile(drawn, 0.45))
    result = bca(drawn, value, jackknife)
    moved = bca(scale * drawn + shift, scale * value + shift, scale * jackknife + shift)
    np.testing.assert_allclose(moved[:2], [scale * end + shift for end in result[:2]], rtol=1e-6, atol=1e-6)
    assert drawn.min() <= result.low <= result.high <= drawn.max()
    wider = bca(drawn, value, jackknife, 0.99)
    assert wider.low <= result.low
    assert result.high <= wider.high


@given(st.integers(0, 200), st.floats(-1, 1))
def test_bootstrap_p_is_symmetric_and_never_nothing(seed: int, shift: float) -> None:
    drawn = np.random.default_rng(seed).standard_normal(99) + shift
    p = bootstrap_p(drawn, percentile(drawn))
    assert 2 / 100 - 1e-12 <= p <= 1
    assert bootstrap_p(-drawn, percentile(-drawn)) == pytest.approx(p)
    # A far skewed distribution does not make it 0 either.
    assert bootstrap_p(np.abs(drawn) + 1, Interval(1, 2, "", -2.0, -0.4)) >= 2 / 100 - 1e-12
