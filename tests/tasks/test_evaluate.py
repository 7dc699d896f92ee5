"""``eval`` as a function: every word counts, and every way leads to the same numbers."""

import re
import shutil
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.checkpoints import TEXT
from tests.tasks.classifiers import POS, TAGS, Make, predictions, rescoring, run, write_tags
from xlt import __version__
from xlt.corpora.tagged import read_tagged
from xlt.errors import XltError
from xlt.files.provenance import Input, file_sha256, make_record, to_bytes
from xlt.files.schemas import RESULTS
from xlt.files.tables import open_table
from xlt.tasks.examples import task_examples
from xlt.tasks.heads import load_linear
from xlt.tasks.kinds import TASKS
from xlt.tasks.options import ScoringOptions
from xlt.tasks.predict import predict, predicted_labels
from xlt.tasks.results import rescore

# What comes out


def test_the_rows(classifier: Make, data: str, tmp_path: Path) -> None:
    model = classifier()
    done = run(model, ["fr", "en"], data, splits=("test", "dev"), output=str(tmp_path / "r.parquet"), tags={"k": "v"})
    assert [(r["lang"], r["split"], r["metric"]) for r in done.rows] == [
        (lang, split, metric)
        for split in ("test", "dev")
        for lang in ("fr", "en")
        for metric in ("accuracy", "macro_f1")
    ]
    words = {"en": sum(len(line.split()) for line in TEXT[:7]), "fr": sum(len(line.split()) for line in TEXT[1:7])}
    for row in done.rows:
        assert (row["model"], row["base_model"], row["recipe"], row["task"], row["seed"]) == (
            model, "base", "finetune(pos)", "pos", 7,
        )  # fmt: skip
        assert (row["train_lang"], row["n"], row["n_truncated"], row["k"]) == ("en+fr", words[row["lang"]], 0, "v")
        assert row["weights"] == file_sha256(Path(model) / "model.safetensors")
        assert row["ci_low"] <= row["value"] <= row["ci_high"] or row["metric"] == "macro_f1"
        file = tmp_path / row["lang"] / f"{row['split']}.tsv"
        assert row["signature"] == (
            f"data:{file_sha256(file)[:8]}|split:{row['split']}|overlong:window|resamples:20|seed:42|xlt:{__version__}"
        )
    source = open_table(str(tmp_path / "r.parquet"), RESULTS)
    assert [r for b in source.batches(None) for r in b.to_pylist()] == done.rows
    record = source.record
    assert record is not None
    assert [i["role"] for i in record["inputs"]] == ["model", "data", "data", "data", "data"]
    assert (record["step"], record["seed"], record["params"]["task"]) == ("eval", 42, "pos")
    assert record["summary"] == done.summary
    assert done.summary["en test"] == {
        "sentences": 7, "words": words["en"], "not seen whole": 0, "words without prediction": 0,
    }  # fmt: skip


def test_values_are_those_of_the_predictions(classifier: Make, data: str, tmp_path: Path) -> None:
    done = run(classifier(), ["en"], data, predictions=str(tmp_path / "p.parquet"))
    rows = predictions(tmp_path / "p.parquet")
    assert [r["words"] for r in rows] == [line.split() for line in TEXT[:7]]
    assert [r["sent_id"] for r in rows] == list(range(7))
    assert {(r["lang"], r["split"], r["truncated"]) for r in rows} == {("en", "test", 0)}
    assert "first" not in rows[0]
    gold = list(chain.from_iterable(r["gold"] for r in rows))
    assert gold == [POS[(i + len(w)) % 3] for line in TEXT[:7] for i, w in enumerate(line.split())]
    predicted = list(chain.from_iterable(r["predicted"] for r in rows))
    assert len(set(predicted)) > 1
    hits = sum(g == p for g, p in zip(gold, predicted, strict=True))
    assert done.rows[0]["value"] == hits / len(gold)


