"""Predictions tables: anybody's, broken ones, and shards that are put together again."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.tasks.classifiers import Make, rescoring, run, write_tags
from xlt.corpora.labelled import Labelled
from xlt.corpora.tagged import Tagged
from xlt.errors import XltError
from xlt.files.provenance import Input, Record, file_sha256, make_record
from xlt.files.tables import open_table
from xlt.tasks.kinds import TASKS
from xlt.tasks.predictions import Answers, predicted_of, prediction_batches, predictions_schema
from xlt.tasks.results import rescore


def test_anybodys_predictions(tmp_path: Path) -> None:
    rows = [
        {"sent_id": 1, "lang": "nan", "split": "test", "gold": ["N", "V"], "predicted": ["N", None]},
        {"sent_id": 0, "lang": "nan", "split": "test", "gold": ["V"], "predicted": ["V"]},
    ]
    path = tmp_path / "p.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    (tmp_path / "p.csv").write_text(
        "sent_id,lang,split,gold,predicted\n"
        '1,nan,test,"[""N"", ""V""]","[""N"", null]"\n'
        '0,nan,test,"[""V""]","[""V""]"\n',
        encoding="utf-8",
    )
    for name in ("p.parquet", "p.csv"):
        done = rescore([str(tmp_path / name)], rescoring("pos")).rows
        assert [(r["value"], r["n"], r["n_truncated"]) for r in done[:1]] == [(2 / 3, 3, 1)]
        assert (done[0]["model"], done[0]["task"], done[0]["lang"]) == (str(tmp_path / name), "pos", "nan")
        assert done[0]["signature"].startswith(f"predictions:{file_sha256(tmp_path / name)[:8]}|split:test|")
    with pytest.raises(XltError, match="--task has to say what was predicted"):
        rescore([str(path)], rescoring())
    with pytest.raises(XltError, match="label 'N' is no BIO tag"):
        rescore([str(path)], rescoring("ner"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"gold": ["N"]}, r"p\.parquet:row 1: 2 predictions for 1 gold labels"),
        ({"gold": ["N", None]}, r"p\.parquet:row 1: column 'gold' holds a null"),
        ({"predicted": None}, r"p\.parquet:row 1: column 'predicted' is null"),
        ({"lang": None}, r"p\.parquet:row 1: column 'lang' is null"),
        ({"sent_id": -1}, r"p\.parquet: sentence -1 of en test: its sentences are 0 to 0"),
        ({"sent_id": 0}, r"sentence 0 twice in .*p\.parquet"),
        ({"sent_id": 2}, r"1 of 3 sentences of en test are missing, such as sentence 1"),
    ],
)
def test_broken_predictions(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    row = {"lang": "en", "split": "test", "gold": ["N", "V"], "predicted": ["N", "V"]}
    rows = [{"sent_id": 0, **row}, {"sent_id": 1, **row} | change]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "p.parquet")
    with pytest.raises(XltError, match=said):
        rescore([str(tmp_path / "p.parquet")], rescoring("pos"))


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    bad = pa.array([b"\xff\xfe"]).view(pa.string())
    lists = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), bad)
    columns = {"sent_id": pa.array([0]), "lang": pa.array(["en"]), "split": pa.array(["test"])}
    pq.write_table(pa.table({**columns, "gold": lists, "predicted": lists}), tmp_path / "p.parquet")
    with pytest.raises(XltError, match="column 'gold' is not valid UTF-8"):
        rescore([str(tmp_path / "p.parquet")], rescoring("pos"))


def test_more_shards_than_sentences(classifier: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write_tags(tmp_path / "en.tsv", [["the", "cat"], ["the"]])
    whole = run(classifier(), ["en"], str(tmp_path / "en.tsv"))
    shards = [str(tmp_path / f"{i}.parquet") for i in (1, 2, 3)]
    for i, path in enumerate(shards, 1):
        run(classifier(), ["en"], str(tmp_path / "en.tsv"), shard=f"{i}/3", predictions=path)
    assert caplog.messages == ["shard 3/3 holds no sentence"]
    assert open_table(shards[2]).num_rows == 0
    assert rescore(shards, rescoring()).rows == whole.rows
    with pytest.raises(XltError, match="1 of 2 sentences of en test are missing"):
        rescore(shards[1:], rescoring())
    with pytest.raises(XltError, match="2 of 2 sentences of en test are missing"):
        rescore(shards[2:], rescoring())


def record_of(**params: Any) -> Record:
    trained = make_record("finetune", params={"train_langs": ["en", "de"]}, seed=7)
    model = Input("model", "m", "weights", trained | {"task": "pos", "recipe": "finetune(pos)"})
    data = [
        Input("data", name, sha256, None, {"lang": "zh", "split": split, "resource": resource})
        for name, sha256, split, resource in (
            ("a", "aaaaaaaaaaaa", "test", "ud"), ("b", "bbbbbbbbbbbb", "test", "ud"), ("c", "cccccccccccc", "dev", None)
        )
    ]  # fmt: skip
    usual = {"task": "pos", "overlong": "window", "dtype": "float32", "labels": ["A", "B"], "sentences": []}
    return make_record("eval", params=usual | params, inputs=[model, *data])


NONE = Answers([], [], np.empty(0, np.int64))


def test_what_a_record_says_of_the_answers() -> None:
    predicted = predicted_of(record_of(), TASKS["pos"], "zh", "test", NONE, "x")
    assert str(predicted.signature) == "data:ud@aaaaaaaa+bbbbbbbb|split:test|overlong:window"
    assert predicted.known == frozenset("AB")
    assert predicted.identity == {
        "model": "m", "base_model": "m", "recipe": "finetune(pos)", "task": "pos", "seed": 7, "weights": "weights",
        "train_lang": "en+de",
    }  # fmt: skip
    other = record_of(
        overlong="skip", max_length=9, limit=5, drop_blank_subwords=True, segment={"zh": "jieba-1"}, dtype="bfloat16"
    )
    assert str(predicted_of(other, TASKS["pos"], "zh", "dev", NONE, "x").signature) == (
        "data:cccccccc|split:dev|overlong:skip|max-length:9|limit:5|drop-blank-subwords|segment:jieba-1|dtype:bfloat16"
    )


@pytest.mark.parametrize(
    ("params", "fault"),
    [
        ({"labels": "AB"}, "its task, labels"),
        ({"labels": [1]}, "its task, labels"),
        ({"overlong": ["window"]}, "its task, labels or 'overlong'"),
        ({"sentences": 3}, "its numbers of sentences"),
        ({"sentences": [["zh", "test"]]}, "its numbers of sentences"),
        ({"sentences": [["zh", "test", -1]]}, "its numbers of sentences"),
        ({"sentences": [["zh", "test", [2]]]}, "its numbers of sentences"),
        ({"dtype": []}, "its 'segment' or 'dtype'"),
        ({"segment": ["zh"]}, "its 'segment' or 'dtype'"),
    ],
)
def test_a_record_of_somebody_else(tmp_path: Path, params: dict[str, Any], fault: str) -> None:
    rows = [{"sent_id": 0, "lang": "zh", "split": "test", "gold": ["A"], "predicted": ["A"]}]
    table = pa.Table.from_pylist(rows).replace_schema_metadata({"xlt": json.dumps(record_of(**params))})
    pq.write_table(table, tmp_path / "p.parquet")
    with pytest.raises(XltError, match=rf"p\.parquet: its record is not one that xlt wrote: {fault}"):
        rescore([str(tmp_path / "p.parquet")], rescoring(None))


def test_a_sentence_of_any_number_takes_no_memory(tmp_path: Path) -> None:
    rows = [{"sent_id": i, "lang": "zh", "split": "test", "gold": ["A"], "predicted": ["A"]} for i in (0, 2, 2**62)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "p.parquet")
    with pytest.raises(XltError, match=f"{2**62 - 2:,} of {2**62 + 1:,} sentences .* such as sentence 1;"):
        rescore([str(tmp_path / "p.parquet")], rescoring("pos"))


def test_columns_are_those_of_the_texts() -> None:
    words, texts = Tagged([["a", "b"]], [["A", "B"]]), Labelled(["p"], None, ["A"])
    pairs = Labelled(["p"], ["h"], ["A"])
    same = ["sent_id", "lang", "split"]
    rest = ["gold", "predicted", "truncated"]
    assert predictions_schema(words).names == [*same, "words", *rest]
    assert predictions_schema(texts).names == [*same, "first", *rest]
    assert predictions_schema(pairs).names == [*same, "first", "second", *rest]
    answers = Answers([["A"]], [[None]], np.array([3]))
    predicted = predicted_of(record_of(), TASKS["nli"], "zh", "test", answers, "x")
    (batch,) = prediction_batches(pairs, np.array([4]), predicted, predictions_schema(pairs))
    assert batch.to_pylist() == [
        {"sent_id": 4, "lang": "zh", "split": "test", "first": "p", "second": "h", "gold": ["A"], "predicted": [None],
         "truncated": 3},
    ]  # fmt: skip
