import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.arrays import Ints
from xlt.encoders.options import Overlong
from xlt.encoders.pieces import make_pieces
from xlt.encoders.tokens import WordTokenizer
from xlt.errors import XltError


def spelled() -> WordTokenizer:
    """One subword a letter: the id is its code point; 1 and 2 stand around a sentence."""

    def split(sentences: list[list[str]]) -> tuple[Ints, Ints]:
        words = [w for s in sentences for w in s]
        ids = np.array([ord(c) for w in words for c in w], np.int64)
        return ids, np.repeat(np.arange(len(words)), [len(w) for w in words])

    return WordTokenizer([1], [2], 0, 3, False, split, chr)  # type: ignore[arg-type]


def piece_of(sentences: list[list[str]], limit: int, overlong: Overlong = "window") -> list[str | None]:
    """Each word as it is read back out of its piece."""
    found = make_pieces(spelled(), sentences, limit, overlong)
    words: list[str | None] = []
    for piece, start, stop in zip(found.piece, found.start, found.stop, strict=True):
        if piece < 0:
            words.append(None)
            continue
        ids = found.ids[found.offsets[piece] : found.offsets[piece + 1]]
        assert ids[0] == 1
        assert ids[-1] == 2
        assert len(ids) <= limit
        words.append("".join(map(chr, ids[start:stop])))
    return words


sentences_ = st.lists(st.lists(st.text("abc", min_size=1, max_size=5), max_size=12), min_size=1, max_size=4)


@given(sentences=sentences_, limit=st.integers(7, 30))
@settings(deadline=None)
def test_windows_lose_no_word(sentences: list[list[str]], limit: int) -> None:
    assert piece_of(sentences, limit) == [w for s in sentences for w in s]


@given(sentences=sentences_, limit=st.integers(7, 30))
@settings(deadline=None)
def test_a_word_is_taken_where_it_has_most_context(sentences: list[list[str]], limit: int) -> None:
    found = make_pieces(spelled(), sentences, limit)
    room = limit - 2
    word = 0
    for sentence in sentences:
        length = sum(map(len, sentence))
        at = 0
        for text in sentence:
            if length > room:
                size = int(found.lengths[found.piece[word]]) - 2
                before, after = int(found.start[word]) - 1, size - (int(found.stop[word]) - 1)
                # Half a window at least on the nearer side, less the word itself, unless the sentence ends there.
                reaches_start, reaches_end = at == before, at + len(text) + after == length
                nearest = min(before if not reaches_start else room, after if not reaches_end else room)
                assert nearest >= (room - room // 2 - len(text)) // 2 - 1
            at += len(text)
            word += 1


def test_windows_by_hand() -> None:
    # Room for 4 letters: windows at 0, 2, 4, 6 of ten letters; each letter where it is farthest from a cut edge.
    found = make_pieces(spelled(), [list("abcdefghij")], 6)
    windows = [
        "".join(map(chr, found.ids[a + 1 : b - 1])) for a, b in zip(found.offsets[1:-1], found.offsets[2:], strict=True)
    ]
    assert windows == ["abcd", "cdef", "efgh", "ghij"]
    assert found.piece.tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4, 4]
    assert found.overlong.tolist() == [0]
    assert found.words_lost == 0


def test_cut_and_skip_are_counted() -> None:
    sentences = [["aa", "bb", "cc"], ["d"]]
    assert piece_of(sentences, 6, "cut") == ["aa", "bb", None, "d"]
    assert piece_of(sentences, 6, "skip") == [None, None, None, "d"]
    assert make_pieces(spelled(), sentences, 6, "cut").words_lost == 1
    assert make_pieces(spelled(), sentences, 6, "skip").words_lost == 3
    with pytest.raises(XltError, match=r"sentence 0 \('aa bb cc …'\) has 6 subwords, the model takes 4"):
        piece_of(sentences, 6, "error")


def test_a_word_longer_than_a_window_is_lost_alone() -> None:
    assert piece_of([["aa", "b" * 9, "cc"]], 6) == ["aa", None, "cc"]


def test_no_room() -> None:
    with pytest.raises(XltError, match="--max-length 2 leaves no room"):
        piece_of([["a"]], 2)


def test_slices_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    sentences = [["ab", "c"], [], ["abcdefgh", "x", "y"], ["d"], ["ef"] * 5]
    whole = make_pieces(spelled(), sentences, 8)
    read = piece_of(sentences, 8)
    monkeypatch.setattr("xlt.encoders.pieces._SLICE", 2)
    assert piece_of(sentences, 8) == read
    parts = make_pieces(spelled(), sentences, 8)
    assert (parts.overlong.tolist(), parts.words_lost) == (whole.overlong.tolist(), whole.words_lost)
    assert parts.word_offsets.tolist() == whole.word_offsets.tolist()
