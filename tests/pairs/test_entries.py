"""A dictionary as a table of pairs."""

from pathlib import Path

import pytest

from xlt.corpora.choose import Choice, chosen_blocks
from xlt.corpora.parallel import Corpus
from xlt.errors import OptionError, XltError
from xlt.pairs.entries import entries_corpus, open_source
from xlt.pairs.options import DictOptions
from xlt.pairs.segment import WordRule
from xlt.pairs.table import Text

RULE = WordRule("en", "ja", {}, entries=True)
ENTRIES = "cat 猫\nNew York\tニューヨーク\ncat 猫\nradio radio\nthe cat\tネコ\ncafe\u0301 café\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "en-ja.txt").write_text(ENTRIES)
    (tmp_path / "ja-en.txt").write_text("犬 dog\n")
    return tmp_path


def entries(corpus: Corpus) -> list[tuple[str, str]]:
    return [pair for src, tgt in corpus.read() for pair in zip(src, tgt, strict=True)]


def test_entries_of_one_direction_in_the_order_of_the_file(folder: Path) -> None:
    corpus = entries_corpus(DictOptions(dictionary=str(folder), entries=True), RULE, None)
    # Composed, as text is; without repetitions; also of a language without segmenter.
    assert entries(corpus) == [
        ("cat", "猫"), ("New York", "ニューヨーク"), ("radio", "radio"), ("the cat", "ネコ"), ("café", "café"),
    ]  # fmt: skip
    assert (corpus.files, corpus.notes) == ((folder / "en-ja.txt",), {})
    (folder / "en-ja.txt").unlink()
    reversed_ = entries_corpus(DictOptions(dictionary=str(folder), entries=True), RULE, None)
    assert entries(reversed_) == [("dog", "犬")]


def test_identical_entries_are_left_out_where_that_is_asked_for(folder: Path) -> None:
    options = DictOptions(dictionary=str(folder), entries=True, drop_identical=True)
    corpus = entries_corpus(options, RULE, None)
    # Two that are the same when composed are identical as well.
    assert [s for s, _ in entries(corpus)] == ["cat", "New York", "the cat"]
    assert corpus.notes == {"identical entries left out": 2}
    (folder / "en-ja.txt").write_text("radio radio\n")
    with pytest.raises(XltError, match="no entry of two different words"):
        entries_corpus(options, RULE, None)
    with pytest.raises(OptionError, match=r"^drop_identical has no effect without entries; leave it out"):
        DictOptions(drop_identical=True)


def test_vowel_signs_go_from_the_entries_too(tmp_path: Path) -> None:
    (tmp_path / "en-ar.txt").write_text("book كِتَابٌ\nbook كتاب\n")
    rule = WordRule("en", "ar", {}, strip_diacritics=True, entries=True)
    assert entries(entries_corpus(DictOptions(dictionary=str(tmp_path), entries=True), rule, None)) == [
        ("book", "كتاب")
    ]


def test_the_test_part_is_of_the_words_behind_those_of_training(tmp_path: Path) -> None:
    lines = [f"w{n} m{n}{twice}" for n in range(6600) for twice in "ab"]
    (tmp_path / "en-fr.txt").write_text("\n".join(lines) + "\n")
    (tmp_path / "fr-en.txt").write_text("x w5001\n")
    options = DictOptions(dictionary=str(tmp_path), entries=True, dict_split="test")
    test = entries(entries_corpus(options, WordRule("en", "fr", {}, entries=True), None))
    assert (len(test), test[0], test[-1]) == (3000, ("w5000", "m5000a"), ("w6499", "m6499b"))


def test_each_entry_is_a_row_of_two_words_that_are_linked(folder: Path) -> None:
    options = DictOptions(dictionary=str(folder), entries=True)
    source = open_source(options, Text(RULE), force=False, progress=None)
    assert (source.scored, source.inputs) == (False, [])
    assert source.params == {"dict": folder.name, "keep_empty": True}
    rows = list(source.batches(chosen_blocks(entries_corpus(options, RULE, None), Choice()), workers=1))
    assert [r for part in rows for r in part.table.to_pylist()][1] == {
        "sent_id": 1, "src_lang": "en", "tgt_lang": "ja", "src_tokens": ["New York"], "tgt_tokens": ["ニューヨーク"],
        "src_idx": [0], "tgt_idx": [0],
    }  # fmt: skip
    assert dict(rows[0].counts) == {"word pairs": 5, "with a word pair": 5, "identical": 2, "several words": 2}
    assert source.summary(dict(rows[0].counts)) == {"of these, of identical words": 2, "of these, of several words": 2}
