"""``align-score --unit sentence``: numbers of a model against loops, and each sentence encoded once."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers

from tests.measures.reference import ranks
from tests.pair_files import Rows, loaded, pairs_record, random_rows, row, write_pairs
from xlt.alignment.align_score import Scores, score_model
from xlt.alignment.from_sentences import sentence_groups
from xlt.alignment.options import AlignScoreOptions
from xlt.encoders.load import load_encoder
from xlt.errors import OptionError, XltError
from xlt.files.schemas import ITEMS
from xlt.files.tables import open_table
from xlt.flat import from_flat

LAYERS = [0, 3]
ROWS: Rows = [
    r | {"src_text": " ".join(r["src_tokens"]) + "!", "tgt_text": " ".join(r["tgt_tokens"])} for r in random_rows(14)
]


@pytest.fixture(autouse=True)
def _told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("xlt"), "propagate", True)


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    return write_pairs(tmp_path / "pairs.parquet", ROWS, pairs_record(keep_empty=True))


def options(**given: Any) -> AlignScoreOptions:
    usual = {"unit": "sentence", "device": "cpu", "batch_tokens": 64, "layers": "0,3"}
    return from_flat(AlignScoreOptions, {**usual, **given})


def score(model: str, *pairs: str, per_item: str | None = None, **given: Any) -> Scores:
    return score_model(model, pairs, options(**given), per_item=per_item, load=loaded)


def slow_vectors(model: str, side: str, layer: int) -> Any:
    """(n, dim) unit vectors: the mean of the subwords, a text at a time through transformers alone."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    encoder = transformers.AutoModel.from_pretrained(model).eval()
    vectors = []
    for r in ROWS:
        with torch.no_grad():
            out = encoder(**tokenizer(r[f"{side}_text"], return_tensors="pt"), output_hidden_states=True)
        vectors.append(out.hidden_states[layer][0, 1:-1].double().mean(dim=0).numpy())
    return np.stack([v / np.linalg.norm(v) for v in vectors])


def test_ranks_and_means(model: str, pairs: str, tmp_path: Path) -> None:
    table = str(tmp_path / "i.parquet")
    result = score(model, pairs, measure="accuracy,mrr,cosine", per_item=table)
    items = [r for batch in open_table(table, ITEMS).batches(None) for r in batch.to_pylist()]
    for layer in LAYERS:
        x, y = (slow_vectors(model, side, layer) for side in ("src", "tgt"))
        own = {r["measure"]: r for r in result.rows if r["layer"] == layer and r["direction"] == "both"}
        assert own["cosine"]["value"] == pytest.approx(float((x * y).sum(axis=1).mean()), abs=1e-5)
        for direction, query, other in (("src-tgt", x, y), ("tgt-src", y, x)):
            expected = ranks(query, other, None, False)
            rows = [r for r in items if (r["layer"], r["direction"], r["measure"]) == (layer, direction, "accuracy")]
            assert [r["rank"] for r in rows] == expected
            assert {(r["src_word"], r["tgt_word"]) for r in rows} == {(None, None)}
            assert [(r["row"], r["sent_id"]) for r in rows] == [(n, n) for n in range(14)]
            of = {r["measure"]: r for r in result.rows if (r["layer"], r["direction"]) == (layer, direction)}
            assert of["accuracy"]["value"] == pytest.approx(np.mean([rank == 1 for rank in expected]))
            assert of["mrr"]["value"] == pytest.approx(np.mean([1 / rank for rank in expected]))
    assert {(r["unit"], r["n"]) for r in result.rows} == {("sentence", 14)}
    assert {r["strength"] for r in result.rows} == {"weak", ""}
    assert "|unit:sentence|pool:mean|overlong:window" in result.rows[0]["signature"]
    assert "pairs:all(14)|" in result.rows[0]["signature"]
    assert result.summary["en-fr"]["sentence pairs"] == 14


def test_words_where_there_is_no_text(model: str, tmp_path: Path) -> None:
    plain = write_pairs(tmp_path / "w.parquet", random_rows(6))
    with sentence_groups(model, [plain], options(), load=loaded) as groups:
        (group,) = groups.groups
        src, _ = group.data.vectors(1, 3)
    tokenizer = transformers.AutoTokenizer.from_pretrained(model)
    encoder = transformers.AutoModel.from_pretrained(model).eval()
    for r, vector in zip(random_rows(6), src, strict=True):
        with torch.no_grad():
            out = encoder(**tokenizer(r["src_tokens"], is_split_into_words=True, return_tensors="pt"))
        np.testing.assert_allclose(vector, out.last_hidden_state[0, 1:-1].mean(dim=0), rtol=1e-4, atol=1e-5)


