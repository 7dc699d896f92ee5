"""Alignment error rate by hand."""

import numpy as np
import pytest

from tests.aligners.sentence_pairs import links_of
from xlt.aligners.aer import match_counts, quality


def test_by_hand() -> None:
    # First pair: A = {00, 11, 21}, S = {00, 22}, P = S and {11}. Second: A empty, S = {00}.
    links = links_of([{(0, 0), (1, 1), (2, 1)}, set()])
    gold = links_of([{(0, 0), (1, 1), (2, 2)}, {(0, 0)}])
    sure = np.array([True, False, True, True])
    counts = match_counts(links, gold, sure, 2)
    assert counts.tolist() == [[3, 2, 1, 2], [0, 1, 0, 0]]
    aer, precision, recall, f1 = quality(counts.sum(axis=0, dtype=np.float64)[None])[0]
    assert aer == pytest.approx(1 - (1 + 2) / (3 + 3))
    assert (precision, recall) == (pytest.approx(2 / 3), pytest.approx(1 / 3))
    assert f1 == pytest.approx(4 / 9)


def test_the_gold_itself_has_no_error() -> None:
    gold = links_of([{(0, 0), (1, 2)}])
    values = quality(match_counts(gold, gold, np.array([True, True]), 1).sum(axis=0, dtype=np.float64)[None])[0]
    assert values.tolist() == [0, 1, 1, 1]


def test_nothing_to_divide_by_is_nan() -> None:
    assert np.isnan(quality(np.zeros((1, 4)))).all()
    assert quality(np.array([[3.0, 2.0, 0.0, 0.0]]))[0].tolist() == [1, 0, 0, 0]
