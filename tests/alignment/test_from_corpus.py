"""Retrieval over a whole corpus: what a model makes of it, against loops over the vectors of ``embed``."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.measures.reference import CPU, ranks, winners
from tests.pair_files import Rows, loaded, pairs_record, random_rows, row, word_pairs, write_pairs
from xlt.alignment.align_score import Scores, score_embeddings, score_model
from xlt.alignment.from_corpus import corpus_groups
from xlt.alignment.options import AlignScoreOptions
from xlt.encoders.load import Encoder
from xlt.encoders.options import EncodeOptions
from xlt.errors import OptionError, XltError
from xlt.files.schemas import ITEMS
from xlt.files.tables import open_table
from xlt.flat import from_flat
from xlt.measures.unit import unit_rows

ALONE = EncodeOptions(device="cpu", batch_tokens=1, layers="-1")
ROWS: Rows = [*random_rows(12), row(12, "the light of heavens", "la lumière", ""), *random_rows(5, seed=1, first=13)]


@pytest.fixture(autouse=True)
def _told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging.getLogger("xlt"), "propagate", True)


@pytest.fixture
def pairs(tmp_path: Path) -> str:
    return write_pairs(tmp_path / "pairs.parquet", ROWS, pairs_record(keep_empty=True))


def options(**given: Any) -> AlignScoreOptions:
    made = from_flat(AlignScoreOptions, {"candidates": "corpus", **given})
    return AlignScoreOptions(
        encode=ALONE, score=made.score, n_pairs=made.n_pairs, unseen=made.unseen, seed=made.seed,
        unique_types=made.unique_types, unseen_lowercase=made.unseen_lowercase,
    )  # fmt: skip


def score(model: str, *pairs: str, per_item: str | None = None, **given: Any) -> Scores:
    return score_model(model, pairs, options(**given), per_item=per_item, load=loaded)


def all_vectors(model: str, pairs: str) -> tuple[Any, Any, list[tuple[int, int]]]:
    """Unit vectors of every word, each sentence run by itself through transformers' model, and the links."""
    with corpus_groups(model, [pairs], options(), load=loaded) as groups:
        (group,) = groups.groups
        x, y = (unit_rows(side, CPU).double().numpy() for side in group.data.vectors(0, 2))
        gold = group.data.gold(CPU)
        assert gold is not None
        return x, y, list(zip(gold.src.tolist(), gold.tgt.tolist(), strict=True))


@pytest.mark.parametrize(("similarity", "k"), [("csls", 4), ("cosine", None)])
def test_all_words_are_searched(model: str, pairs: str, tmp_path: Path, similarity: str, k: int | None) -> None:
    x, y, links = all_vectors(model, pairs)
    assert (len(x), len(y)) == tuple(sum(len(r[f"{side}_tokens"]) for r in ROWS) for side in ("src", "tgt"))
    table = str(tmp_path / "i.parquet")
    result = score(model, pairs, similarity=similarity, csls_k=k or 10, strength="both", per_item=table)
    back = [(j, i) for i, j in links]
    items = [r for b in open_table(table, ITEMS).batches(None) for r in b.to_pylist()]
    for (direction, query, other, own), strength in (
        (side, strength)
        for side in (("src-tgt", x, y, links), ("tgt-src", y, x, back))
        for strength in ("weak", "strong")
    ):
        expected = ranks(query, other, k, strength == "strong", links=own)
        (value,) = (r for r in result.rows if (r["direction"], r["strength"]) == (direction, strength))
        assert value["value"] == pytest.approx(np.mean([rank == 1 for rank in expected]))
        assert (value["n"], value["candidates"], value["similarity"]) == (len(links), "corpus", similarity)
        rows = [r for r in items if (r["direction"], r["strength"]) == (direction, strength)]
        assert [r["rank"] for r in rows] == expected
        best = winners(query, other, k, strength == "strong")
        sides = [("src", "en"), ("tgt", "fr")]
        (_, _), (there, there_lang) = sides if direction == "src-tgt" else sides[::-1]
        words = [(r["sent_id"], i, w) for r in ROWS for i, w in enumerate(r[f"{there}_tokens"])]
        for item, (i, goal), rank in zip(rows, own, expected, strict=True):
            row_found = goal if rank == 1 else best[i]
            if row_found < len(other):
                assert item["found_lang"] == there_lang
                assert (item["found_sent_id"], item["found_idx"], item["found_word"]) == words[row_found]
            else:
                assert item["found_lang"] != there_lang
    assert result.summary["en-fr"]["source words"] == len(x)


