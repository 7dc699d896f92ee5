"""Coefficients: by hand, against scipy on the samples written out, and what must not change them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from xlt.arrays import Floats
from xlt.stats.correlation import METHODS, correlation, two_sided_p
from xlt.stats.options import Method

SCIPY: dict[Method, Any] = {"spearman": stats.spearmanr, "pearson": stats.pearsonr, "kendall": stats.kendalltau}
every = pytest.mark.parametrize("method", list(METHODS))


def of_data(method: Method, x: Any, y: Any) -> float:
    return float(correlation(method, x, y)(np.ones((len(x), 1)))[0])


def written_out(values: Floats, weights: Floats) -> Floats:
    return np.repeat(values, weights.astype(int))


def test_by_hand() -> None:
    # Ranks 1 2 3 4 and 2 1 4 3: sum of squared differences 4, so 1 - 6 * 4 / (4 * 15).
    x, y = [10, 20, 30, 40], [0.2, 0.1, 0.4, 0.3]
    assert of_data("spearman", x, y) == pytest.approx(0.6, abs=1e-15)
    # Pairs of points: four agree, two do not.
    assert of_data("kendall", x, y) == pytest.approx(1 / 3, abs=1e-15)
    # Centred: (-15 -5 5 15) and (-.05 -.15 .15 .05): 3.0 over the root of 500 times 0.05.
    assert of_data("pearson", x, y) == pytest.approx(3.0 / 25**0.5, abs=1e-15)


def test_ties_by_hand() -> None:
    # x has ranks 1 2.5 2.5 4, y 1 2 3 4: covariance 4.5, variances 4.5 and 5.
    assert of_data("spearman", [1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(4.5 / (4.5 * 5) ** 0.5, abs=1e-15)
    # Five of six pairs are untied in x, all agree.
    assert of_data("kendall", [1, 2, 2, 3], [1, 2, 3, 4]) == pytest.approx(5 / (5 * 6) ** 0.5, abs=1e-15)


@every
def test_weights_are_repetitions(method: Method) -> None:
    rng = np.random.default_rng(0)
    for digits in (1, 8):
        x = rng.standard_normal(15).round(digits)
        y = (x + rng.standard_normal(15)).round(digits)
        weights = rng.integers(0, 4, (15, 40)).astype(np.float64)
        result = correlation(method, x, y)(weights)
        expected = [SCIPY[method](written_out(x, w), written_out(y, w)).statistic for w in weights.T]
        np.testing.assert_allclose(result, expected, atol=1e-12)


@every
def test_a_constant_side_has_no_coefficient(method: Method) -> None:
    statistic = correlation(method, [0.1, 0.1, 0.3, 0.7], [0.2, 0.1, 0.4, 0.3])
    weights = np.array([[1, 1, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 0], [0, 0, 3, 0]], np.float64).T
    assert np.isnan(statistic(weights)).tolist() == [True, True, True, False, True]
    assert np.isnan(of_data(method, [0.1] * 7, np.arange(7)))


@every
def test_leaving_out(method: Method) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 12))
    result = correlation(method, x, y)(1 - np.eye(12))
    for i in range(12):
        rest = np.arange(12) != i
        assert result[i] == pytest.approx(SCIPY[method](x[rest], y[rest]).statistic, abs=1e-12)


@every
@pytest.mark.parametrize("n", [3, 8, 60])
def test_p_values(method: Method, n: int) -> None:
    rng = np.random.default_rng(n)
    for digits in (1, 9):
        x, y = rng.standard_normal((2, n)).round(digits)
        expected = SCIPY[method](x, y)
        if abs(expected.statistic) < 1:
            assert two_sided_p(method, x, y, of_data(method, x, y)) == pytest.approx(expected.pvalue, rel=1e-9)


def test_a_large_offset_costs_no_digits() -> None:
    x, y = np.random.default_rng(2).standard_normal((2, 30))
    assert of_data("pearson", x, y) == pytest.approx(of_data("pearson", 1e6 + x, 1e-3 * y - 5e3), abs=1e-7)


values = st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=20)


@given(values, st.sampled_from(list(METHODS)))
def test_properties(pairs: list[tuple[int, int]], method: Method) -> None:
    x, y = np.array(pairs, np.float64).T
    value = of_data(method, x, y)
    if min(np.ptp(x), np.ptp(y)) == 0:
        assert np.isnan(value)
        return
    assert -1 <= value <= 1
    assert of_data(method, y, x) == pytest.approx(value, abs=1e-12)
    assert of_data(method, -x, y) == pytest.approx(-value, abs=1e-12)
    assert of_data(method, x[::-1], y[::-1]) == pytest.approx(value, abs=1e-12)
    assert of_data(method, x, x) == pytest.approx(1, abs=1e-12)
    assert value == pytest.approx(SCIPY[method](x, y).statistic, abs=1e-9)
    # Thrice the data has the same coefficient.
    assert correlation(method, x, y)(np.full((len(x), 1), 3.0))[0] == pytest.approx(value, abs=1e-12)
    if method != "pearson":
        assert of_data(method, np.exp(x), y) == value
