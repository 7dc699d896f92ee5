"""Frequency ranks: of lists of counts, and of the words of pairs tables."""

from pathlib import Path

import pytest

from tests.pair_files import row, write_pairs
from xlt.errors import OptionError, XltError
from xlt.study.word_counts import languages_and_files, ranks_of, read_ranks


def test_ranks_by_hand() -> None:
    ranks = ranks_of({"the": 10, "cat": 4, "black": 4, "sleeps": 1})
    assert [ranks(word) for word in ("the", "cat", "black", "sleeps")] == [1, 2, 2, 4]
    assert ranks.unknown == 0
    # Case is kept; what has no count comes behind all types.
    assert [ranks("The"), ranks("dog")] == [5, 5]
    assert ranks.unknown == 2


def test_counts_of_files(tmp_path: Path) -> None:
    (tmp_path / "en.tsv").write_text("the\t10\ncat\t4\n\nblack\t4\nsleeps\t1\n", encoding="utf-8")
    ranks, inputs = read_ranks([f"en={tmp_path / 'en.tsv'}"], [])
    assert ranks["en"].rank == {"the": 1, "cat": 2, "black": 2, "sleeps": 4}
    assert [item.role for item in inputs] == ["counts"]


def test_counts_of_pairs(tmp_path: Path) -> None:
    one = write_pairs(tmp_path / "a.parquet", [row(0, "the cat the", "le chat", ""), row(1, "the", "le", "")])
    other = write_pairs(tmp_path / "b.parquet", [row(0, "cat", "кот", "", langs="en-ru")])
    ranks, inputs = read_ranks([], [str(tmp_path / "?.parquet")])
    assert ranks["en"].rank == {"the": 1, "cat": 2}
    assert ranks["fr"].rank == {"le": 1, "chat": 2}
    assert ranks["ru"].rank == {"кот": 1}
    assert [item.name for item in inputs] == [one, other]


@pytest.mark.parametrize(
    ("text", "told"),
    [("the\n", ":1: 'the'"), ("the\tten\n", ":1:"), ("a\t1\na\t2\n", ":2: 'a' stands there twice"), ("\n", "no word")],
)
def test_what_is_no_list_of_counts(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "en.tsv").write_text(text, encoding="utf-8")
    with pytest.raises(XltError, match=told):
        read_ranks([f"en={tmp_path / 'en.tsv'}"], [])


def test_languages_and_files(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("", encoding="utf-8")
    assert languages_and_files("tags", [f"en={tmp_path / 'x'}"]) == {"en": tmp_path / "x"}
    for texts in (["x"], ["=x"], ["en="], ["en=nowhere"], [f"en={tmp_path / 'x'}"] * 2):
        with pytest.raises(OptionError):
            languages_and_files("tags", texts)