def test_numbers_do_not_depend_on_batches_or_company(classifier: Make, data: str) -> None:
    model = classifier()
    both = run(model, ["en", "fr"], data, splits=("dev", "test")).rows
    for batch_tokens in (1, 33):
        assert run(model, ["en", "fr"], data, splits=("dev", "test"), batch_tokens=batch_tokens).rows == both
    alone = run(model, ["fr"], data).rows
    assert alone == [r for r in both if (r["lang"], r["split"]) == ("fr", "test")]
    other = run(model, ["fr"], data, scoring=ScoringOptions(resamples=20, seed=1)).rows
    assert [r["value"] for r in other] == [r["value"] for r in alone]
    assert [r["ci_low"] for r in other] != [r["ci_low"] for r in alone]
    none = run(model, ["fr"], data, scoring=ScoringOptions(resamples=0)).rows
    assert {(r["ci_low"], r["ci_high"]) for r in none} == {(None, None)}


def test_long_sentences_are_seen_in_windows(classifier: Make, tmp_path: Path) -> None:
    long = (" ".join(TEXT[:7])).split()
    path = write_tags(tmp_path / "en.tsv", [long, ["the", "catmat" * 12, "cat"]])
    model, out = classifier(), str(tmp_path / "p.parquet")
    done = run(model, ["en"], path, predictions=out, max_length=12)
    rows = predictions(tmp_path / "p.parquet")
    # Every word of the long one has an answer; of the other, one is longer than any window: an error.
    assert None not in rows[0]["predicted"]
    assert [p is None for p in rows[1]["predicted"]] == [False, True, False]
    assert [r["truncated"] for r in rows] == [0, 1]
    assert {(r["n"], r["n_truncated"]) for r in done.rows} == {(len(long) + 3, 1)}
    assert done.summary["en test"]["words without prediction"] == 1
    hits = sum(g == p for r in rows for g, p in zip(r["gold"], r["predicted"], strict=True))
    assert done.rows[0]["value"] == hits / (len(long) + 3)
    assert "|overlong:window|max-length:12|" in done.rows[0]["signature"]
    cut = run(model, ["en"], path, overlong="cut", max_length=12)
    assert {(r["n"], r["n_truncated"]) for r in cut.rows} == {(len(long) + 3, 2)}
    assert cut.summary["en test"]["words without prediction"] > 50
    assert cut.rows[0]["value"] < done.rows[0]["value"]
    with pytest.raises(XltError, match="sentence 0"):
        run(model, ["en"], path, overlong="error", max_length=12)


def test_the_limit_of_the_model_itself(classifier: Make, tmp_path: Path) -> None:
    long = (" ".join(TEXT[:7])).split()
    path = write_tags(tmp_path / "en.tsv", [long])
    done = run(classifier(), ["en"], path)
    assert {(r["n"], r["n_truncated"], r["ci_low"]) for r in done.rows} == {(len(long), 0, None)}


@pytest.mark.parametrize("task", ["nli", "topic"])
def test_texts(classifier: Make, tmp_path: Path, task: str) -> None:
    labels = ("entailment", "neutral", "contradiction")
    model = classifier(task=task, labels=labels)
    names = ("premise", "hypothesis") if task == "nli" else ("text",)
    rows = [[*([text] + [TEXT[i + 1]] * (task == "nli")), labels[i % 3]] for i, text in enumerate(TEXT[:6])]
    (tmp_path / "en.tsv").write_text(
        "\n".join("\t".join(r) for r in [[*names, "label"], *rows]) + "\n", encoding="utf-8"
    )
    path = str(tmp_path / "en.tsv")
    done = run(model, ["en"], path, predictions=str(tmp_path / "p.parquet"), max_length=20)
    found = predictions(tmp_path / "p.parquet")
    assert [r["first"] for r in found] == TEXT[:6]
    assert ("second" in found[0], "words" in found[0]) == (task == "nli", False)
    assert [r["gold"] for r in found] == [[r[-1]] for r in rows]
    hits = sum(r["gold"] == r["predicted"] for r in found)
    assert (done.rows[0]["value"], done.rows[0]["n"]) == (hits / 6, 6)
    cut = sum(r["truncated"] > 0 for r in found)
    assert done.rows[0]["n_truncated"] == done.summary["en test"]["not seen whole"] == cut > 0
    assert "|overlong:cut|max-length:20|" in done.rows[0]["signature"]
    skipped = run(model, ["en"], path, overlong="skip", max_length=20)
    assert skipped.summary["en test"]["texts without prediction"] == cut
    assert rescore([str(tmp_path / "p.parquet")], rescoring()).rows == done.rows
    with pytest.raises(XltError, match="overlong window: a text has one label"):
        run(model, ["en"], path, overlong="window")


