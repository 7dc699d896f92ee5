"""Which score belongs to which result, and what is said where none does."""

import random
from pathlib import Path
from typing import Any

import pytest

from tests.study import study_files as s
from xlt.errors import OptionError, XltError
from xlt.files.provenance import Input
from xlt.files.rows import Row
from xlt.study.points import Points, at_layers, join
from xlt.study.tables import read_scores_and_results


def joined(*names: str, metric: str | None = None, split: str | None = None, **more: Any) -> Points:
    return join(read_scores_and_results(names), metric=metric, split=split, **more)


def where(row: dict[str, Any]) -> tuple[str, str, str, int]:
    return row["stage"], row["model"], row["lang"], row["seed"]


@pytest.mark.parametrize("suffix", [".parquet", ".arrow", ".csv", ".jsonl"])
@pytest.mark.parametrize("predictions", [False, True])
def test_a_score_belongs_to_the_model_and_to_those_made_from_it(tmp_path: Path, suffix: str, predictions: bool) -> None:
    made = s.make_study(tmp_path, suffix=suffix, predictions=predictions)
    points = joined(*made.all)
    assert {where(r): r["alignment"] for r in points.rows} == made.alignment
    assert len(points.rows) == len(made.alignment)
    for row in points.rows:
        assert row["ctl"] == pytest.approx(made.ctl[row["model"], row["lang"], row["seed"]])
        assert row["recipe"] == "finetune(pos)"
        assert row["scored"] == ("finetune(pos)" if row["stage"] == "after" else "")
        assert (row["source"], row["pairs"], row["train_lang"]) == (0.8, 1000, "en")
    assert points.summary["of these, without a score"] == 0


def test_the_order_of_files_and_rows_changes_nothing(tmp_path: Path) -> None:
    made = s.make_study(tmp_path)
    names = made.all
    random.Random(0).shuffle(names)
    assert joined(*names).rows == joined(*made.all).rows


def test_through_all_ancestors(tmp_path: Path) -> None:
    start = s.base("xlmr")
    middle = s.realigned("aligned", start, 7)
    end = s.tuned("pos", middle, 31)
    stranger = s.tuned("other", s.realigned("aligned-2", start, 8), 31)
    rows = [s.score(m, "ar", v) for m, v in ((start, 0.1), (middle, 0.2), (end, 0.3), (stranger, 0.9))]
    scores = s.write(tmp_path / "s.parquet", rows)
    results = s.write(tmp_path / "r.parquet", [s.result(end, "en", 0.8), s.result(end, "ar", 0.4)], [end], True)
    points = joined(scores, results)
    assert [(r["stage"], r["scored"], r["alignment"]) for r in points.rows] == [
        ("after", "realign(l2)+finetune(pos)", 0.3), ("before", "", 0.1), ("before", "realign(l2)", 0.2),
    ]  # fmt: skip
    assert {(r["model"], r["recipe"], r["seed"], r["ctl"]) for r in points.rows} == {
        ("xlmr", "realign(l2)+finetune(pos)", 31, -0.5)
    }
    assert points.summary["of these, without a result"] == 1


def test_names_serve_where_there_is_no_record(tmp_path: Path) -> None:
    start = s.base("xlmr")
    end = s.tuned("pos", start, 31)
    scores = [s.score(start, "ar", 0.1), s.score(s.base("bert"), "ar", 0.7), s.score(end, "ar", 0.3)]
    results = [s.result(end, "en", 0.8), s.result(end, "ar", 0.4)]
    for row in scores + results:
        row["weights"] = None
    points = joined(s.write(tmp_path / "s.csv", scores), s.write(tmp_path / "r.csv", results))
    assert [(r["stage"], r["alignment"], r["weights"]) for r in points.rows] == [
        ("after", 0.3, None), ("before", 0.1, None),
    ]  # fmt: skip


def test_two_models_of_one_name_are_told_apart_only_by_records(tmp_path: Path) -> None:
    start = s.base("encoder")
    end = s.tuned("pos", start, 31)
    other = s.score(start, "ar", 0.9, weights="of another run")
    s.write(tmp_path / "s.csv", [s.score(start, "ar", 0.1), other])
    rows = [s.result(end, "en", 0.8), s.result(end, "ar", 0.4)]
    with pytest.raises(XltError, match=r"does not say which encoder .* 2 models of that name; give tables as Parquet"):
        joined(str(tmp_path / "s.csv"), s.write(tmp_path / "r.csv", rows))
    assert [
        r["alignment"] for r in joined(str(tmp_path / "s.csv"), s.write(tmp_path / "r.arrow", rows, [end])).rows
    ] == [0.1]


