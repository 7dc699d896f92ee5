import numpy as np
import pytest

from xlt.errors import XltError
from xlt.tasks.labels import pair_labels


def test_labels_are_numbered_in_sorted_order() -> None:
    pairs = pair_labels([["b", "a"], [], ["c"]], [["b", "z"], [], [None]])
    assert pairs.labels == ("a", "b", "c", "z")
    np.testing.assert_array_equal(pairs.gold, [1, 0, 2])
    np.testing.assert_array_equal(pairs.predicted, [1, 3, -1])
    np.testing.assert_array_equal(pairs.offsets, [0, 2, 2, 3])
    np.testing.assert_array_equal(pairs.sentence, [0, 0, 2])


def test_nothing() -> None:
    pairs = pair_labels([], [])
    assert pairs.labels == ()
    assert pairs.offsets.tolist() == [0]
    assert len(pairs.gold) == len(pairs.sentence) == 0


def test_as_many_predictions_as_words() -> None:
    with pytest.raises(XltError, match=r"^sentence 1: 1 predictions for 2 gold labels"):
        pair_labels([["a"], ["a", "b"]], [["a"], ["a"]])
    with pytest.raises(XltError, match=r"^1 sentences are predicted, 2 have gold labels"):
        pair_labels([["a"], ["a"]], [["a"]])