def test_spans_readings_and_repair(classifier: Make, tmp_path: Path) -> None:
    model = classifier(task="ner", labels=tuple(TAGS))
    path = write_tags(tmp_path / "en.tsv", [line.split() for line in TEXT[:7]], TAGS)
    done = {
        (reading, repair): run(
            model, ["en"], path, scoring=ScoringOptions(reading=reading, repair_bio=repair, resamples=20)
        ).rows
        for reading in (None, "conlleval", "iob2:strict")
        for repair in (False, True)
    }
    assert [r["metric"] for r in done[None, False]] == ["f1", "precision", "recall", "accuracy"]
    assert done[None, False] == done["conlleval", False]
    assert "|reading:conlleval|resamples" in done[None, False][0]["signature"]
    assert "|reading:iob2:strict|repair-bio|" in done["iob2:strict", True][0]["signature"]
    with pytest.raises(XltError, match="label 'NOUN' is no BIO tag"):
        run(model, ["en"], write_tags(tmp_path / "fr.tsv", [["a", "b"]], ["NOUN"]))
    with pytest.raises(XltError, match="reading has no effect: the labels of the task pos are no BIO tags"):
        run(classifier(), ["en"], path, scoring=ScoringOptions(reading="conlleval"))
    with pytest.raises(XltError, match="repair_bio has no effect: the labels of the task pos"):
        run(classifier(), ["en"], path, scoring=ScoringOptions(repair_bio=True))


def test_chinese_cut_anew(classifier: Make, tmp_path: Path) -> None:
    model = classifier(task="ner", labels=tuple(TAGS))
    lines = [("我", "O"), ("爱", "O"), ("北", "B-L"), ("京", "I-L")]
    (tmp_path / "zh.tsv").write_text("".join(f"{c}\t{t}\n" for c, t in lines), encoding="utf-8")
    write_tags(tmp_path / "en.tsv", [["the", "cat"]], TAGS)
    given = f"{tmp_path}/{{lang}}.tsv"
    done = run(model, ["en", "zh"], given, segment="zh", predictions=str(tmp_path / "p.parquet"))
    english, chinese = predictions(tmp_path / "p.parquet")
    assert english["words"] == ["the", "cat"]
    assert (chinese["words"], chinese["gold"]) == (["我", "爱", "北京"], ["O", "O", "B-L"])
    assert [("segment:jieba-" in r["signature"], r["n"]) for r in done.rows[::4]] == [(False, 2), (True, 3)]
    assert done.summary["zh test"]["tokens before they were cut anew"] == 4
    assert done.summary["zh test"]["gold spans before, after"] == "1 1"
    assert rescore([str(tmp_path / "p.parquet")], rescoring()).rows == done.rows
    with pytest.raises(XltError, match="segment zh: no Chinese data among en"):
        run(model, ["en"], given, segment="zh")


