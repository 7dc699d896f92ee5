"""Pairs of vectors: parts put together, the order that decides ties, what a signature and an identity are made of."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from xlt.alignment.options import AlignScoreOptions
from xlt.alignment.vectors import LanguagePair, Part, data_id, drawn_signature, group_of, making
from xlt.encoders.options import EncodeOptions
from xlt.errors import XltError
from xlt.files.provenance import Input, content_id, make_record
from xlt.files.schemas import WORDS
from xlt.files.signature import Signature

SRC = np.arange(2 * 6 * 2, dtype=np.float32).reshape(2, 6, 2) + 1
TGT = -SRC


def part(*rows: int, name: str = "") -> Part:
    return Part(SRC, TGT, np.array(rows), name)


def words(*rows: dict[str, Any]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), WORDS.arrow())


def test_rows_of_all_parts_one_after_the_other() -> None:
    pair = LanguagePair([part(4, 1), part(0)], np.array([0, 0, 1]), "here")
    assert len(pair) == 3
    src, tgt = pair.vectors(1, 9)
    assert src.tolist() == SRC[1, [4, 1, 0]].tolist()
    assert tgt.tolist() == TGT[1, [4, 1, 0]].tolist()
    ordered = LanguagePair(pair.parts, pair.clusters, "here", np.array([2, 0, 1]))
    assert ordered.vectors(1, 9)[0].tolist() == SRC[1, [0, 4, 1]].tolist()


@pytest.mark.parametrize(("name", "where"), [("v", "v/tgt.npy, layer 9"), ("", "target side, layer 9")])
def test_a_bad_row_is_named_as_it_is_where_it_lies(name: str, where: str) -> None:
    bad = TGT.copy()
    bad[1, 4] = np.nan
    pair = LanguagePair([part(0), Part(SRC, bad, np.array([2, 4]), name)], np.arange(3), "here")
    assert len(pair.vectors(0, 8)[1]) == 3
    with pytest.raises(XltError, match=f"{where}, row 4: NaN or infinity"):
        pair.vectors(1, 9)


def group(parts: list[Part], table: pa.RecordBatch) -> Any:
    return group_of(
        ("en", "fr"), parts, table, where="here", identity={"model": "m"}, signature=Signature(), facts={"seen": 1}
    )


def test_parts_stand_in_corpus_order() -> None:
    table = words(
        {"sent_id": 7, "src_idx": 0, "tgt_idx": 1, "src_word": "a", "tgt_word": "b"},
        {"sent_id": 2, "src_idx": 3, "tgt_idx": 0, "src_word": "c", "tgt_word": "b"},
        {"sent_id": 2, "src_idx": 1, "tgt_idx": 5, "src_word": "a", "tgt_word": "b"},
    )
    whole = group([part(4, 1), part(0)], table)
    assert whole.data.clusters.tolist() == [2, 2, 7]
    assert whole.words["row"].to_pylist() == [0, 1, 4]
    assert whole.words["src_word"].to_pylist() == ["a", "c", "a"]
    assert whole.data.vectors(0, 0)[0].tolist() == SRC[0, [0, 1, 4]].tolist()
    assert whole.facts == {"seen": 1, "repeated source words": 1, "repeated target words": 2}
    # One part stays as it is given.
    alone = group([part(4, 1, 0)], table)
    assert alone.data.order is None
    assert alone.data.clusters.tolist() == [7, 2, 2]


def test_where_nobody_knows_the_words() -> None:
    alone = group([part(5, 3)], words({}, {}))
    # Each pair is a sentence of its own, and of repeated words nothing is said.
    assert alone.data.clusters.tolist() == [5, 3]
    assert alone.facts == {"seen": 1}


def test_the_signature_of_a_draw() -> None:
    rows, how = np.arange(9), {"data": "x", "pool": "first"}
    assert str(drawn_signature(rows, AlignScoreOptions(), how)) == "pairs:9|seed:42|data:x|pool:first"
    every = AlignScoreOptions(n_pairs=0, seed=3, unique_types=True)
    assert str(drawn_signature(rows, every, how)) == "pairs:all(9)|seed:3|data:x|pool:first|unique-types"


def test_how_vectors_were_made() -> None:
    assert making(EncodeOptions().params()) == {"pool": "first", "overlong": "window"}
    other = EncodeOptions(pool="last", overlong="cut", max_length=9, drop_blank_subwords=True, dtype="bfloat16")
    assert ":".join(Signature().with_parts(making(other.params()))) == (
        "pool:last:overlong:cut:max-length:9:drop-blank-subwords:dtype:bfloat16"
    )
    # Where to compute, and how quickly, defines nothing; nor do layers, which are a column.
    assert making(EncodeOptions(device="cpu", batch_tokens=3, layers="-1").params()) == making(EncodeOptions().params())


def test_the_identity_of_data_is_that_of_the_files_that_hold_the_languages() -> None:
    def pairs(src: str, tgt: str, corpus: str) -> Input:
        params = {"src_lang": src, "tgt_lang": tgt}
        return Input("pairs", "p", None, make_record("x", params=params, inputs=[Input("corpus", "c", corpus)]))

    french, other, arabic = pairs("en", "fr", "1"), pairs("en", "fr", "2"), pairs("en", "ar", "1")
    foreign = Input("pairs", "f", "abcdefabcdef")
    ids = {i: content_id(item.record, item.sha256) for i, item in enumerate((french, other, foreign))}
    assert data_id([french, arabic], ("en", "fr")) == ids[0]
    assert data_id([french, french, other], ("en", "fr")) == "+".join(sorted((ids[0], ids[1])))
    # Of anybody's file nobody knows what it holds.
    assert data_id([foreign, arabic], ("en", "fr")) == ids[2] == "abcdefab"
