"""Tables with a column per language: what they say as scores and results, and the same correlations."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from scipy import stats

from xlt.errors import XltError
from xlt.files.schemas import RESULTS, SCORES
from xlt.files.tables import open_table
from xlt.study.correlate import correlate
from xlt.study.import_wide import import_wide
from xlt.study.options import CorrelateOptions, WideOptions

LANGS = ("ar", "es", "fr", "ru", "zh")
LAYERS = {"distilbert": 3, "xlm-roberta-base": 5}
METRIC = {"udpos": "accuracy", "wikiann": "f1"}


def table() -> pd.DataFrame:
    """A row a run; models of several sizes leave cells empty, and so does a metric that a task does not have."""
    rng = np.random.default_rng(0)
    before = {
        (m, d, lang, layer): rng.random()
        for m in LAYERS for d in ("fwd", "bwd") for lang in LANGS for layer in range(LAYERS[m])
    }  # fmt: skip
    rows = []
    for model in LAYERS:
        for task, metric in METRIC.items():
            for seed in (31, 42):
                row: dict[str, Any] = {"model": model, "task": task, "seed": seed, "train_loss": 0.1}
                for (m, d, lang, layer), value in before.items():
                    if m == model:
                        row[f"alignment_before_{d}_{lang}_{layer}"] = value
                        row[f"alignment_after_{d}_{lang}_{layer}"] = rng.random()
                for lang in ("same", *LANGS):
                    row[f"final_eval_{lang}_{metric}"] = rng.random()
                row[f"final_eval_avg_{metric}"] = 0.5
                rows.append(row)
    return pd.DataFrame(rows)


def imported(folder: Path, frame: pd.DataFrame, **options: Any) -> tuple[Path, Path]:
    frame.to_csv(folder / "wide.csv", index=False)
    import_wide(str(folder / "wide.csv"), WideOptions(**options), force=True)
    return folder / "wide.scores.parquet", folder / "wide.results.parquet"


def test_the_same_correlations_as_from_the_columns(tmp_path: Path) -> None:
    frame = table()
    scores, results = imported(tmp_path, frame)
    rows = correlate([str(scores), str(results)], CorrelateOptions(interval="none")).rows
    assert len(rows) == 2 * 2 * 2 * 5
    for row in rows:
        x: list[float] = []
        y: list[float] = []
        task = {"pos": "udpos", "ner": "wikiann"}[row["task"]]
        for model, layers in LAYERS.items():
            number = layers + row["depth"]
            for _, run in frame[(frame.model == model) & (frame.task == task)].iterrows():
                for lang in LANGS if number >= 0 else ():
                    direction = {"src-tgt": "fwd", "tgt-src": "bwd"}[row["direction"]]
                    x.append(run[f"alignment_{row['stage']}_{direction}_{lang}_{number}"])
                    source = run[f"final_eval_same_{METRIC[task]}"]
                    y.append((run[f"final_eval_{lang}_{METRIC[task]}"] - source) / source)
        assert row["n"] == len(x) == (20 if row["depth"] >= -3 else 10)
        assert row["rho"] == pytest.approx(stats.spearmanr(x, y).statistic)


def test_what_the_files_hold(tmp_path: Path) -> None:
    scores, results = imported(tmp_path, table(), source="de", split="dev", strength="weak")
    assert open_table(str(scores), (RESULTS, SCORES)).kind is SCORES
    source = open_table(str(results), (RESULTS, SCORES))
    assert source.kind is RESULTS
    assert source.record is not None
    assert source.record["summary"]["columns not used"] == "train_loss, final_eval_avg_accuracy, final_eval_avg_f1"
    row = pq.read_table(results).to_pylist()[0]
    expected = {
        "model": "distilbert/udpos/31", "base_model": "distilbert", "recipe": "finetune(pos)", "task": "pos",
        "seed": 31, "train_lang": "de", "lang": "de", "split": "dev", "metric": "accuracy", "weights": None,
    }  # fmt: skip
    assert row | expected == row
    found = pq.read_table(scores).to_pylist()
    assert {r["strength"] for r in found} == {"weak"}
    bare = [r for r in found if not r["recipe"]]
    assert len(bare) == 2 * len(LANGS) * sum(LAYERS.values())
    assert {(r["base_model"], r["layer"], r["depth"]) for r in found} == {
        (model, layer, layer - layers) for model, layers in LAYERS.items() for layer in range(layers)
    }


def test_methods_other_names_and_depths(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        [{"model": "m", "task": "topics", "seed": 1, "method": method, "acc en": 0.8, "acc ar": 0.4, "weak ar -1": 0.3}
         for method in ("baseline", "before_dico")]
    )  # fmt: skip
    scores, results = imported(
        tmp_path, frame, result_columns="acc {lang}", score_columns="{strength} {lang} {layer}"
    )  # fmt: skip
    rows = pq.read_table(results).to_pylist()
    assert [(r["recipe"], r["task"], r["lang"], r["metric"]) for r in rows] == [
        (m, "topics", lang, "accuracy") for m in ("baseline", "before_dico") for lang in ("en", "ar")
    ]
    (first, _) = pq.read_table(scores).to_pylist()
    assert (first["strength"], first["layer"], first["depth"], first["direction"]) == ("weak", None, -1, "src-tgt")
    points = correlate([str(scores), str(results)], CorrelateOptions(), points=str(tmp_path / "p.csv"))
    assert [(r["recipe"], r["stage"], r["n"]) for r in points.rows] == [
        ("baseline", "after", 1),
        ("before_dico", "after", 1),
    ]


def test_alignment_before_is_one_number(tmp_path: Path) -> None:
    frame = table()
    column = "alignment_before_fwd_ar_0"
    frame.loc[0, column] += 0.004
    scores, _ = imported(tmp_path, frame)
    (value,) = (
        r["value"] for r in pq.read_table(scores).to_pylist()
        if (r["model"], r["tgt_lang"], r["layer"], r["direction"]) == ("distilbert", "ar", 0, "src-tgt")
    )  # fmt: skip
    assert value == pytest.approx(frame[frame.model == "distilbert"][column].mean())
    frame.loc[0, column] += 0.1
    with pytest.raises(XltError, match=f"{column} of distilbert is 0.* in one row and 0.* in another"):
        imported(tmp_path, frame)


def test_only_one_of_both(tmp_path: Path) -> None:
    frame = table()[["model", "task", "seed", "final_eval_same_accuracy", "final_eval_ar_accuracy"]]
    frame.to_csv(tmp_path / "w.csv", index=False)
    done = import_wide(str(tmp_path / "w.csv"), WideOptions(), results=str(tmp_path / "r.csv"), tags={"study": "x"})
    assert done.outputs == [str(tmp_path / "r.csv")]
    assert "study" in (tmp_path / "r.csv").read_text(encoding="utf-8").splitlines()[0]
    assert not (tmp_path / "w.scores.parquet").exists()


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("model,task,seed\nm,udpos,1\n", {}, "no column is called like final_eval_"),
        ("model,task,final_eval_ar_f1\nm,udpos,1\n", {}, "no column 'seed'"),
        (
            "model,task,seed,final_eval_ar_f1\nm,udpos,1,high\n",
            {},
            "column 'final_eval_ar_f1' holds no numbers but string",
        ),
        ("model,task,seed,final_eval_ar_f1\n", {}, "no row"),
        (
            "model,task,seed,final_eval_ar_f1\nm,udpos,1,1\nm,udpos,1,1\n",
            {},
            "1 runs stand there twice, such as m/udpos/1",
        ),
        ("model,task,seed,final_eval_ar_f1\nm,udpos,1.5,1\n", {}, "row 0: seed 1.5 is no whole number"),
        ("model,task,seed,a\nm,udpos,1,1\n", {"result_columns": "a"}, "result_columns a: use {lang}"),
        ("model,task,seed,a\nm,udpos,1,1\n", {"score_columns": "{lang}_{town}"}, "score_columns {lang}_{town}: use"),
    ],
)
def test_refused(tmp_path: Path, text: str, options: dict[str, Any], said: str) -> None:
    (tmp_path / "w.csv").write_text(text, encoding="utf-8")
    with pytest.raises(XltError, match=said):
        import_wide(str(tmp_path / "w.csv"), WideOptions(**options))
    assert [p.name for p in tmp_path.iterdir()] == ["w.csv"]


def test_a_gap_among_numbers_is_counted_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    frame = table()
    # Layers that a model has not, and a metric of the other task.
    known = import_wide(str(_written(tmp_path, frame)), WideOptions(), force=True).summary["cells without a number"]
    assert known == int(frame.filter(regex=r"final_eval_(?!avg)|alignment").isna().sum().sum())
    assert not caplog.text
    frame.loc[0, "final_eval_fr_accuracy"] = np.nan
    done = import_wide(str(_written(tmp_path, frame)), WideOptions(), force=True)
    assert done.summary["cells without a number"] == known + 1
    assert "1 cells are empty or NaN where other runs of the model and task have a number" in caplog.text
    assert "final_eval_fr_accuracy" in caplog.text


def _written(folder: Path, frame: pd.DataFrame) -> Path:
    frame.to_csv(folder / "wide.csv", index=False)
    return folder / "wide.csv"
