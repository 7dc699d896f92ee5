"""The prior over positions, and its tension."""

import numpy as np
import pytest

from xlt.aligners.diagonal import _normaliser, _weighted_distance, distances, moved_tension, prior


def test_distances_by_hand() -> None:
    # i/2 for i = 1, 2 against j/4 for j = 1 … 4.
    assert distances(2, 4).tolist() == [[0.25, 0, 0.25, 0.5], [0.75, 0.5, 0.25, 0]]
    assert distances(2, 4, shift=1).tolist() == [[0.5, 0.25, 0, 0.25], [1, 0.75, 0.5, 0.25]]


def test_prior_by_hand() -> None:
    # One predicted word, two given ones: distances 1/2 and 0; with tension 2 ln 2 the first weighs half as much.
    assert prior(2, 1, 2 * np.log(2), 0.1) == pytest.approx(np.array([[0.3], [0.6]]))


@pytest.mark.parametrize(("n", "m"), [(1, 1), (1, 5), (5, 1), (3, 7), (8, 8), (30, 20)])
@pytest.mark.parametrize("tension", [0.1, 4.0, 14.0])
def test_series_are_the_sums_they_stand_for(n: int, m: int, tension: float) -> None:
    j = np.arange(1.0, m + 1)
    weights = np.exp(-tension * distances(n, m))
    assert _normaliser(j, np.full(m, float(m)), np.full(m, float(n)), tension) == pytest.approx(weights.sum(axis=0))
    expected = (-distances(n, m) * weights).sum(axis=0)
    assert _weighted_distance(j, np.full(m, float(m)), np.full(m, float(n)), tension) == pytest.approx(expected)


def test_the_tension_follows_what_was_seen_and_stays_in_its_bounds() -> None:
    sizes, counts = np.array([[5, 5], [4, 6]]), np.array([10, 3])
    assert moved_tension(4.0, 0.0, sizes, counts) > 4
    assert moved_tension(4.0, -0.4, sizes, counts) < 4
    assert moved_tension(13.9, 5.0, sizes, counts) == 14
    assert moved_tension(0.2, -5.0, sizes, counts) == 0.1