def test_the_usual_way_is_that_of_the_paper(model: str, pairs: str) -> None:
    result = score(model, pairs)
    assert {(r["strength"], r["similarity"], r["direction"]) for r in result.rows} == {
        ("weak", "csls", "src-tgt"), ("weak", "csls", "tgt-src"),
    }  # fmt: skip
    assert {r["n"] for r in result.rows} == {sum(len(r["src_idx"]) for r in ROWS)}
    assert all("pairs:all(" in r["signature"] and "|k:10" in r["signature"] for r in result.rows)
    # Row by row, nothing changes.
    usual = score_model(model, [pairs], AlignScoreOptions(encode=ALONE), load=loaded)
    assert {(r["strength"], r["similarity"]) for r in usual.rows} == {("weak", "cosine"), ("strong", "cosine")}
    assert "candidates" not in usual.schema.names
    assert {"candidates"} == {"candidates", "set"} & set(result.schema.names)


def test_a_draw_is_of_queries_alone(model: str, pairs: str) -> None:
    whole, drawn = score(model, pairs), score(model, pairs, n_pairs=7)
    assert [r["n"] for r in drawn.rows] == [7, 7]
    assert drawn.summary["en-fr"]["source words"] == whole.summary["en-fr"]["source words"]
    assert "pairs:7|" in drawn.rows[0]["signature"]


def test_pairs_of_training_are_left_out(model: str, pairs: str, tmp_path: Path) -> None:
    words = {pair[3:5] for pair in word_pairs(ROWS[:3])}
    seen = write_pairs(tmp_path / "seen.parquet", ROWS[:3], pairs_record(corpus="5eed"))
    result = score(model, pairs, unseen=(seen,))
    left = [pair for pair in word_pairs(ROWS) if pair[3:5] not in words]
    assert {(r["set"], r["n"]) for r in result.rows} == {("unseen", len(left))}
    assert "|unseen:" in result.rows[0]["signature"]
    table = str(tmp_path / "s.parquet")
    score_model(model, [pairs], options(unseen=(seen,)), output=table, load=loaded)
    record = open_table(table).record
    assert record is not None
    assert [i["role"] for i in record["inputs"]] == ["model", "pairs", "unseen"]
    with pytest.raises(XltError, match=r"^en-fr: no word pair is left to search \(.* seen before, left out\)$"):
        score(model, pairs, unseen=(pairs,))


def test_types(model: str, pairs: str) -> None:
    result = score(model, pairs, candidates="types")
    words = {w for r in ROWS for w in r["src_tokens"]}
    assert result.summary["en-fr"]["source words"] == len(words)
    assert {r["candidates"] for r in result.rows} == {"types"}


def test_missing_sentence_pairs_and_repeated_ones_are_told(
    model: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record = pairs_record()
    record["summary"] = {"without": 7}
    name = write_pairs(tmp_path / "p.parquet", [*ROWS, ROWS[0] | {"sent_id": 99}], record)
    result = score(model, name)
    assert "7 sentence pairs without a word pair are not in these files" in caplog.text
    assert result.summary["en-fr"]["sentences that occur again"] >= 2


def test_what_cannot_be(model: str, pairs: str, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="candidates corpus needs the model and the pairs"):
        score_embeddings([str(tmp_path)], options())
    for given, text in (
        (
            {"candidates": "pairs", "unseen": ("x",)},
            "unseen is for whole corpora: it needs candidates corpus, or types",
        ),
        ({"unique_types": True}, "unique_types is for drawn pairs; candidates types takes one word of each form"),
        ({"unseen_lowercase": True}, "unseen_lowercase has no effect without unseen"),
    ):
        with pytest.raises(OptionError, match=text):
            options(**given)
    empty = write_pairs(tmp_path / "e.parquet", [row(0, "the cat", "le chat", "")])
    with pytest.raises(XltError, match=r"en-fr: no word pair is left to search \(no links\)"):
        score(model, empty)


def test_all_that_is_missing_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    def never(name: str, encode: EncodeOptions) -> Encoder:
        raise AssertionError("nothing is loaded")

    for given in ({"unseen": ("u.parquet",)}, {"candidates": "types", "unseen": ("u.parquet",)}):
        with pytest.raises(XltError, match=r"a\.parquet, u\.parquet: no such files"):
            score_model("model", [str(tmp_path / "a.parquet")], options(**given), load=never)