def test_each_sentence_is_encoded_once_however_many_pairs_it_is_in(model: str, tmp_path: Path) -> None:
    # Five languages, all ten pairs of them: 5 encodings, not 20.
    langs = ["aa", "bb", "cc", "dd", "ee"]
    texts = {lang: [f"the {lang} cat {n}" for n in range(7)] for lang in langs}
    files = [
        write_pairs(
            tmp_path / f"{a}-{b}.parquet",
            [
                row(n, "x", "y", "", f"{a}-{b}") | {"src_text": texts[a][n], "tgt_text": texts[b][n]}
                for n in range(7)
            ],
            pairs_record(langs=f"{a}-{b}"),
        )
        for i, a in enumerate(langs)
        for b in langs[i + 1 :]
    ]  # fmt: skip
    encoder = load_encoder(model, device="cpu")
    read: list[Any] = []
    encoder.model.register_forward_pre_hook(
        lambda model, args, inputs: read.append(inputs["attention_mask"]), with_kwargs=True
    )
    result = score_model(model, files, options(), load=lambda name, of: encoder)
    assert len(files) == 10
    assert len({(r["src_lang"], r["tgt_lang"]) for r in result.rows}) == 10
    assert sum(len(mask) for mask in read) == 5 * 7
    assert sum(int(mask.sum()) for mask in read) == sum(
        len(encoder.text_tokenizer(text)["input_ids"]) for of in texts.values() for text in of
    )  # fmt: skip


def test_pools_differ_and_are_told(model: str, pairs: str) -> None:
    of = {pool: score(model, pairs, sentence_pool=pool, measure="cosine") for pool in ("mean", "cls", "last")}
    assert len({result.rows[1]["value"] for result in of.values()}) == 3
    assert all(f"|pool:{pool}|" in result.rows[0]["signature"] for pool, result in of.items())


def test_some_are_drawn(model: str, pairs: str, caplog: pytest.LogCaptureFixture) -> None:
    result = score(model, pairs, n_pairs=5)
    assert {r["n"] for r in result.rows} == {5}
    assert "pairs:5|seed:42" in result.rows[0]["signature"]
    score(model, pairs, n_pairs=99)
    assert "en-fr: 99 sentence pairs were asked for, 14 can be had: all are taken" in caplog.text


def test_what_the_user_is_told(model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    record = pairs_record()
    record["summary"] = {"without": 3}
    rows = [*ROWS, ROWS[0] | {"sent_id": 90}, row(91, "", "rien", "")]
    result = score(model, write_pairs(tmp_path / "p.parquet", rows, record))
    assert "3 sentence pairs without a word pair are not in these files" in caplog.text
    assert result.summary["en-fr"] == {
        "sentence pairs": 15,
        "sentence pairs with an empty side, left out": 1,
        "sentence pairs above the limit, left out": 0,
        "overlong sentences": 0,
        "repeated source sentences": 1,
        "repeated target sentences": 1,
    }


def test_what_cannot_be(model: str, pairs: str, tmp_path: Path) -> None:
    for given, text in (
        ({"candidates": "corpus"}, "candidates corpus is of words; with unit sentence all sentences are candidates"),
        ({"candidates": "types"}, "candidates types is of words"),
        ({"unique_types": True}, "unique_types is of words and has no effect with unit sentence"),
        ({"pool": "last"}, "pool is of words and has no effect with unit sentence; give sentence_pool"),
        ({"drop_blank_subwords": True}, "drop_blank_subwords is of words"),
        ({"unit": "word", "sentence_pool": "cls"}, "sentence_pool has no effect without unit sentence"),
        ({"unit": "word", "sentence_pool": "mean"}, "sentence_pool has no effect without unit sentence"),
    ):
        with pytest.raises(OptionError, match=text):
            options(**given)
    empty = write_pairs(tmp_path / "e.parquet", [row(0, "", "rien", ""), row(1, "a", "", "")])
    with pytest.raises(XltError, match=r"no sentence pair has vectors on both sides \(2 sentence pairs with an empty"):
        score(model, empty)
    none = write_pairs(tmp_path / "n.parquet", [])
    with pytest.raises(XltError, match=r"no sentence pair has vectors on both sides \(there is none"):
        score(model, none)
