"""A coefficient and a difference with all that goes with them; cells that stay empty, and why."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.stats.draws import crossed_clusters, single_points
from xlt.stats.estimate import Resampling, estimate, estimate_difference
from xlt.stats.options import Method

NAMES = ("alignment", "ctl")


def resampling(n: int, accelerated: bool = True, seed: int = 0) -> Resampling:
    return Resampling(single_points(n, np.random.default_rng(seed)), 500, accelerated)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ([1.0, 2.0], [1.0, 2.0], ["fewer than 3 points: 2"]),
        ([2.0] * 4, [1.0, 2.0, 4.0, 3.0], ["alignment is constant"]),
        ([2.0] * 4, [0.0] * 4, ["alignment is constant", "ctl is constant"]),
    ],
)
def test_no_coefficient(x: list[float], y: list[float], said: list[str]) -> None:
    result = estimate("spearman", np.array(x), np.array(y), resampling(len(x)), NAMES)
    assert result.notes == said
    assert all(math.isnan(v) for v in (result.value, result.p, result.low, result.high))


def test_a_perfect_order_has_neither_p_nor_interval() -> None:
    x = np.arange(6.0)
    result = estimate("spearman", x, -np.exp(x), resampling(6), NAMES)
    assert result.value == -1
    assert math.isnan(result.p)
    assert math.isnan(result.low)
    assert "neither p-value nor interval" in result.notes[0]


def test_constant_resamples_are_counted() -> None:
    x, y = np.array([1.0, 2.0, 3.0, 1.0]), np.array([2.0, 1.0, 3.0, 2.0])
    result = estimate("spearman", x, y, resampling(4), NAMES)
    assert result.notes[-1].endswith("of 500 resamples are constant or empty and left out")
    assert int(result.notes[-1].split()[0]) > 0


def test_without_an_interval() -> None:
    x = np.arange(6.0)
    result = estimate("spearman", x, x % 4)
    assert not math.isnan(result.p)
    assert math.isnan(result.low)
    assert result.notes == []


def test_two_equal_correlations_do_not_differ() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 20))
    result = estimate_difference("spearman", (x, y), (np.exp(x), y), resampling(20))
    assert result.value == 0
    assert result.p == pytest.approx(1)
    assert result.parts[0] == result.parts[1]
    assert "no single point matters" in result.notes[0]


@pytest.mark.parametrize("accelerated", [True, False])
def test_the_pairing_sharpens_a_difference(accelerated: bool) -> None:
    # Two noisy views of one signal, the second much noisier: alone their intervals overlap.
    rng = np.random.default_rng(1)
    y = rng.standard_normal(60)
    x = y + 0.9 * rng.standard_normal(60)
    other = x + 1.0 * rng.standard_normal(60)
    result = estimate_difference("spearman", (x, y), (other, y), resampling(60, accelerated))
    alone = [estimate("spearman", v, y, resampling(60)) for v in (x, other)]
    assert result.parts == (alone[0].value, alone[1].value)
    assert result.value == pytest.approx(alone[0].value - alone[1].value)
    assert alone[0].low < alone[1].high
    assert result.low > 0
    assert result.p < 0.05
    swapped = estimate_difference("spearman", (other, y), (x, y), resampling(60, accelerated))
    assert (swapped.low, swapped.high) == pytest.approx((-result.high, -result.low), abs=1e-9)
    assert swapped.p == pytest.approx(result.p, abs=1e-9)


def test_a_difference_names_the_constant_side() -> None:
    x = np.arange(5.0)
    result = estimate_difference("spearman", (x, x), (np.ones(5), x), None, ("a", "b", "c", "d"))
    assert result.notes == ["c is constant"]


def test_the_jackknife_in_parts() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((2, 30))
    whole = estimate("spearman", x, y, resampling(30))
    assert estimate("spearman", x, y, replace(resampling(30), cells=100)) == whole


ranks = st.integers(4, 9).flatmap(
    lambda n: st.tuples(*[st.lists(st.integers(-3, 3), min_size=n, max_size=n)] * 2).map(
        lambda sides: np.array(sides, np.float64)
    )
)


@given(ranks, st.sampled_from(["spearman", "kendall"]))
def test_ranks_alone_count(sides: np.ndarray, method: Method) -> None:
    x, y = sides
    first = estimate(method, x, y, resampling(len(x)))
    moved = estimate(method, np.exp(x), y**3 + 5, resampling(len(x)))
    assert moved.notes == first.notes
    np.testing.assert_array_equal(
        [moved.value, moved.p, moved.low, moved.high], [first.value, first.p, first.low, first.high]
    )


@given(ranks, st.sampled_from(["spearman", "pearson", "kendall"]), st.randoms(use_true_random=False))
def test_order_does_not_count_and_turning_a_side_mirrors(sides: np.ndarray, method: Method, chance: object) -> None:
    x, y = sides
    order = np.random.default_rng(0).permutation(len(x))
    first, other = estimate(method, x, y), estimate(method, x[order], y[order])
    np.testing.assert_allclose([other.value, other.p], [first.value, first.p], atol=1e-12)
    first, other = (estimate(method, x, side, resampling(len(x), accelerated=False)) for side in (y, -y))
    np.testing.assert_allclose(
        [-other.value, other.p, -other.high, -other.low], [first.value, first.p, first.low, first.high], atol=1e-12
    )


@given(ranks, ranks)
def test_swapping_the_sides_of_a_difference_turns_its_sign(one: np.ndarray, other: np.ndarray) -> None:
    n = min(one.shape[1], other.shape[1])
    first, second = (one[0, :n], one[1, :n]), (other[0, :n], other[1, :n])
    result = estimate_difference("spearman", first, second, resampling(n))
    turned = estimate_difference("spearman", second, first, resampling(n))
    np.testing.assert_allclose(
        [-turned.value, turned.p, -turned.high, -turned.low],
        [result.value, result.p, result.low, result.high],
        atol=1e-9,
    )


@given(st.integers(0, 50), st.sampled_from([0.0, 0.3, 0.6, 0.9]))
def test_p_of_clusters_agrees_with_their_interval(seed: int, shared: float) -> None:
    rng = np.random.default_rng(seed)
    model, lang = (side.ravel() for side in np.indices((4, 5)))
    x, y = rng.standard_normal((2, 20))
    draw = crossed_clusters([model, lang], None, np.random.default_rng(0))
    result = estimate("spearman", x, shared * x + (1 - shared) * y, Resampling(draw, 500, accelerated=False))
    # But for the interpolation between two resamples.
    if not 0.04 < result.p < 0.06:
        assert (result.p < 0.05) == (not result.low <= 0 <= result.high)


def test_a_p_value_stands_beside_an_interval_or_not_at_all() -> None:
    # Leaving any point out leaves the difference as it is: BCa knows no acceleration.
    x = np.array([1.0, 2.0, 3.0, 4.0])
    result = estimate_difference("spearman", (x, np.array([1.0, 2.0, 4.0, 3.0])), (x, np.array([4.0, 3.0, 1.0, 2.0])),
                                resampling(4))  # fmt: skip
    assert math.isnan(result.low) == math.isnan(result.p)
