"""Tags of words: out of pairs tables and out of files, checked word by word."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.pair_files import row
from xlt.errors import OptionError, XltError
from xlt.study.word_tags import KIND_OF, read_tags

EN_FR = ("en", "fr")


def _tagged(path: Path, *rows: dict[str, Any]) -> str:
    pq.write_table(pa.Table.from_pylist(list(rows)), path)
    return str(path)


def test_kinds_of_cao() -> None:
    assert [KIND_OF[tag] for tag in ("NUM", "CONJ", "VERB")] == ["overlap", "closed", "open"]
    assert not {"PART", "SYM", "INTJ", "X", "CCONJ"} & set(KIND_OF)


def test_tags_of_files(tmp_path: Path) -> None:
    (tmp_path / "en.conllu").write_text(
        "# sent_id = a\n1\tBut\tbut\tCCONJ\t_\t_\t0\t_\t_\t_\n2\tcats\tcat\tNOUN\t_\t_\t0\t_\t_\t_\n\n"
        "1\tif\tif\tSCONJ\t_\t_\t0\t_\t_\t_\n\n",
        encoding="utf-8",
    )
    (tmp_path / "fr.tsv").write_text("Mais\tCCONJ\nchats\tNOUN\n\nsi\tSCONJ\n", encoding="utf-8")
    tags, inputs = read_tags([], [f"en={tmp_path / 'en.conllu'}", f"fr={tmp_path / 'fr.tsv'}"])
    assert tags.tag(EN_FR, "src", 0, 1, "cats", "i:row 0") == "NOUN"
    # Both conjunctions are one.
    assert tags.tag(EN_FR, "src", 0, 0, "But", "i:row 0") == tags.tag(EN_FR, "tgt", 1, 0, "si", "i:row 0") == "CONJ"
    assert [item.role for item in inputs] == ["tags", "tags"]
    for sentence, place, word, told in (
        (0, 1, "cat", r"i:row 5: word 1 of sentence 0 is 'cat'; .*en\.conllu: sentence 0 has 'cats' there"),
        (0, 2, "cat", r"has no word \(it has 2\) there"),
        (0, -1, "cats", r"has no word"),
        (2, 0, "if", r"i:row 5: sentence 2 is not among the 2 of .*en\.conllu"),
    ):
        with pytest.raises(XltError, match=told):
            tags.tag(EN_FR, "src", sentence, place, word, "i:row 5")
    with pytest.raises(XltError, match=r"i:row 5: no tags of ru \(of en-ru\); there are those of en, fr"):
        tags.tag(("en", "ru"), "tgt", 0, 0, "кот", "i:row 5")


def test_tags_of_pairs(tmp_path: Path) -> None:
    rows = [
        row(0, "cats sleep", "chats", "") | {"src_tags": ["NOUN", "VERB"], "tgt_tags": ["NOUN"]},
        row(1, "x", "y", "") | {"src_tags": [None], "tgt_tags": None},
    ]
    tags, inputs = read_tags([_tagged(tmp_path / "a.parquet", *rows)], [])
    assert tags.tag(EN_FR, "src", 0, 1, "sleep", "i") == "VERB"
    assert tags.tag(EN_FR, "tgt", 0, 0, "chats", "i") == "NOUN"
    assert tags.tag(EN_FR, "src", 1, 0, "x", "i") == "_"
    assert [item.role for item in inputs] == ["pairs"]
    with pytest.raises(XltError, match="sentence 1 of en-fr is in no table of --pairs"):
        tags.tag(EN_FR, "tgt", 1, 0, "y", "i")
    # The same sentence in a second file is no other; another one of its number is.
    read_tags([_tagged(tmp_path / "b.parquet", rows[0]), str(tmp_path / "a.parquet")], [])
    _tagged(tmp_path / "b.parquet", row(0, "dogs sleep", "chats", "") | {"src_tags": ["NOUN", "VERB"]})
    with pytest.raises(XltError, match=r"b\.parquet:row 0: sentence 0 of en-fr is another than in .*a\.parquet:row 0"):
        read_tags([str(tmp_path / "a.parquet"), str(tmp_path / "b.parquet")], [])


def test_what_is_not_tagged(tmp_path: Path) -> None:
    with pytest.raises(OptionError):
        read_tags([], [])
    with pytest.raises(OptionError, match="no column src_tags or tgt_tags"):
        read_tags([_tagged(tmp_path / "a.parquet", row(0, "a", "b", "0-0"))], [])
    with pytest.raises(XltError, match=r"a\.parquet:row 0: src_tokens has 1 entries, src_tags 2"):
        read_tags([_tagged(tmp_path / "a.parquet", row(0, "a", "b", "0-0") | {"src_tags": ["X", "X"]})], [])
