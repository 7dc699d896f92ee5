import numpy as np
import pytest

from xlt.arrays import Floats, Ints
from xlt.stats.bootstrap import cluster_standard_errors, percentile_interval, standard_errors


def share(sums: Floats) -> Floats:
    """First count over second, and its square, so that two metrics come at once."""
    ratio = sums[:, :1] / np.where(sums[:, 1:] > 0, sums[:, 1:], np.nan)
    return np.concatenate((ratio, ratio**2), axis=1)


def counts(sentences: int, seed: int = 0) -> Ints:
    rng = np.random.default_rng(seed)
    words = rng.integers(1, 20, sentences)
    return np.stack([rng.binomial(words, 0.6), words], axis=1)


def test_against_a_slow_bootstrap() -> None:
    data = counts(60)
    rng = np.random.default_rng(1)
    drawn = [data[rng.integers(0, 60, 60)].sum(axis=0) for _ in range(20_000)]
    expected = np.percentile([a / b for a, b in drawn], [2.5, 97.5])
    low, high = percentile_interval(data, share, np.random.default_rng(2), resamples=20_000)
    np.testing.assert_allclose([low[0], high[0]], expected, atol=0.003)
    np.testing.assert_allclose([low[1], high[1]], expected**2, atol=0.005)


def test_independent_sentences_come_near_the_formula() -> None:
    hits = (np.random.default_rng(0).random(2000) < 0.8).astype(np.int64)
    low, high = percentile_interval(
        np.stack([hits, np.ones_like(hits)], axis=1), share, np.random.default_rng(1), resamples=4000
    )
    p = hits.mean()
    half = 1.96 * np.sqrt(p * (1 - p) / 2000)
    np.testing.assert_allclose([low[0], high[0]], [p - half, p + half], atol=0.15 * half)


def test_the_level() -> None:
    widths = []
    for level in (0.5, 0.8, 0.95):
        low, high = percentile_interval(counts(40), share, np.random.default_rng(0), resamples=1000, level=level)
        widths.append(float(high[0] - low[0]))
    assert widths == sorted(widths)
    assert widths[0] < widths[2] / 2


def test_blocks_do_not_matter() -> None:
    whole = percentile_interval(counts(30), share, np.random.default_rng(0), resamples=200)
    for cells in (1, 100):
        parts = percentile_interval(counts(30), share, np.random.default_rng(0), resamples=200, cells=cells)
        np.testing.assert_array_equal(parts, whole)


def test_the_same_seed_gives_the_same_interval() -> None:
    one, two, other = (
        percentile_interval(counts(30), share, np.random.default_rng(seed), resamples=100) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


def test_resamples_without_a_value_are_left_out() -> None:
    # The one sentence that counts is missing from about a third of the resamples; in the others the share is 1.
    data = np.array([[3, 3], [0, 0], [0, 0]])
    low, high = percentile_interval(data, share, np.random.default_rng(0), resamples=200)
    assert low.tolist() == high.tolist() == [1, 1]
    low, _ = percentile_interval(np.zeros((3, 2), np.int64), share, np.random.default_rng(0), resamples=50)
    assert np.isnan(low).all()


@pytest.mark.parametrize(("sentences", "resamples"), [(0, 100), (1, 100), (20, 0)])
def test_no_interval(sentences: int, resamples: int) -> None:
    low, high = percentile_interval(counts(sentences), share, np.random.default_rng(0), resamples=resamples)
    assert low.shape == high.shape == (2,)
    assert np.isnan(low).all()
    assert np.isnan(high).all()


def test_single_words_come_near_the_formula() -> None:
    rng = np.random.default_rng(0)
    items = rng.random((3, 2000)) < np.array([[0.1], [0.5], [0.9]])
    result = cluster_standard_errors(items, np.arange(2000), np.random.default_rng(1))
    shares = items.mean(axis=1)
    np.testing.assert_allclose(result, np.sqrt(shares * (1 - shares) / 2000), rtol=0.1)


def test_words_of_one_sentence_are_not_independent() -> None:
    # Ten words a sentence, all right or all wrong: the error is that of 200 sentences, not of 2,000 words.
    right = np.random.default_rng(0).random(200) < 0.4
    items = np.repeat(right, 10)[None]
    result = cluster_standard_errors(items, np.repeat(np.arange(200) * 7 - 3, 10), np.random.default_rng(1))
    share = right.mean()
    np.testing.assert_allclose(result, np.sqrt(share * (1 - share) / 200), rtol=0.1)


def test_errors_against_a_slow_bootstrap() -> None:
    rng = np.random.default_rng(2)
    clusters = rng.integers(0, 40, 300)
    items = rng.random((2, 300)) < 0.3
    draws = []
    for _ in range(4000):
        chosen = rng.choice(np.unique(clusters), 40)
        rows = np.concatenate([np.flatnonzero(clusters == c) for c in chosen])
        draws.append(items[:, rows].mean(axis=1))
    result = cluster_standard_errors(items, clusters, np.random.default_rng(3), 4000)
    np.testing.assert_allclose(result, np.std(draws, axis=0, ddof=1), rtol=0.06)


def test_blocks_of_draws_do_not_matter() -> None:
    items = np.random.default_rng(0).random((2, 60)) < 0.5
    whole = cluster_standard_errors(items, np.arange(60) // 3, np.random.default_rng(1))
    parts = cluster_standard_errors(items, np.arange(60) // 3, np.random.default_rng(1), cells=100)
    np.testing.assert_array_equal(parts, whole)


def test_constant_and_degenerate() -> None:
    assert cluster_standard_errors(np.ones((1, 9), np.bool_), np.arange(9), np.random.default_rng(0)).tolist() == [0]
    assert np.isnan(
        cluster_standard_errors(np.ones((1, 9), np.bool_), np.zeros(9, np.int64), np.random.default_rng(0))
    ).all()


def test_errors_of_functions_are_those_of_a_slow_bootstrap() -> None:
    data = counts(60).astype(np.float64)
    rng = np.random.default_rng(1)
    drawn = np.array([data[rng.integers(0, 60, 60)].sum(axis=0) for _ in range(500)])
    errors = standard_errors(data, share, np.random.default_rng(1), resamples=500)
    assert errors == pytest.approx(share(drawn).std(axis=0, ddof=1))
    # Bounded memory draws the same.
    assert (standard_errors(data, share, np.random.default_rng(1), resamples=500, cells=100) == errors).all()


def test_errors_of_what_some_resamples_lack() -> None:
    # Only one sentence in five has words: without it there is no share.
    data = np.array([[1.0, 2.0], [0, 0], [0, 0], [0, 0], [0, 0]])
    assert standard_errors(data, share, np.random.default_rng(0)).tolist() == [0.0, 0.0]
    assert np.isnan(standard_errors(data[:1], share, np.random.default_rng(0))).all()
    assert np.isnan(standard_errors(0 * data, share, np.random.default_rng(0))).all()