def test_one_model_by_two_paths_is_one_and_two_of_one_name_are_two(tmp_path: Path) -> None:
    rows, names = [], []
    for i, (path, weights) in enumerate([("xlmr", "1" * 64), ("hub/xlmr", "1" * 64), ("hub/xlmr", "2" * 64)]):
        start = Input("model", path, weights)
        end = s.tuned(f"pos-{i}", start, i)
        rows.append(s.score(end, "ar", 0.1 * i))
        names.append(s.write(tmp_path / f"{i}.parquet", [s.result(end, "en", 0.8), s.result(end, "ar", 0.4)], [end]))
    points = joined(s.write(tmp_path / "s.parquet", rows), *names)
    assert [r["model"] for r in sorted(points.rows, key=lambda r: r["seed"])] == [
        "hub/xlmr@11111111", "hub/xlmr@11111111", "hub/xlmr@22222222",
    ]  # fmt: skip


def test_each_task_has_its_metric(tmp_path: Path) -> None:
    start = s.base("xlmr")
    pos, ner = s.tuned("p", start, 1, "pos"), s.tuned("n", start, 1, "ner")
    values = {"accuracy": 0.9, "macro_f1": 0.5, "f1": 0.7}
    rows = [
        s.result(m, lang, values[metric], metric=metric)
        for m, metrics in ((pos, ("accuracy", "macro_f1")), (ner, ("accuracy", "f1")))
        for metric in metrics
        for lang in ("en", "ar")
    ]
    tables = [
        s.write(tmp_path / "s.parquet", [s.score(start, "ar", 0.1)]),
        s.write(tmp_path / "r.parquet", rows, [pos, ner]),
    ]
    assert [(r["task"], r["metric"]) for r in joined(*tables).rows] == [("ner", "f1"), ("pos", "accuracy")]
    assert [(r["task"], r["metric"]) for r in joined(*tables, metric="macro_f1").rows] == [("pos", "macro_f1")]
    assert len(joined(*tables, all_metrics=True).rows) == 4
    with pytest.raises(XltError, match="metric recall: the results hold accuracy, f1, macro_f1"):
        joined(*tables, metric="recall")
    with pytest.raises(XltError, match="split dev: the results hold test"):
        joined(*tables, split="dev")


def test_tags_of_both(tmp_path: Path) -> None:
    end = s.tuned("p", s.base("xlmr"), 1)
    scores = [s.score(end, "ar", v, corpus=c, run="s", pairs="p") for c, v in (("bible", 0.1), ("ntrex", 0.2))]
    results = [s.result(end, lang, 0.4, run="r", note="n") for lang in ("en", "ar")]
    names = (
        s.write(tmp_path / "s.parquet", scores, tags=["corpus", "run", "pairs"]),
        s.write(tmp_path / "r.parquet", results, tags=["run", "note"]),
    )
    points = joined(*names)
    assert points.tags == ["run", "note", "corpus", "score_run", "score_pairs"]
    assert [[r[t] for t in points.tags] for r in points.rows] == [
        ["r", "n", "bible", "s", "p"], ["r", "n", "ntrex", "s", "p"],
    ]  # fmt: skip


def test_what_has_no_number_is_left_out_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    end = s.tuned("p", s.base("xlmr"), 1)
    none = s.tuned("q", s.base("xlmr"), 2)
    values = {"ar": None, "es": float("nan"), "fr": 0.2, "zh": 0.3}
    scores = [s.score(m, lang, v) for m in (end, none) for lang, v in values.items()]
    results = [s.result(end, lang, None if lang == "zh" else 0.4) for lang in ("en", *values, "ru")]
    results += [s.result(none, lang, 0.0) for lang in ("en", "fr")]
    points = joined(s.write(tmp_path / "s.parquet", scores), s.write(tmp_path / "r.parquet", results))
    assert [(r["lang"], r["seed"]) for r in points.rows] == [("fr", 1)]
    assert points.summary["points without a number"] == 4
    assert "1 results have no score and are left out: p ru" in caplog.text
    assert "4 points are left out" in caplog.text