def test_a_label_that_training_never_saw(classifier: Make, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "en.tsv").write_text("the\tNOUN\ncat\tSYM\nsat\tX\non\tSYM\n", encoding="utf-8")
    done = run(classifier(), ["en"], str(tmp_path / "en.tsv"), predictions=str(tmp_path / "p.parquet"))
    assert caplog.messages == ["en test: the model knows no label SYM, X: 3 words count as errors"]
    assert done.rows[0]["value"] <= 1 / 4
    assert done.summary["en test"]["words with a label that the model does not know"] == 3
    caplog.clear()
    assert rescore([str(tmp_path / "p.parquet")], rescoring()).rows == done.rows
    assert len(caplog.messages) == 1
    (tmp_path / "fr.tsv").write_text("the\tX\n", encoding="utf-8")
    with pytest.raises(
        XltError, match=r"fr test: the model knows none of the labels of .*fr\.tsv \(X\), only ADP, NOUN"
    ):
        run(classifier(), ["fr"], str(tmp_path / "fr.tsv"))


# Predictions and shards


# Tasks, data, faults


def test_task_and_data_come_from_training(classifier: Make, data: str, tmp_path: Path) -> None:
    model = classifier(data=[data])
    assert run(model, ["en"]).rows == run(model, ["en"], data).rows
    with pytest.raises(XltError, match=re.escape(f"(--data is that of the training of {model}; give another)")):
        run(model, ["xx"])
    with pytest.raises(XltError, match=r"task ner: .* was trained for the task pos"):
        run(model, ["en"], task="ner")
    foreign = classifier(task=None)
    with pytest.raises(XltError, match="was not fine-tuned by xlt; give the folder of a fine-tuned model, or --task"):
        run(foreign, ["en"], data)
    with pytest.raises(XltError, match="pos-42: there is no such folder here"):
        run("pos-42", ["en"], data)
    (row, _) = run(foreign, ["en"], data, task="pos").rows
    assert (row["task"], row["recipe"], row["train_lang"], row["seed"], row["base_model"]) == (
        "pos",
        "",
        "",
        None,
        foreign,
    )


@pytest.mark.parametrize("drop", [False, True])
def test_lone_marks_are_dropped_as_in_training(classifier: Make, data: str, tmp_path: Path, drop: bool) -> None:
    model = classifier(family="xlm-roberta", drop_blank_subwords=drop)
    done = run(model, ["en"], data, predictions=str(tmp_path / "p.parquet"))
    assert ("|drop-blank-subwords|" in done.rows[0]["signature"]) is drop
    assert rescore([str(tmp_path / "p.parquet")], rescoring()).rows == done.rows
    record = open_table(str(tmp_path / "p.parquet")).record
    assert record is not None
    assert record["params"]["drop_blank_subwords"] is drop
    # The answers are those of inputs without (or with) the mark.
    encoder = load_linear(model, TASKS["pos"], device="cpu", drop_blank_subwords=drop)
    examples = task_examples(read_tagged(tmp_path / "en" / "test.tsv"), encoder.labels, encoder, None)
    mark = encoder.text_tokenizer.convert_tokens_to_ids("▁")
    assert (examples.ids == mark).any() != drop
    answers = predicted_labels(examples, predict(encoder, examples, 1024), encoder.labels)
    assert [r["predicted"] for r in predictions(tmp_path / "p.parquet")] == answers


def test_a_model_without_classifier(model: str, data: str) -> None:
    with pytest.raises(XltError, match="was not trained to tag words"):
        run(model, ["en"], data, task="pos")


