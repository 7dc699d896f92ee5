import numpy as np
import pytest

from xlt.stats.resampling import cluster_standard_errors


def test_single_words_come_near_the_formula() -> None:
    rng = np.random.default_rng(0)
    items = rng.random((3, 2000)) < np.array([[0.1], [0.5], [0.9]])
    found = cluster_standard_errors(items, np.arange(2000), np.random.default_rng(1))
    shares = items.mean(axis=1)
    np.testing.assert_allclose(found, np.sqrt(shares * (1 - shares) / 2000), rtol=0.1)


def test_words_of_one_sentence_are_not_independent() -> None:
    # Ten words a sentence, all right or all wrong: the error is that of 200 sentences, not of 2,000 words.
    right = np.random.default_rng(0).random(200) < 0.4
    items = np.repeat(right, 10)[None]
    found = cluster_standard_errors(items, np.repeat(np.arange(200) * 7 - 3, 10), np.random.default_rng(1))
    share = right.mean()
    np.testing.assert_allclose(found, np.sqrt(share * (1 - share) / 200), rtol=0.1)


def test_against_a_slow_bootstrap() -> None:
    rng = np.random.default_rng(2)
    clusters = rng.integers(0, 40, 300)
    items = rng.random((2, 300)) < 0.3
    draws = []
    for _ in range(4000):
        chosen = rng.choice(np.unique(clusters), 40)
        rows = np.concatenate([np.flatnonzero(clusters == c) for c in chosen])
        draws.append(items[:, rows].mean(axis=1))
    found = cluster_standard_errors(items, clusters, np.random.default_rng(3), 4000)
    np.testing.assert_allclose(found, np.std(draws, axis=0, ddof=1), rtol=0.06)


def test_chunks_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    items = np.random.default_rng(0).random((2, 60)) < 0.5
    whole = cluster_standard_errors(items, np.arange(60) // 3, np.random.default_rng(1))
    monkeypatch.setattr("xlt.stats.resampling._CHUNK", 100)
    np.testing.assert_array_equal(cluster_standard_errors(items, np.arange(60) // 3, np.random.default_rng(1)), whole)


def test_constant_and_degenerate() -> None:
    assert cluster_standard_errors(np.ones((1, 9), np.bool_), np.arange(9), np.random.default_rng(0)).tolist() == [0]
    assert np.isnan(
        cluster_standard_errors(np.ones((1, 9), np.bool_), np.zeros(9, np.int64), np.random.default_rng(0))
    ).all()
