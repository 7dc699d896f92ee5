"""Deviations and paired differences over seeds, by hand and against scipy's paired t-test."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from xlt.stats.paired import deviation, paired_difference


def test_by_hand() -> None:
    # Differences 1, 2, 3: mean 2, s = 1, standard error 1 / sqrt(3); t(2, 0.975) = 4.302653.
    done = paired_difference([2, 4, 6], [1, 2, 3])
    assert done.mean == 2
    assert done.low == pytest.approx(2 - 4.302653 / math.sqrt(3), abs=1e-6)
    assert done.high == pytest.approx(2 + 4.302653 / math.sqrt(3), abs=1e-6)
    assert done.p == pytest.approx(0.0741799, abs=1e-6)
    assert done.note == ""


def test_deviations() -> None:
    assert deviation([1, 2, 3]) == 1
    assert deviation([1, 2, 3], ddof=0) == pytest.approx(math.sqrt(2 / 3))
    assert math.isnan(deviation([1]))
    assert deviation([1], ddof=0) == 0
    assert math.isnan(deviation([], ddof=0))


def test_what_has_no_interval() -> None:
    one = paired_difference([3], [1])
    assert (one.mean, one.note) == (2, "one seed: no interval")
    assert math.isnan(one.low)
    assert math.isnan(one.p)
    same = paired_difference([3, 4], [1, 2])
    assert (same.mean, same.note) == (2, "the same difference in all seeds: no interval")
    none = paired_difference([], [])
    assert none.note == "no seed in common with the baseline"
    assert math.isnan(none.mean)


numbers = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=2, max_size=12)


@given(numbers)
def test_it_is_scipys(pairs: list[tuple[float, float]]) -> None:
    first, second = np.array(pairs).T
    done = paired_difference(first, second)
    if done.note:
        assert np.ptp(first - second) < 1e-10
        return
    if np.std(first - second) < 1e-6:
        return
    theirs = stats.ttest_rel(first, second)
    interval = theirs.confidence_interval()
    np.testing.assert_allclose([done.low, done.high, done.p], [interval.low, interval.high, theirs.pvalue], rtol=1e-6)
    back = paired_difference(second, first)
    assert back.mean == pytest.approx(-done.mean)
    assert back.p == pytest.approx(done.p)