def test_data_are_found_before_the_model_is_loaded(data: str, tmp_path: Path) -> None:
    # The folder named holds no model.
    (tmp_path / "fr" / "test.tsv").write_text("word\n", encoding="utf-8")
    faults: list[tuple[list[str], dict[str, Any], str]] = [
        (["en", "xx"], {}, "no data for xx, split test"),
        (["en", "fr"], {}, r"config\.json and model\.safetensors and tokenizer\.json missing"),
        (["en"], {"splits": ("train",)}, "no data for en, split train"),
        (["en", "en"], {}, "language en is given twice"),
        (["en"], {"splits": ("test", "test")}, "split test is given twice"),
        (["en"], {"splits": ("test", "")}, "name a split, such as test"),
        ([], {}, "name a language, such as en"),
        (["en"], {"tags": {"lang": "x"}}, "--tag lang: a column of that name"),
        (["en"], {"shard": "1/2"}, "shard writes --predictions and nothing else"),
        (["en"], {"shard": "1/2", "output": "x.csv", "predictions": "y.csv"}, "shard writes --predictions"),
        (["en"], {"shard": "3/2", "predictions": "y.csv"}, "shard 3/2: write I/N"),
        (["en"], {"output": "x.csv", "predictions": "./x.csv"}, "need two names"),
        (["en"], {"output": "x.xls"}, "the suffix says the format"),
    ]
    for langs, given, said in faults:
        with pytest.raises(XltError, match=said):
            run(str(tmp_path), langs, data, task="pos", **given)


def test_an_output_is_never_an_input(classifier: Make, tmp_path: Path) -> None:
    path = write_tags(tmp_path / "en.csv", [["the", "cat"]])
    before = Path(path).read_bytes()
    outputs: list[dict[str, Any]] = [{"output": path}, {"predictions": path}]
    for given in outputs:
        with pytest.raises(XltError, match="is an input; it cannot be the output as well"):
            run(classifier(), ["en"], path, force=True, **given)
    assert Path(path).read_bytes() == before
    run(classifier(), ["en"], path, predictions=str(tmp_path / "p.parquet"))
    with pytest.raises(XltError, match="is an input"):
        rescore([str(tmp_path / "p.parquet")], rescoring(), output=str(tmp_path / "p.parquet"), force=True)


def test_a_file_of_the_training_data(
    classifier: Make, data: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = Path(shutil.copytree(classifier(), tmp_path / "m"))
    file = tmp_path / "en" / "test.tsv"
    used = Input("data", str(file), file_sha256(file), None, {"lang": "en", "split": "train"})
    record = make_record("finetune", params={}, inputs=[used]) | {"task": "pos"}
    (copy / "xlt.json").write_bytes(to_bytes(record))
    run(str(copy), ["en"], data)
    assert caplog.messages == [f"en test: {file} is a file that the model was trained on"]
    # Nor does it help to train on something else after that.
    caplog.clear()
    later = make_record("finetune", params={}, inputs=[Input("model", "m", "w", record)]) | {"task": "pos"}
    (copy / "xlt.json").write_bytes(to_bytes(later))
    run(str(copy), ["en"], data)
    assert caplog.messages == [f"en test: {file} is a file that the model was trained on"]


def test_nothing_is_left_of_a_run_that_fails(classifier: Make, data: str, tmp_path: Path) -> None:
    before = {p.name for p in tmp_path.iterdir()}

    def fails(done: int, total: int | None) -> None:
        # Among the sentences of the second language.
        if done > 7:
            raise OSError("no space left")

    outputs: dict[str, Any] = {"output": str(tmp_path / "r.csv"), "predictions": str(tmp_path / "p.parquet")}
    with pytest.raises(OSError, match="no space"):
        run(classifier(), ["en", "fr"], data, progress=fails, **outputs)
    assert {p.name for p in tmp_path.iterdir()} == before


def test_progress_counts_sentences(classifier: Make, data: str) -> None:
    seen: list[tuple[int, int | None]] = []
    run(classifier(), ["en", "fr"], data, batch_tokens=1, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (13, 13)
    assert (7, 13) in seen


def test_real_data(classifier: Make, test_data: Path) -> None:
    done = run(classifier(), ["en", "ar", "zh"], f"{test_data}/udpos_xtreme/{{lang}}/{{split}}.tsv", limit=20)
    assert [r["n"] > 200 for r in done.rows] == [True] * 6
    assert {r["n_truncated"] for r in done.rows} == {0}
    assert all(0 < r["value"] < 1 for r in done.rows)
