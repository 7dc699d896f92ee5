"""The step: groups, intervals, differences, adjustment, plain tables, files."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from scipy import stats

from tests.study import study_files as s
from xlt.errors import XltError
from xlt.files.rows import Row
from xlt.files.schemas import CORRELATIONS, DIFFERENCES, POINTS
from xlt.files.tables import open_table
from xlt.study.correlate import correlate
from xlt.study.options import CorrelateOptions


@pytest.fixture
def made(tmp_path: Path) -> s.Study:
    return s.make_study(tmp_path)


def points_of(made: s.Study, stage: str) -> tuple[list[float], list[float]]:
    # In the order of the step: the result does not depend on it but by the resamples.
    keys = sorted(key for key in made.alignment if key[0] == stage)
    return [made.alignment[k] for k in keys], [made.ctl[k[1:]] for k in keys]


def rows_of(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def test_a_study(tmp_path: Path, made: s.Study) -> None:
    done = correlate(made.all, CorrelateOptions(), output=str(tmp_path / "c.parquet"))
    assert [row["stage"] for row in done.rows] == ["after", "before"]
    for row in done.rows:
        x, y = points_of(made, row["stage"])
        expected = stats.spearmanr(x, y)
        assert (row["rho"], row["p"]) == pytest.approx((expected.statistic, expected.pvalue))
        assert (row["n"], row["method"], row["note"]) == (16, "spearman", "")
        assert row["ci_low"] < row["rho"] < row["ci_high"]
        assert (row["task"], row["recipe"], row["direction"], row["depth"], row["strength"]) == (
            "pos", "finetune(pos)", "src-tgt", -1, "strong",
        )  # fmt: skip
        assert row["signature"].startswith("train_lang:en|split:test|metric:accuracy|")
        assert "|similarity:cosine|interval:bca|resamples:2000|seed:42|xlt:" in row["signature"]
    assert rows_of(tmp_path / "c.parquet") == done.rows
    source = open_table(str(tmp_path / "c.parquet"), CORRELATIONS)
    assert source.schema.field("depth").type == pa.int32()
    assert source.record is not None
    assert source.record["summary"]["groups"] == 2
    assert [i["role"] for i in source.record["inputs"]].count("scores") == 6


def test_the_interval_is_scipys_for_the_points_in_their_order(tmp_path: Path, made: s.Study) -> None:
    correlate(made.all, CorrelateOptions(), points=str(tmp_path / "p.parquet"))
    table = [r for r in rows_of(tmp_path / "p.parquet") if r["stage"] == "before"]
    x, y = ([r[name] for r in table] for name in ("alignment", "ctl"))
    expected = stats.bootstrap(
        (x, y), lambda a, b: round(float(stats.spearmanr(a, b).statistic), 12), paired=True, vectorized=False,
        n_resamples=200, method="BCa", rng=np.random.default_rng(7),
    ).confidence_interval  # fmt: skip
    (row,) = (
        r for r in correlate(made.all, CorrelateOptions(resamples=200, seed=7)).rows if r["stage"] == "before"
    )  # fmt: skip
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_no_number_depends_on_other_groups_or_on_the_order(made: s.Study) -> None:
    both = correlate(made.all, CorrelateOptions()).rows
    alone = correlate([*made.after, *made.results], CorrelateOptions()).rows
    assert alone == [row for row in both if row["stage"] == "after"]
    assert correlate(made.all[::-1], CorrelateOptions()).rows == both
    assert correlate(made.all, CorrelateOptions(seed=1)).rows != both


def test_the_points(tmp_path: Path, made: s.Study) -> None:
    path = tmp_path / "p.parquet"
    correlate(made.all, CorrelateOptions(), points=str(path))
    POINTS.check(pq.read_schema(path), "p")
    table = rows_of(path)
    assert len(table) == 32
    # As a plain table it gives the same numbers.
    plain = correlate([str(path)], CorrelateOptions(by=("stage",), x="alignment", y="ctl")).rows
    whole = correlate(made.all, CorrelateOptions()).rows
    assert [(r["stage"], r["rho"], r["n"]) for r in plain] == [(r["stage"], r["rho"], r["n"]) for r in whole]
    assert plain[0]["signature"].startswith("x:alignment|y:ctl|interval:bca")


def test_groups_of_language_pairs(tmp_path: Path, made: s.Study) -> None:
    (tmp_path / "g.csv").write_text("src_lang,tgt_lang,group\nar,en,far\nen,zh,far\nen,es,near\n", encoding="utf-8")
    done = correlate(made.all, CorrelateOptions(by=("stage", "group"), groups=tmp_path / "g.csv"))
    assert [(r["stage"], r["group"], r["n"]) for r in done.rows] == [
        (stage, group, n) for stage in ("after", "before") for group, n in (("far", 8), ("near", 4), ("other", 4))
    ]
    assert done.summary["language pairs in no group"] == 1
    with pytest.raises(XltError, match=r"leaves a group in which group \(far, near, other\) varies"):
        correlate(made.all, CorrelateOptions(groups=tmp_path / "g.csv"))


def test_a_model_alone(made: s.Study) -> None:
    rows = correlate(made.all, CorrelateOptions(by=("model", "stage"))).rows
    assert [(r["model"], r["stage"], r["n"]) for r in rows] == [
        (model, stage, 8) for model in ("large", "small") for stage in ("after", "before")
    ]


def test_models_crossed_with_languages(made: s.Study) -> None:
    options = CorrelateOptions(interval="cluster:model,lang,seed", resamples=500)
    rows = correlate(made.all, options).rows
    assert "few clusters (model 2, lang 4)" in rows[0]["note"]
    points = correlate(made.all, CorrelateOptions(resamples=500)).rows
    assert [r["rho"] for r in rows] == [r["rho"] for r in points]
    for clusters, single in zip(rows, points, strict=True):
        assert clusters["ci_high"] - clusters["ci_low"] > single["ci_high"] - single["ci_low"]


def test_one_cluster_has_no_interval(made: s.Study) -> None:
    options = CorrelateOptions(by=("model", "stage"), interval="cluster:model", resamples=50)
    for row in correlate(made.all, options).rows:
        assert row["ci_low"] is None
        assert "one cluster" in row["note"]


def test_no_interval(made: s.Study) -> None:
    for row in correlate(made.all, CorrelateOptions(interval="none")).rows:
        assert (row["ci_low"], row["ci_high"], row["note"]) == (None, None, "")
        assert row["p"] is not None
        assert "resamples" not in row["signature"]


def test_adjusted(tmp_path: Path, made: s.Study) -> None:
    plain = correlate(made.all, CorrelateOptions(interval="none"))
    assert "p_adjusted" not in plain.schema.names
    rows = correlate(made.all, CorrelateOptions(interval="none", adjust="holm")).rows
    assert min(r["p_adjusted"] for r in rows) == pytest.approx(2 * min(r["p"] for r in rows))


def test_a_difference(tmp_path: Path, made: s.Study) -> None:
    options = CorrelateOptions(differences=("stage=after,before",))
    done = correlate(made.all, options, output=str(tmp_path / "d.parquet"))
    DIFFERENCES.check(pq.read_schema(tmp_path / "d.parquet"), "d")
    (row,) = done.rows
    after, before = (r["rho"] for r in correlate(made.all, CorrelateOptions()).rows)
    assert row["contrast"] == "stage: after minus before"
    assert (row["rho_first"], row["rho_second"]) == (after, before)
    assert row["difference"] == pytest.approx(after - before)
    assert row["ci_low"] < row["difference"] < row["ci_high"]
    assert 0 < row["p"] <= 1
    assert "stage" not in done.schema.names
    assert "scored" not in row["signature"]


def test_points_without_a_partner(made: s.Study, caplog: pytest.LogCaptureFixture) -> None:
    options = CorrelateOptions(differences=("stage=after,before",), interval="none")
    (row,) = correlate([*made.before, *made.after[:3], *made.results], options).rows
    assert row["n"] == 12
    assert "4 points are left out" in caplog.text


def test_empty_cells_and_why(tmp_path: Path) -> None:
    start = s.base("xlmr")
    ends = [s.tuned(f"p{i}", start, i) for i in range(4)]
    scores = [s.score(start, "ar", 0.5)] + [s.score(end, "ar", 0.1 * i) for i, end in enumerate(ends)]
    results = [s.result(e, lang, v + 0.1 * i) for i, e in enumerate(ends) for lang, v in (("en", 0.5), ("ar", 0.1))]
    names = s.write(tmp_path / "s.parquet", scores), s.write(tmp_path / "r.parquet", results, ends)
    after, before = correlate(names, CorrelateOptions()).rows
    assert after["rho"] == 1
    assert (after["p"], after["ci_low"]) == (None, None)
    assert "neither p-value nor interval" in after["note"]
    assert (before["rho"], before["p"], before["ci_low"]) == (None, None, None)
    assert before["note"] == "alignment is constant"
    few = correlate([names[0], s.write(tmp_path / "r2.parquet", results[:4], ends)], CorrelateOptions()).rows
    assert few[0]["note"] == "fewer than 3 points: 2"
    adjusted = correlate(names, CorrelateOptions(adjust="bh")).rows
    assert [r["p_adjusted"] for r in adjusted] == [None, None]


def test_a_grouping_column_of_a_taken_name(tmp_path: Path) -> None:
    start = s.base("xlmr")
    ends = [s.tuned(f"p{i}", start, i) for i in range(3)]
    scores = [s.score(end, "ar", 0.1 * i) for i, end in enumerate(ends)]
    results = [
        s.result(e, lang, v * i, method="joint")
        for i, e in enumerate(ends, 1)
        for lang, v in (("en", 0.3), ("ar", 0.1))
    ]
    names = s.write(tmp_path / "s.parquet", scores), s.write(tmp_path / "r.parquet", results, ends, tags=["method"])
    done = correlate(names, CorrelateOptions(by=("method", "stage")), output=str(tmp_path / "c.parquet"))
    assert done.schema.names[:4] == ["by_method", "stage", "n", "method"]
    assert [(r["by_method"], r["method"]) for r in rows_of(tmp_path / "c.parquet")] == [("joint", "spearman")]


def test_what_varies_is_refused(made: s.Study) -> None:
    with pytest.raises(XltError, match=r"stage \(after, before\), scored \(.*\) vary: name them, too, or in across"):
        correlate(made.all, CorrelateOptions(by=("task",)))
    assert len(correlate(made.all, CorrelateOptions(by=("task",), across=("stage", "scored"))).rows) == 1


def test_a_plain_table_counts_once(tmp_path: Path) -> None:
    one, other = tmp_path / "a.csv", tmp_path / "b.csv"
    one.write_text("x,y\n1,2\n2,1\n3,5\n4,3\n", encoding="utf-8")
    other.write_bytes(one.read_bytes())
    with pytest.raises(XltError, match=r"a\.csv is given twice$"):
        correlate([str(one), str(one)], CorrelateOptions(by=(), x="x", y="y"))
    with pytest.raises(XltError, match=r"b\.csv holds the same as .*a\.csv$"):
        correlate([str(one), str(other)], CorrelateOptions(by=(), x="x", y="y"))


def test_plain_tables(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a.csv").write_text("who,x,y\na,1,2\na,2,1\na,3,4\nb,1,\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text("y,x,who\n3.5,4,a\n1,2,b\n2,1,b\n0,5,b\n", encoding="utf-8")
    names = [str(tmp_path / "a.csv"), str(tmp_path / "b.csv")]
    rows = correlate(names, CorrelateOptions(x="x", y="y", by=("who",), interval="none")).rows
    assert [(r["who"], r["n"]) for r in rows] == [("a", 4), ("b", 3)]
    assert rows[0]["rho"] == pytest.approx(stats.spearmanr([1, 2, 3, 4], [2, 1, 4, 3.5]).statistic)
    assert "1 rows are left out: x or y is empty or NaN" in caplog.text
    assert len(correlate(names, CorrelateOptions(x="x", y="y")).rows) == 1


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"interval": "cluster:model,town"}, "interval town: no such column"),
    ({"by": ("town",)}, "by town: no such column; there are model, recipe"),
    ({"across": ("town",)}, "across town: no such column"),
    ({"x": "a", "y": "value"}, "no column 'a'; there are model, base_model"),
    ({"x": "value", "y": "model"}, "column 'model' holds no numbers but string"),
    ({"x": "value", "y": "n"}, "has other columns than"),
    ({"differences": ("stage",)}, "differences stage: write COLUMN=FIRST,SECOND"),
    ({"differences": ("stage=after",)}, "write COLUMN=FIRST,SECOND"),
    ({"differences": ("recipe=a,b",)}, r"give two different values of recipe; there are finetune\(pos\)$"),
    ({"differences": ("stage=after,after",)}, "give two different values of stage; there are after, before"),
    ({"differences": ("stage=after,bevor",)}, "give two different values of stage; there are"),
    ({"differences": ("lang=ar,fr",)}, "differences lang=ar,fr: by \\(.*\\) does not name its column"),
    ({"differences": ("stage=after,before", "depth=-1,-2")}, "two different values of depth; there are -1$"),
    ({"differences": ("stage=after,before", "strength=strong,strong2")}, "give two different values of strength"),
    ({"differences": ("stage={x}=",)}, r"differences stage=\{x\}=: write COLUMN=FIRST,SECOND"),
]


@pytest.mark.parametrize(("changes", "said"), REFUSED)
def test_refused(made: s.Study, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(XltError, match=said):
        correlate(made.all, CorrelateOptions(**changes))


def test_outputs_that_cannot_be(tmp_path: Path, made: s.Study) -> None:
    for output, points, said in (
        (made.results[0], None, "is an input"),
        ("c.parquet", "c.parquet", "need two names"),
        ("c.xls", None, "the suffix says the format"),
        (str(tmp_path / "none" / "c.csv"), None, "none"),
    ):
        with pytest.raises(XltError, match=said):
            correlate(made.all, CorrelateOptions(), output=output, points=points)
    with pytest.raises(XltError, match="points has no effect with x and y: the table is there already"):
        correlate([made.before[0]], CorrelateOptions(x="value", y="n"), points="p.parquet")
    with pytest.raises(XltError, match="--tag rho: a column of that name"):
        correlate(made.all, CorrelateOptions(), tags={"rho": "1"})
    with pytest.raises(XltError, match="--tag stage: a column of that name"):
        correlate(made.all, CorrelateOptions(), tags={"stage": "1"})


def test_tags_are_columns(tmp_path: Path, made: s.Study) -> None:
    correlate(made.all, CorrelateOptions(), output=str(tmp_path / "c.csv"), tags={"study": "mine"})
    lines = (tmp_path / "c.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith(",note,signature,study")
    assert all(line.endswith(",mine") for line in lines[1:])


# Other kinds of numbers, each of which would stand in the rows of :func:`s.score` but for one column.
OTHERS: list[Row] = [
    {"measure": "distance", "direction": "both", "strength": ""},
    {"similarity": "csls"},
    {"unit": "sentence"},
    {"candidates": "corpus"},
    {"set": "unseen"},
]


def two_kinds(folder: Path, other: Row) -> list[str]:
    """Scores of six models, and of the same models once more, of another kind; results."""
    start = s.base("xlmr")
    ends = [s.tuned(f"p{i}", start, i) for i in range(6)]
    scores = [s.score(end, "ar", 0.1 * i) for i, end in enumerate(ends)]
    scores += [s.score(end, "ar", 1 - 0.1 * i) | other for i, end in enumerate(ends)]
    results = [
        s.result(end, lang, v * (7 - i)) for i, end in enumerate(ends) for lang, v in (("en", 0.1), ("ar", 0.01 * i))
    ]
    return [s.write(folder / "s.parquet", scores), s.write(folder / "r.parquet", results, ends)]


@pytest.mark.parametrize("other", OTHERS)
def test_two_kinds_of_numbers_are_no_group(tmp_path: Path, other: Row) -> None:
    names, column = two_kinds(tmp_path, other), next(iter(other))
    options: Row = {"interval": "none", "by": ("direction", "strength")}
    if column != "measure":
        with pytest.raises(XltError, match=rf"^by leaves a group in which {column} \(.*\) varies: name it, too"):
            correlate(names, CorrelateOptions(**options))
    options["by"] = ("direction", "strength", column)
    points = str(tmp_path / "points.parquet")
    correlations = correlate(names, CorrelateOptions(**options), points=points)
    assert [(row["rho"], row["n"]) for row in correlations.rows] in ([(1, 6), (-1, 6)], [(-1, 6), (1, 6)])
    assert len({row[column] for row in correlations.rows}) == 2
    # Of a plain table, too.
    plain: Row = {"x": "alignment", "y": "ctl", "interval": "none"}
    with pytest.raises(XltError, match=rf"^by leaves a group in which {column} \(.*\) varies: name it, too"):
        correlate([points], CorrelateOptions(**plain))
    assert len(correlate([points], CorrelateOptions(**plain, by=(column,))).rows) == 2
    # What a resample draws from is meant to vary.
    assert len(correlate([points], CorrelateOptions(**plain | {"interval": f"cluster:{column},lang"})).rows) == 1


def test_a_unit_is_a_column_only_where_it_is_not_the_usual_one(tmp_path: Path, made: s.Study) -> None:
    for names, columns in ((made.all, 0), (two_kinds(tmp_path, {"unit": "sentence"}), 1)):
        points = str(tmp_path / f"points-{columns}.parquet")
        correlate(names, CorrelateOptions(by=("stage", "unit"), interval="none"), points=points)
        correlate(names, CorrelateOptions(by=("stage",), across=("unit",), interval="none"), points=points, force=True)
        assert "unit" in pq.read_schema(points).names
    correlate(made.all, CorrelateOptions(interval="none"), points=points, force=True)
    assert "unit" not in pq.read_schema(points).names
