"""Which sentence pairs of pairs tables are taken, and which sentences are encoded for them."""

from pathlib import Path

import numpy as np
import pytest

from tests.pair_files import Rows, loaded, random_rows, row, write_pairs
from xlt.alignment.sample import lowest, priorities
from xlt.alignment.sentence_pairs import prepare_sentences, read_sentence_pairs
from xlt.encoders.load import Encoder
from xlt.encoders.options import EncodeOptions
from xlt.errors import XltError
from xlt.files.pairs import open_pairs

LONG = "the cat sat on the mat and looked at the light of the morning " * 4
EN_FR, EN_AR = ("en", "fr"), ("en", "ar")
ROWS: Rows = [
    row(0, "the cat", "le chat", "0-0") | {"src_text": "The cat.", "tgt_text": "le chat"},
    row(1, "the cat", "", ""),
    row(2, LONG, "le chat", ""),
    row(3, "the cat", "al qit", "", "en-ar") | {"src_text": "The cat.", "tgt_text": None},
    row(4, "the mat", "le tapis", ""),
]


@pytest.fixture
def encoder(model: str) -> Encoder:
    return loaded(model, EncodeOptions(device="cpu", batch_tokens=1))


def test_texts_where_there_are_any_else_words(tmp_path: Path) -> None:
    pairs = read_sentence_pairs([open_pairs(write_pairs(tmp_path / "x.parquet", ROWS, batch=2))])
    assert [pairs.sentences[i] for i in pairs.src] == [
        "The cat.", ("the", "cat"), tuple(LONG.split()), "The cat.", ("the", "mat"),
    ]  # fmt: skip
    assert [pairs.sentences[i] for i in pairs.tgt] == ["le chat", (), ("le", "chat"), ("al", "qit"), ("le", "tapis")]
    assert (pairs.sent_id.tolist(), pairs.langs) == ([0, 1, 2, 3, 4], [EN_FR] * 3 + [EN_AR, EN_FR])
    # The text is one sentence, the words another; each is held once.
    assert len(pairs.sentences) == len(set(pairs.sentences)) == 9
    assert pairs.grade is None
    words = pairs.take(np.array([3])).words().to_pylist()
    assert words == [
        {
            "sent_id": 3, "src_lang": "en", "tgt_lang": "ar", "src_word": None, "tgt_word": None, "src_idx": None,
            "tgt_idx": None, "unit": "sentence", "src_text": "The cat.", "tgt_text": "al qit",
        }
    ]  # fmt: skip


def test_what_has_no_vector_is_left_out_and_counted(encoder: Encoder, tmp_path: Path) -> None:
    sources = [open_pairs(write_pairs(tmp_path / "x.parquet", ROWS))]
    prepared = prepare_sentences(encoder, sources, None, 42, "window")
    assert prepared.pairs.sent_id.tolist() == [0, 2, 3, 4]
    assert prepared.available == {EN_FR: 3, EN_AR: 1}
    assert prepared.facts(EN_FR, np.array([0, 1, 3])) == {
        "sentence pairs with an empty side, left out": 1,
        "sentence pairs above the limit, left out": 0,
        "overlong sentences": 1,
    }
    # Of sentences that no pair takes none is encoded.
    assert len(prepared.used) == 7
    skipped = prepare_sentences(encoder, sources, None, 42, "skip")
    assert skipped.pairs.sent_id.tolist() == [0, 3, 4]
    assert skipped.lost[EN_FR]["sentence pairs above the limit, left out"] == 1
    assert skipped.facts(EN_FR, np.array([0, 2]))["overlong sentences"] == 0


def test_a_draw_depends_on_seed_and_number_alone(encoder: Encoder, tmp_path: Path) -> None:
    rows = random_rows(30)
    both = [write_pairs(tmp_path / f"{i}.parquet", part) for i, part in enumerate((rows[:11], rows[11:]))]
    whole, parts = (
        prepare_sentences(encoder, [open_pairs(name) for name in names], 9, 7, "window")
        for names in ([write_pairs(tmp_path / "w.parquet", rows)], both)
    )
    zero = np.zeros(30, np.int64)
    expected = lowest(priorities(7, np.arange(30), zero, zero), 9)
    assert whole.pairs.sent_id.tolist() == parts.pairs.sent_id.tolist() == expected.tolist()
    shards = [
        prepare_sentences(encoder, [open_pairs(name) for name in both], 9, 7, "window", shard=(i, 4)).pairs.sent_id
        for i in (1, 2, 3, 4)
    ]
    assert [set(of % 4) - {i} for i, of in enumerate(shards)] == [set()] * 4
    assert sorted(np.concatenate(shards).tolist()) == expected.tolist()


def test_grades_come_along(tmp_path: Path) -> None:
    graded = [row(n, "a", "b", "") | {"grade": grade} for n, grade in enumerate((0.5, None))]
    sources = [
        open_pairs(write_pairs(tmp_path / f"{i}.parquet", part)) for i, part in enumerate((graded, random_rows(1)))
    ]
    pairs = read_sentence_pairs(sources)
    assert pairs.grade is not None
    assert np.array_equal(pairs.grade, [0.5, np.nan, np.nan], equal_nan=True)
    assert pairs.words().column("grade").to_pylist() == [0.5, None, None]
    name = write_pairs(tmp_path / "bad.parquet", [row(0, "a", "b", "") | {"grade": 2.0}])
    with pytest.raises(XltError, match="row 0: grade 2 is none"):
        read_sentence_pairs([open_pairs(name)])
