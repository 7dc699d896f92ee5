"""Resamples: the draws of scipy, and what levels drawn with replacement have to keep."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.stats.draws import crossed_clusters, in_blocks, single_points


def test_single_points_are_those_of_rng_integers() -> None:
    drawn = np.random.default_rng(5).integers(0, 7, (20, 7))
    expected = [np.bincount(row, minlength=7) for row in drawn]
    np.testing.assert_array_equal(single_points(7, np.random.default_rng(5))(20).T, expected)


@pytest.mark.parametrize("n", [3, 10, 100])
def test_blocks_do_not_matter(n: int) -> None:
    whole = single_points(n, np.random.default_rng(1))(50)
    for cells in (1, 37 * n):
        parts = list(in_blocks(single_points(n, np.random.default_rng(1)), n, 50, cells))
        assert len(parts) > 1
        np.testing.assert_array_equal(np.concatenate(parts, axis=1), whole)


def crossed(models: int, langs: int, seeds: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    grid = np.indices((models, langs, seeds)).reshape(3, -1)
    return grid[0], grid[1], grid[2]


def test_whole_cells_without_units_inside() -> None:
    model, lang, _ = crossed(3, 4, 2)
    weights = crossed_clusters([model, lang], None, np.random.default_rng(0))(500)
    assert (weights.sum(axis=0) == 24).all()
    # All points of a cell occur alike, as often as its model does times its language.
    table = weights.reshape(3, 4, 2, -1)
    assert (table[:, :, 0] == table[:, :, 1]).all()
    np.testing.assert_array_equal(table[:, :, 0].sum(axis=1) * table[:, :, 0].sum(axis=0).sum(axis=0) % 4, 0)
    by_model, by_lang = table[:, :, 0].sum(axis=1) / 4, table[:, :, 0].sum(axis=0) / 3
    np.testing.assert_allclose(table[:, :, 0], by_model[:, None] * by_lang[None])


def test_units_are_drawn_anew_inside_each_cell() -> None:
    model, lang, seed = crossed(3, 4, 5)
    weights = crossed_clusters([model, lang], seed, np.random.default_rng(0))(4000)
    assert (weights.sum(axis=0) == 60).all()
    table = weights.reshape(3, 4, 5, -1)
    cells = table.sum(axis=2) / 5
    assert (cells == np.round(cells)).all()
    # In expectation each point occurs once; a cell twice drawn is drawn from twice.
    np.testing.assert_allclose(weights.mean(axis=1), 1, atol=0.15)
    once = cells == 1
    assert not (table[:, :, 0] == table[:, :, 1])[once].all()
    # The variance of one of five units drawn five times: 5 * 0.2 * 0.8.
    np.testing.assert_allclose(table[:, :, 0][once].var(), 0.8, atol=0.05)


def test_a_unit_keeps_its_points_together() -> None:
    # Two points (directions, say) of each seed.
    model, seed = np.repeat([0, 1], 6), np.tile([31, 31, 42, 42, 66, 66], 2)
    weights = crossed_clusters([model], seed, np.random.default_rng(0))(200)
    assert (weights[::2] == weights[1::2]).all()
    assert (weights.sum(axis=0) == 12).all()


def test_cells_may_be_missing() -> None:
    model, lang = np.array([0, 0, 1]), np.array([0, 1, 1])
    weights = crossed_clusters([model, lang], None, np.random.default_rng(0))(1000)
    assert weights.shape == (3, 1000)
    # Model 1 alone with language 0 alone is an empty resample.
    assert weights.sum(axis=0).min() == 0


@given(st.sets(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2)), min_size=1), st.integers(0, 99))
def test_incomplete_designs(points: set[tuple[int, int, int]], seed: int) -> None:
    model, lang, unit = np.array(sorted(points)).T
    factors = [np.unique(side, return_inverse=True)[1].ravel() for side in (model, lang)]
    whole = crossed_clusters(factors, None, np.random.default_rng(seed))(40)
    drawn = crossed_clusters(factors, unit, np.random.default_rng(seed))(40)
    for cell in {(m, k) for m, k, _ in points}:
        inside = (model == cell[0]) & (lang == cell[1])
        # A cell comes as often as model and language do together, with as many units each time as it has.
        times = whole[inside]
        assert (times == times[0]).all()
        assert (drawn[inside].sum(axis=0) % inside.sum() == 0).all()
        assert set(drawn[inside].sum(axis=0) / inside.sum()) <= {i * j for i in range(5) for j in range(5)}
    # The same levels are drawn first, so that the first resamples of both are of the same clusters.
    np.testing.assert_array_equal(whole.sum(axis=0), drawn.sum(axis=0))