def test_models_of_several_languages_have_no_source(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    end, both = s.tuned("p", s.base("xlmr"), 1), s.tuned("q", s.base("xlmr"), 1)
    scores = s.write(tmp_path / "s.parquet", [s.score(end, "ar", 0.2), s.score(both, "ar", 0.3)])
    results = [s.result(end, lang, 0.4) for lang in ("en", "ar")]
    several = [s.result(both, lang, 0.4, train_lang="en+fr") for lang in ("en", "ar")]
    points = joined(scores, s.write(tmp_path / "r.parquet", results + several))
    assert [r["checkpoint"] for r in points.rows] == ["p"]
    assert "2 results are left out: their models were trained on no single language" in caplog.text
    with pytest.raises(XltError, match=r"trained on several languages \(en\+fr\)"):
        joined(scores, s.write(tmp_path / "r2.parquet", several))


START = s.base("xlmr")
END = s.tuned("pos", START, 31)
SCORES = [s.score(START, "ar", 0.1)]
RESULTS = [s.result(END, "en", 0.8), s.result(END, "ar", 0.4)]

REFUSED: list[tuple[list[Row], list[Row], str]] = [
    ([s.score(s.base("bert"), "ar", 0.1)], RESULTS,
     "no score is of an evaluated model or of one it was made from: the scores are of bert, the results of pos"),
    ([s.score(START, "fr", 0.1)], RESULTS, "languages do not meet: the scores are of en-fr, .* need en-ar$"),
    ([s.score(START, "en", 0.1, src_lang="ar")], RESULTS, "of ar-en, .* need en-ar; extract pairs with the training"),
    (SCORES, RESULTS[:1], r"results are all of the training language \(en\)"),
    (SCORES, RESULTS[1:], "pos has no accuracy for en test, the language it was trained on"),
    (SCORES, [RESULTS[0], RESULTS[1] | {"split": "dev"}], "pos has no accuracy for en dev"),
    (SCORES, [r | {"train_lang": ""} for r in RESULTS], "train_lang is empty"),
    (SCORES * 2, RESULTS, r"the score of xlmr, en-ar, stands twice in .*s\.parquet$"),
    (SCORES, RESULTS * 2, r"the result of pos, en test, stands twice in .*r\.parquet$"),
    ([*SCORES, SCORES[0] | {"signature": s.SIGNED.format("ar").replace("first", "mean")}], RESULTS,
     "stands twice .* differ in pool:first, pool:mean: a --tag tells them apart"),
    ([SCORES[0] | {"value": float("nan")}], RESULTS, "all 1 points lack a number"),
    (SCORES, [RESULTS[0] | {"value": 0.0}, RESULTS[1]], "all 1 points lack a number"),
]  # fmt: skip


@pytest.mark.parametrize(("scores", "results", "said"), REFUSED)
def test_what_does_not_meet_is_said(tmp_path: Path, scores: list[Row], results: list[Row], said: str) -> None:
    names = s.write(tmp_path / "s.parquet", scores), s.write(tmp_path / "r.parquet", results, [END])
    with pytest.raises(XltError, match=said):
        joined(*names)


def test_tables_of_other_kinds_and_the_same_twice(tmp_path: Path) -> None:
    made = s.make_study(tmp_path)
    with pytest.raises(XltError, match="is given twice"):
        read_scores_and_results([made.before[0], made.before[0]])
    copy = tmp_path / "copy.parquet"
    copy.write_bytes(Path(made.results[0]).read_bytes())
    with pytest.raises(
        XltError, match=r"the result of small-31, en test, stands in .*copy.* and in .*results-small-31"
    ):
        joined(str(copy), *made.all)
    with pytest.raises(XltError, match=r"no results in .*before-small.*; 'xlt eval' writes them"):
        read_scores_and_results(made.before)
    with pytest.raises(XltError, match=r"no scores in .*; 'xlt align-score' writes them"):
        read_scores_and_results(made.results)
    (tmp_path / "x.csv").write_text("model,lang,value\na,b,1\n", encoding="utf-8")
    with pytest.raises(XltError, match="column 'base_model' is missing; results need"):
        read_scores_and_results([str(tmp_path / "x.csv")])


def test_what_is_over_layers_is_of_none() -> None:
    rows: list[Row] = [
        {"layer": 0, "depth": -2}, {"layer": 1, "depth": -1},
        {"layer": None, "depth": None}, {"layer": None, "depth": -3},
    ]  # fmt: skip
    assert at_layers(rows, "all") == rows
    assert at_layers(rows, "0,-3") == [rows[0], rows[3]]
    with pytest.raises(OptionError, match=r"7: there is nothing of these; the tables hold -3, 0, 1$"):
        at_layers(rows, "7")
