"""Fertility and unknown words, by hand."""

import numpy as np
import pytest

from xlt.arrays import Ragged
from xlt.encoders.fertility import fertility, fertility_facts
from xlt.encoders.pieces import Pieces

# Two pieces between special tokens 1 and 2; words of 2, 1 and 3 subwords, and one in the second piece. 9 is unknown.
PIECES = Pieces(
    tokens=Ragged.of([[1, 5, 6, 9, 7, 9, 8, 2], [1, 5, 2]], np.int64),
    piece=np.array([0, 0, 0, 1]),
    start=np.array([1, 3, 4, 1]),
    stop=np.array([3, 4, 7, 2]),
    word_offsets=np.array([0, 3, 4]),
    overlong=np.array([], np.int64),
    words_lost=0,
)


def test_subwords_a_word_and_the_share_that_is_not_known() -> None:
    assert fertility(PIECES, np.arange(4), 9) == (7 / 4, 2 / 4)
    assert fertility(PIECES, np.array([0, 3]), 9) == (1.5, 0.0)
    # A word counts as often as it is scored.
    assert fertility(PIECES, np.array([2, 2, 3]), 9) == pytest.approx((7 / 3, 2 / 3))
    assert fertility(PIECES, np.arange(4), None) == (7 / 4, 0.0)


def test_what_a_summary_says() -> None:
    assert fertility_facts(PIECES, np.arange(3), np.array([3]), 9) == {
        "subwords a source word": 2.0,
        "share of source words with an unknown subword": round(2 / 3, 5),
        "subwords a target word": 1.0,
    }
