import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.encoders.spelled import spelled
from xlt.encoders.options import Overlong
from xlt.encoders.pieces import make_pieces
from xlt.errors import XltError


def piece_of(
    sentences: list[list[str]], limit: int, overlong: Overlong = "window", at_once: int = 4096
) -> list[str | None]:
    """Each word as it is read back out of its piece."""
    pieces = make_pieces(spelled(unknown=3), sentences, limit, overlong, at_once=at_once)
    words: list[str | None] = []
    for piece, start, stop in zip(pieces.piece, pieces.start, pieces.stop, strict=True):
        if piece < 0:
            words.append(None)
            continue
        ids = pieces.tokens[piece]
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
    pieces = make_pieces(spelled(unknown=3), sentences, limit)
    room = limit - 2
    word = 0
    for sentence in sentences:
        length = sum(map(len, sentence))
        at = 0
        for text in sentence:
            if length > room:
                size = int(pieces.tokens.lengths[pieces.piece[word]]) - 2
                before, after = int(pieces.start[word]) - 1, size - (int(pieces.stop[word]) - 1)
                # Half a window at least on the nearer side, less the word itself, unless the sentence ends there.
                reaches_start, reaches_end = at == before, at + len(text) + after == length
                nearest = min(before if not reaches_start else room, after if not reaches_end else room)
                assert nearest >= (room - room // 2 - len(text)) // 2 - 1
            at += len(text)
            word += 1


def test_windows_by_hand() -> None:
    # Room for 4 letters: windows at 0, 2, 4, 6 of ten letters; each letter where it is farthest from a cut edge.
    pieces = make_pieces(spelled(unknown=3), [list("abcdefghij")], 6)
    windows = ["".join(map(chr, pieces.tokens[i][1:-1])) for i in range(1, len(pieces.tokens))]
    assert windows == ["abcd", "cdef", "efgh", "ghij"]
    assert pieces.piece.tolist() == [1, 1, 1, 2, 2, 3, 3, 4, 4, 4]
    assert pieces.overlong.tolist() == [0]
    assert pieces.words_lost == 0


def test_cut_and_skip_are_counted() -> None:
    sentences = [["aa", "bb", "cc"], ["d"]]
    assert piece_of(sentences, 6, "cut") == ["aa", "bb", None, "d"]
    assert piece_of(sentences, 6, "skip") == [None, None, None, "d"]
    assert make_pieces(spelled(unknown=3), sentences, 6, "cut").words_lost == 1
    assert make_pieces(spelled(unknown=3), sentences, 6, "skip").words_lost == 3
    with pytest.raises(XltError, match=r"sentence 0 \('aa bb cc …'\) has 6 subwords, the model takes 4"):
        piece_of(sentences, 6, "error")


def test_a_word_longer_than_a_window_is_lost_alone() -> None:
    assert piece_of([["aa", "b" * 9, "cc"]], 6) == ["aa", None, "cc"]


def test_no_room() -> None:
    with pytest.raises(XltError, match="--max-length 2 leaves no room"):
        piece_of([["a"]], 2)


def test_sentences_in_several_calls_make_the_same_pieces() -> None:
    sentences = [["ab", "c"], [], ["abcdefgh", "x", "y"], ["d"], ["ef"] * 5]
    whole = make_pieces(spelled(unknown=3), sentences, 8)
    assert piece_of(sentences, 8, at_once=2) == piece_of(sentences, 8)
    parts = make_pieces(spelled(unknown=3), sentences, 8, at_once=2)
    assert (parts.overlong.tolist(), parts.words_lost) == (whole.overlong.tolist(), whole.words_lost)
    assert parts.word_offsets.tolist() == whole.word_offsets.tolist()
