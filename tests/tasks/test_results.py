"""Answers to numbers, with the model and without it, worked out for a few words."""

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.tasks.classifiers import Make, content, predictions, rescoring, run
from xlt import __version__
from xlt.errors import XltError
from xlt.files.signature import Signature
from xlt.files.tables import open_table
from xlt.tasks.kinds import TASKS
from xlt.tasks.options import Reading, ScoringOptions
from xlt.tasks.predictions import Answers, Predicted
from xlt.tasks.results import rescore, score_predictions


def test_scoring_again_gives_the_same_table(classifier: Make, data: str, tmp_path: Path) -> None:
    model = classifier()
    given: dict[str, Any] = {"splits": ("test", "dev"), "limit": 5, "max_length": 14}
    p, a, b = (tmp_path / name for name in ("p.parquet", "a.parquet", "b.parquet"))
    done = run(model, ["fr", "en"], data, output=str(a), predictions=str(p), **given)
    again = rescore([str(p)], rescoring(), output=str(b))
    assert content(b).equals(content(a))
    assert again.summary == done.summary
    record = open_table(str(b)).record
    assert record is not None
    assert [i["role"] for i in record["inputs"]] == ["predictions"]
    (item,) = record["inputs"]
    assert item["record"] is not None
    assert item["record"]["inputs"][0]["role"] == "model"
    shards = []
    for i in (3, 1, 2):
        shards.append(str(tmp_path / f"{i}.parquet"))
        assert run(model, ["fr", "en"], data, predictions=shards[-1], shard=f"{i}/3", **given).rows == []
    rescore(shards, rescoring(), output=str(b), force=True)
    assert content(b).equals(content(a))
    ids = {(r["lang"], r["split"], r["sent_id"]) for r in predictions(Path(shards[0]))}
    assert ids == {(lang, split, 2) for lang in ("fr", "en") for split in ("test", "dev")}
    # The rows of the shards are those of the whole.
    rows = sorted((r for s in shards for r in predictions(Path(s))), key=str)
    assert rows == sorted(predictions(p), key=str)

    missing = r"3\.parquet, .*1\.parquet: 2 of 5 sentences of fr test are missing, such as sentence 1"
    with pytest.raises(XltError, match=missing):
        rescore(shards[:2], rescoring())
    with pytest.raises(XltError, match=r"fr test: 1 sentences stand there twice; sentence 2 twice in .*3\.parquet"):
        rescore([*shards, shards[0]], rescoring())
    with pytest.raises(XltError, match=r"sentence 0 in .*\.parquet and in .*\.parquet"):
        rescore([*shards, shutil.copy(shards[1], f"{tmp_path}/copy.parquet")], rescoring())


def test_several_models_at_once(classifier: Make, data: str, tmp_path: Path) -> None:
    models = [classifier(), classifier(labels=("NOUN", "VERB"))]
    paths = [str(tmp_path / f"{i}.parquet") for i in (0, 1)]
    rows = [run(m, ["en"], data, predictions=p).rows for m, p in zip(models, paths, strict=True)]
    done = rescore(paths, rescoring())
    assert done.rows == rows[0] + rows[1]
    assert list(done.summary) == [f"{m}: en test" for m in models]


def answered(gold: list[list[str]], given: list[list[str | None]], task: str = "pos", lang: str = "en") -> Predicted:
    return Predicted(
        task=TASKS[task],
        lang=lang,
        split="test",
        answers=Answers(gold, given, np.array([labels.count(None) for labels in given])),
        identity={"model": "m", "task": task},
        signature=Signature.parse("data:abc|split:test"),
        known=frozenset("AB"),
        where="x.tsv",
    )


def test_rows_worked_out() -> None:
    # A: 2 gold, 1 predicted, 1 right, F1 2/3; B: 1 gold, 2 predicted, 1 right, F1 2/3.
    predicted = answered([["A", "A"], ["B"]], [["A", "B"], ["B"]])
    results = score_predictions([predicted], ScoringOptions(resamples=0, seed=5), {"tag": "v"})
    signature = f"data:abc|split:test|resamples:0|seed:5|xlt:{__version__}"
    common = {
        "model": "m", "task": "pos", "lang": "en", "split": "test", "n_truncated": 0, "n": 3, "ci_low": None,
        "ci_high": None, "signature": signature, "tag": "v",
    }  # fmt: skip
    assert results.rows == [
        common | {"metric": "accuracy", "value": pytest.approx(2 / 3)},
        common | {"metric": "macro_f1", "value": pytest.approx(2 / 3)},
    ]
    assert results.schema.names[-1] == "tag"
    assert results.summary == {
        "en test": {"sentences": 2, "words": 3, "not seen whole": 0, "words without prediction": 0}
    }
    assert [(labels.title, labels.task.name, labels.reading) for labels in results.labels] == [
        ("en test", "pos", "conlleval")
    ]


def test_an_interval_does_not_depend_on_the_company() -> None:
    # 3 of 4 sentences are right; every resample of them is a share of fourths.
    sets = [answered([["A"]] * 4, [["A"], ["A"], ["A"], ["B"]], lang=lang) for lang in ("en", "fr")]
    alone = score_predictions(sets[1:], ScoringOptions(resamples=200)).rows
    assert score_predictions(sets, ScoringOptions(resamples=200)).rows[2:] == alone
    assert (alone[0]["value"], alone[0]["ci_low"] * 4 % 1, alone[0]["ci_high"]) == (0.75, 0, 1.0)


def test_spans_are_read_and_repaired_as_asked() -> None:
    # Of two spans an I- without its B- is one for conlleval, and for the strict reading once it is repaired.
    predicted = answered([["B-L", "I-L", "B-P"]], [["I-L", "I-L", "B-P"]], task="ner")
    f1 = {}
    readings: list[Reading] = ["conlleval", "iob2:strict"]
    for reading in readings:
        for repair in (False, True):
            options = ScoringOptions(reading=reading, repair_bio=repair, resamples=0)
            row = score_predictions([predicted], options).rows[0]
            f1[reading, repair] = row["value"]
            assert f"|reading:{reading}|{'repair-bio|' * repair}resamples:0|" in row["signature"]
    assert f1 == {
        ("conlleval", False): 1.0, ("conlleval", True): 1.0,
        ("iob2:strict", False): pytest.approx(2 / 3), ("iob2:strict", True): 1.0,
    }  # fmt: skip
    with pytest.raises(XltError, match=r"x\.tsv: label 'A' is no BIO tag"):
        score_predictions([answered([["A"]], [["A"]], task="ner")], ScoringOptions())
    with pytest.raises(XltError, match="repair_bio has no effect: the labels of the task pos are no BIO tags"):
        score_predictions([answered([["A"]], [["A"]])], ScoringOptions(repair_bio=True))


def test_words_that_cannot_be_right_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    results = score_predictions([answered([["A", "C"], ["D"]], [["A", "B"], [None]])], ScoringOptions(resamples=0))
    assert results.summary["en test"] == {
        "sentences": 2, "words": 3, "not seen whole": 1, "words without prediction": 1,
        "words with a label that the model does not know": 2,
    }  # fmt: skip
    assert caplog.messages == ["en test: the model knows no label C, D: 2 words count as errors"]
    texts = score_predictions([answered([["A"], ["B"]], [["A"], ["A"]], task="nli")], ScoringOptions(resamples=0))
    assert texts.summary["en test"] == {"texts": 2, "not seen whole": 0, "texts without prediction": 0}
    assert texts.rows[0]["value"] == 0.5
