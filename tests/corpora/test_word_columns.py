"""Which column holds the word and which the label, beside what the tests of the reader show."""

from pathlib import Path

import pytest

from xlt.corpora.word_columns import LabelRule, header_of, label_column, place_of
from xlt.errors import XltError


def test_a_place_is_a_number_or_a_name_of_the_header() -> None:
    assert [place_of(column, ("id", "form"), "x") for column in ("1", "-1", "FORM")] == [1, -1, 1]
    with pytest.raises(XltError, match="x: no column called lemma; found id, form"):
        place_of("lemma", ("id", "form"), "x")
    with pytest.raises(XltError, match="the first line is no header"):
        place_of("lemma", (), "x")


def test_a_header_names_a_word_and_a_label_or_what_is_asked_for() -> None:
    def header(line: str, **columns: str) -> tuple[list[str], int]:
        return header_of(Path("x"), ["", line], lambda text: text.split("\t"), columns)

    assert header("Word\tTag") == (["word", "tag"], 2)
    assert header("word\tNOUN") == ([], 0)
    assert header("w\tt", token="w", label="T") == (["w", "t"], 2)
    with pytest.raises(XltError, match="x:2: no column called u; found w, t"):
        header("w\tt", token="u")


def test_columns_of_the_task_go_before_those_of_any() -> None:
    ner = LabelRule(columns=("ner_tags", "ner"))
    assert label_column(["tokens", "upos", "ner_tags"], {}, ner, "x") == "ner_tags"
    assert label_column(["tokens", "labels", "upos"], {}, ner, "x") == "labels"
    assert label_column(["tokens", "upos"], {}, ner, "x") == "upos"
    assert label_column(["tokens", "upos"], {"label": "tokens"}, ner, "x") == "tokens"
    with pytest.raises(XltError, match="upos and slots may both hold the labels"):
        label_column(["tokens", "upos", "slots"], {}, ner, "x")
