"""A coefficient and a difference with all that goes with them; cells that stay empty, and why."""

import math

import numpy as np
import pytest

from xlt.stats.draws import single_points
from xlt.stats.estimate import Resampling, estimate, estimate_difference

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
    found = estimate("spearman", np.array(x), np.array(y), resampling(len(x)), NAMES)
    assert found.notes == said
    assert all(math.isnan(v) for v in (found.value, found.p, found.low, found.high))


def test_a_perfect_order_has_neither_p_nor_interval() -> None:
    x = np.arange(6.0)
    found = estimate("spearman", x, -np.exp(x), resampling(6), NAMES)
    assert found.value == -1
    assert math.isnan(found.p)
    assert math.isnan(found.low)
    assert "neither p-value nor interval" in found.notes[0]


def test_constant_resamples_are_counted() -> None:
    x, y = np.array([1.0, 2.0, 3.0, 1.0]), np.array([2.0, 1.0, 3.0, 2.0])
    found = estimate("spearman", x, y, resampling(4), NAMES)
    assert found.notes[-1].endswith("of 500 resamples are constant and left out")
    assert int(found.notes[-1].split()[0]) > 0


def test_without_an_interval() -> None:
    x = np.arange(6.0)
    found = estimate("spearman", x, x % 4)
    assert not math.isnan(found.p)
    assert math.isnan(found.low)
    assert found.notes == []


def test_two_equal_correlations_do_not_differ() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 20))
    found = estimate_difference("spearman", (x, y), (np.exp(x), y), resampling(20))
    assert found.value == 0
    assert found.p == pytest.approx(1)
    assert found.parts[0] == found.parts[1]
    assert "no single point matters" in found.notes[0]


@pytest.mark.parametrize("accelerated", [True, False])
def test_the_pairing_sharpens_a_difference(accelerated: bool) -> None:
    # Two noisy views of one signal, the second much noisier: alone their intervals overlap.
    rng = np.random.default_rng(1)
    y = rng.standard_normal(60)
    x = y + 0.9 * rng.standard_normal(60)
    other = x + 1.0 * rng.standard_normal(60)
    found = estimate_difference("spearman", (x, y), (other, y), resampling(60, accelerated))
    alone = [estimate("spearman", v, y, resampling(60)) for v in (x, other)]
    assert found.parts == (alone[0].value, alone[1].value)
    assert found.value == pytest.approx(alone[0].value - alone[1].value)
    assert alone[0].low < alone[1].high
    assert found.low > 0
    assert found.p < 0.05
    swapped = estimate_difference("spearman", (other, y), (x, y), resampling(60, accelerated))
    assert (swapped.low, swapped.high) == pytest.approx((-found.high, -found.low), abs=1e-9)
    assert swapped.p == pytest.approx(found.p, abs=1e-9)


def test_a_difference_names_the_constant_side() -> None:
    x = np.arange(5.0)
    found = estimate_difference("spearman", (x, x), (np.ones(5), x), None, ("a", "b", "c", "d"))
    assert found.notes == ["c is constant"]


def test_the_jackknife_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((2, 30))
    whole = estimate("spearman", x, y, resampling(30))
    monkeypatch.setattr("xlt.stats.estimate._CELLS", 100)
    assert estimate("spearman", x, y, resampling(30)) == whole
