"""Word pairs in hand: sentences held once, parts that make up the whole."""

from pathlib import Path

import numpy as np
import pytest

from tests.pair_files import Rows, random_rows, row, word_pairs, write_pairs
from xlt.alignment.sample import draw
from xlt.alignment.word_pairs import WordPairs
from xlt.alignment.word_pairs import word_pairs as found_in
from xlt.errors import XltError
from xlt.files.pairs import open_pairs
from xlt.files.schemas import WORDS

ROWS = random_rows(50) + random_rows(50, "en-ar", seed=1)


def parts(paths: list[str], n_pairs: int | None = None, at_once: int | None = None) -> list[WordPairs]:
    sources = [open_pairs(p) for p in paths]
    return list(found_in(sources, draw(sources, n_pairs, 42), sentences_at_once=at_once))


def words(part: WordPairs) -> list[tuple[object, ...]]:
    batch = part.words()
    assert batch.schema == WORDS.arrow()
    return [tuple(r.values()) for r in batch.to_pylist()]


def test_a_sentence_is_held_once_across_files_and_sides(tmp_path: Path) -> None:
    one: Rows = [row(0, "a b", "x y", "0-1 1-0"), row(1, "a b", "z", "1-0")]
    two: Rows = [row(0, "x y", "a b", "0-0", "fr-en"), row(5, "q", "r", ""), row(6, "a b", "w", "0-0", "en-ar")]
    paths = [write_pairs(tmp_path / f"{i}.parquet", rows) for i, rows in enumerate((one, two))]
    (found,) = parts(paths)
    # What holds no word pair is not held at all.
    assert sorted(found.sentences) == [["a", "b"], ["w"], ["x", "y"], ["z"]]
    assert words(found) == word_pairs(one + two)
    assert found.langs == [("en", "fr")] * 3 + [("fr", "en"), ("en", "ar")]
    assert len(found) == 5
    a_b = found.sentences.index(["a", "b"])
    assert found.src_sentence.tolist() == [a_b, a_b, a_b, found.sentences.index(["x", "y"]), a_b]
    assert found.tgt_sentence[3] == a_b


def test_tokens_that_look_alike_when_joined_are_other_sentences(tmp_path: Path) -> None:
    rows = [row(0, "a b", "x", "0-0"), row(1, "c", "x", "0-0") | {"src_tokens": ["a b"]}]
    (found,) = parts([write_pairs(tmp_path / "x.parquet", rows)])
    assert sorted(found.sentences) == [["a", "b"], ["a b"], ["x"]]


@pytest.mark.parametrize("n_pairs", [None, 30])
@pytest.mark.parametrize("at_once", [1, 10, 1000])
def test_parts_make_up_the_whole(tmp_path: Path, n_pairs: int | None, at_once: int) -> None:
    paths = [
        write_pairs(tmp_path / "a.arrow", ROWS[:70], batch=9),
        write_pairs(tmp_path / "b.arrow", ROWS[70:], batch=4),
    ]
    (whole,) = parts(paths, n_pairs)
    some = parts(paths, n_pairs, at_once)
    assert [w for part in some for w in words(part)] == words(whole)
    assert len(some) > 1 or at_once == 1000
    if n_pairs is None:
        assert words(whole) == word_pairs(ROWS)
    for part in some:
        # A part ends at the first batch that fills it.
        assert len(part.sentences) < at_once + 2 * 9
        for sentence, word, text in zip(part.src_sentence, part.src, part.words().column("src_word"), strict=True):
            assert part.sentences[sentence][word] == text.as_py()


def test_some_of_them(tmp_path: Path) -> None:
    (whole,) = parts([write_pairs(tmp_path / "x.parquet", ROWS)])
    some = whole.take(np.array([3, 99, 4]))
    assert words(some) == [word_pairs(ROWS)[i] for i in (3, 99, 4)]
    assert some.sentences is whole.sentences


@pytest.mark.parametrize("rows", [[], [row(0, "a", "b", "")]])
def test_without_a_word_pair(tmp_path: Path, rows: Rows) -> None:
    path = write_pairs(tmp_path / "x.parquet", rows)
    with pytest.raises(XltError, match=r"x\.parquet: no word pair"):
        parts([path])
