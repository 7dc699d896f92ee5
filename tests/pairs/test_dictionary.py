"""Word pairs by a dictionary: what is looked up, paired, counted and warned about."""

import logging
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

from tests.pairs.blocks import EN_FR, block, tokens
from xlt.errors import OptionError
from xlt.pairs.dictionary import look_up, make_pairs, open_source, pair_rule
from xlt.pairs.options import DictOptions
from xlt.pairs.segment import WordRule
from xlt.pairs.table import Text

ENTRIES = [("cat", "chat"), ("the", "le"), ("the", "la"), ("Paris", "paris")]
CLASSES = replace(EN_FR, pretokenized=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "en-fr.txt"
    path.write_text("".join(f"{s} {t}\n" for s, t in ENTRIES))
    return path


def test_entries_that_become_identical_are_left_out() -> None:
    assert set(pair_rule(ENTRIES, EN_FR).table.src_ids) == {"cat", "the", "Paris"}
    folded = pair_rule(ENTRIES, replace(EN_FR, lowercase=True)).table
    assert (set(folded.src_ids), len(folded.translations.values)) == ({"cat", "the"}, 3)


def test_entries_are_composed_as_the_text_is() -> None:
    decomposed = [("summer", unicodedata.normalize("NFD", "été"))]
    assert set(pair_rule(decomposed, CLASSES).table.tgt_ids) == {"été"}
    assert set(pair_rule(decomposed, EN_FR).table.tgt_ids) == {decomposed[0][1]}


def test_looking_up_by_hand() -> None:
    words, counts = look_up(tokens([("The cat , 9", "x"), ("cat", "x")]).src, {"cat": 0, "the": 1}, None)
    assert [words[0].tolist(), words[1].tolist()] == [[-1, 0, -1, -1], [0]]
    assert counts == (3, 2)  # neither the comma nor the number is a word
    assert look_up(tokens([("The cat", "x")]).src, {"cat": 0, "the": 1}, str.lower)[0].values.tolist() == [1, 0]


def test_a_block_by_hand() -> None:
    rows = make_pairs(pair_rule(ENTRIES, EN_FR))(block([("the cat", "le chat"), ("", "x"), ("the cat", "le la chat")]))
    assert rows.table.column("src_idx").to_pylist() == [[0, 1], [], [1]]
    assert rows.table.column("tgt_idx").to_pylist() == [[0, 1], [], [2]]
    assert rows.links.tolist() == [2, 0, 1]
    assert rows.counts == {
        "with a word pair": 2, "word pairs": 3, "empty side": 1, "source words": 4, "source words found": 4,
        "target words": 6, "target words found": 5,
    }  # fmt: skip
    assert {side: numbers.tolist() for side, numbers in rows.seen.items()} == {"source": [0, 1], "target": [0, 1, 2]}


def test_a_dictionary_out_of_a_file(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = open_source(DictOptions(dictionary=str(file)), Text(EN_FR), force=False, progress=None)
    assert [(i.role, i.name) for i in source.inputs] == [("dict", str(file))]
    assert (source.params, source.scored) == ({"dict": "en-fr.txt"}, False)
    (rows,) = source.batches([block([("the cat", "le x x x x")])], 1)
    with caplog.at_level(logging.WARNING):
        summary = source.summary({**rows.counts, "sentence pairs": 1})
    assert summary == {
        "dictionary entries": 4, "identical entries left out": 0, "source words in dictionary": 1.0,
        "dictionary source words in corpus": "2 of 3", "target words in dictionary": 0.2,
        "dictionary target words in corpus": "1 of 4",
    }  # fmt: skip
    (warning,) = caplog.records
    assert warning.getMessage().startswith("only 20.0 % of the target (fr) words are in the dictionary: ")


def test_a_part_of_the_dictionary_is_expected_to_miss_much(file: Path, caplog: pytest.LogCaptureFixture) -> None:
    options = DictOptions(dictionary=str(file), dict_split="train")
    source = open_source(options, Text(EN_FR), force=False, progress=None)
    (rows,) = source.batches([block([("the cat", "le x x x x")])], 1)
    with caplog.at_level(logging.WARNING):
        source.summary({**rows.counts, "sentence pairs": 1})
    assert not caplog.records


def test_no_dictionary(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"^dictionary .*no\.txt: no such file or folder"):
        open_source(
            DictOptions(dictionary=str(tmp_path / "no.txt")), Text(WordRule("en", "fr", {})), force=False, progress=None
        )
