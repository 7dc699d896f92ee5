"""Vectors of a model, prepared and encoded; against transformers alone they stand in the tests of ``embed``."""

from pathlib import Path

import numpy as np
import pytest

from tests.pair_files import Rows, loaded, pairs_record, random_rows, row, word_pairs, write_pairs
from xlt.alignment.from_model import encode, model_groups, prepare, prepare_sample
from xlt.alignment.options import AlignScoreOptions
from xlt.alignment.sample import draw
from xlt.alignment.sample import word_pairs as sampled_pairs
from xlt.alignment.vectors import LanguagePair
from xlt.encoders.load import Encoder
from xlt.encoders.options import EncodeOptions
from xlt.errors import XltError
from xlt.files.pairs import open_pairs

ALONE = EncodeOptions(device="cpu", batch_tokens=1)
SKIP = EncodeOptions(device="cpu", batch_tokens=1, overlong="skip")
LONG = "the cat sat on the mat and looked at the light of the morning " * 4
ROWS: Rows = [
    row(0, "the cat", "le chat", "0-0 1-1"),
    row(1, LONG, "le chat", "1-0 2-1"),
    row(2, "the mat", "le tapis", "1-1"),
    row(3, "the cat", "al qit", "0-0", "en-ar"),
]


@pytest.fixture
def encoder(model: str) -> Encoder:
    return loaded(model, ALONE)


def test_words_without_a_vector_are_left_out_and_counted(encoder: Encoder, tmp_path: Path) -> None:
    sources = [open_pairs(write_pairs(tmp_path / "x.parquet", ROWS))]
    (pairs,) = sampled_pairs(sources, draw(sources, None, 42))
    prepared = prepare(encoder, pairs, "skip")
    assert prepared.lost == {("en", "fr"): 2}
    assert [tuple(w.values()) for w in prepared.pairs.words().to_pylist()] == word_pairs([ROWS[0], *ROWS[2:]])
    # The words' numbers are those of the sentences, each held once: 'the cat' of two languages is one sentence.
    at = {word: prepared.src[i] for i, word in enumerate(["the", "cat", "mat", "the again"])}
    assert at["the"] == at["the again"] == at["cat"] - 1
    whole = prepare(encoder, pairs, "window")
    assert (whole.lost.total(), whole.pairs) == (0, pairs)


def test_others_are_drawn_until_there_are_enough(encoder: Encoder, tmp_path: Path) -> None:
    long = [row(n, LONG, LONG, " ".join(f"{i}-{i}" for i in range(20))) for n in range(3)]
    sources = [open_pairs(write_pairs(tmp_path / "x.parquet", [*long, *random_rows(20, first=3)]))]
    prepared = prepare_sample(encoder, sources, 12, 42, "skip")
    assert len(prepared.pairs) == len(prepared.src) == 12
    assert prepared.lost.total() > 0
    assert prepared.pairs.sent_id.min() >= 3
    assert (np.diff(prepared.pairs.sent_id) >= 0).all()


def test_vectors_are_written_from_a_row_on(encoder: Encoder, tmp_path: Path) -> None:
    sources = [open_pairs(write_pairs(tmp_path / "x.parquet", [ROWS[0], ROWS[2]]))]
    prepared = prepare_sample(encoder, sources, None, 42, "window")
    src, tgt, later = (np.full((2, 5, encoder.dim), -9, np.float32) for _ in range(3))
    encode(encoder, prepared, [1, 3], ALONE, src, tgt)
    assert (src[:, 3:] == -9).all()
    encode(encoder, prepared, [1, 3], ALONE, later, tgt, first=2)
    assert np.array_equal(later[:, 2:], src[:, :3])
    assert (later[:, :2] == -9).all()


@pytest.mark.parametrize("in_memory", [0, 1 << 30])
def test_groups_by_language(model: str, tmp_path: Path, in_memory: int) -> None:
    path = write_pairs(tmp_path / "x.parquet", ROWS, pairs_record())
    options = AlignScoreOptions(encode=EncodeOptions(device="cpu", overlong="skip", layers="0,-1"), n_pairs=0)
    with model_groups(model, [path], options, load=loaded, in_memory=in_memory) as groups:
        assert [group.langs for group in groups.groups] == [("en", "fr"), ("en", "ar")]
        assert (groups.layers, groups.num_layers, groups.packages) == ([(0, 0), (1, 3)], 3, ("transformers",))
        assert groups.params == options.encode.params()
        assert [item.role for item in groups.inputs] == ["model", "pairs"]
        french, arabic = groups.groups
        assert (len(french.data), len(arabic.data)) == (3, 1)
        assert french.words["row"].to_pylist() == [0, 1, 2]
        assert french.facts["word pairs without vector, others drawn"] == 2
        assert french.identity["model"] == model
        src, tgt = french.data.vectors(1, 3)
        assert src.shape == tgt.shape == (3, 32)
        # The same sentence and word, in two languages' pairs.
        assert np.array_equal(arabic.data.vectors(1, 3)[0][0], src[0])
        assert isinstance(french.data, LanguagePair)
        mapped = isinstance(french.data.parts[0].src, np.memmap)
        assert mapped == (in_memory == 0)


def test_nothing_that_has_a_vector(model: str, tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "x.parquet", ROWS[1:2])
    options = AlignScoreOptions(encode=SKIP)
    with (
        pytest.raises(XltError, match="overlong skip: no word pair has a vector, 2 are left out"),
        model_groups(model, [path], options, load=loaded),
    ):
        pass
