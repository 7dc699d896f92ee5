import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from xlt.stats.adjust import adjusted


def test_by_hand() -> None:
    p = [0.01, 0.04, 0.03]
    # Holm: 3 * .01; then 2 * .03; then 1 * .04, not below the one before.
    np.testing.assert_allclose(adjusted(p, "holm"), [0.03, 0.06, 0.06])
    # Benjamini and Hochberg: from the largest, .04 * 3/3; then .03 * 3/2, not above it; then .01 * 3.
    np.testing.assert_allclose(adjusted(p, "bh"), [0.03, 0.04, 0.04])


def test_what_is_no_test_does_not_count() -> None:
    result = adjusted([np.nan, 0.01, np.nan, 0.04], "holm")
    np.testing.assert_allclose(result, [np.nan, 0.02, np.nan, 0.04])
    assert np.isnan(adjusted([np.nan], "bh")).all()
    assert adjusted([], "holm").shape == (0,)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_against_scipy_and_each_other(p: list[float]) -> None:
    holm, bh = adjusted(p, "holm"), adjusted(p, "bh")
    np.testing.assert_allclose(bh, stats.false_discovery_control(p), atol=1e-12)
    assert (holm >= bh - 1e-12).all()
    assert (bh >= np.array(p) - 1e-12).all()
    assert (holm <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(holm[order]) >= 0).all()


@pytest.mark.parametrize("method", ["holm", "bh"])
def test_one_test_stays(method: str) -> None:
    assert adjusted([0.2], method) == [0.2]  # type: ignore[arg-type]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.integers(0, 9))
def test_holm_step_by_step_and_any_order(p: list[float], seed: int) -> None:
    expected, highest = [0.0] * len(p), 0.0
    for step, i in enumerate(sorted(range(len(p)), key=p.__getitem__)):
        highest = max(highest, min(1.0, (len(p) - step) * p[i]))
        expected[i] = highest
    np.testing.assert_allclose(adjusted(p, "holm"), expected, atol=1e-12)
    order = np.random.default_rng(seed).permutation(len(p))
    for method in ("holm", "bh"):
        np.testing.assert_allclose(adjusted(np.array(p)[order], method), adjusted(p, method)[order], atol=1e-12)
