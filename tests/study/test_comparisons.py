"""Methods against a baseline: hand-worked values, the paper's shades, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.study import study_files as s
from xlt.errors import XltError
from xlt.files.schemas import RESULTS
from xlt.files.tables import open_table
from xlt.report.comparisons import comparison_layouts
from xlt.study.comparisons import compare_methods, comparisons_of, shade, without_task
from xlt.study.options import CompareOptions, TransferOptions
from xlt.study.tables import read_rows

whole = st.integers(0, 100)
BASE, JOINT = (0.50, 0.52, 0.54), (0.53, 0.56, 0.59)


def table(path: Path, values: dict[str, Any], seeds: tuple[int | None, ...] = (1, 2, 3), **more: Any) -> str:
    rows = []
    for method, by_lang in values.items():
        for lang, by_seed in by_lang.items():
            for seed, value in zip(seeds, by_seed, strict=False):
                model = s.base(f"m-{method}-{seed}")
                about = {"model": model.name, "base_model": "m", "task": "pos", "seed": seed, "weights": model.sha256}
                recipe = "finetune(pos)" if method == "none" else f"{method}(pos,strong)"
                rows.append(s.result(model, lang, value, **more) | about | {"recipe": recipe})
    return s.write(path, rows)


def cell(rows: list[dict[str, Any]], method: str, lang: str) -> dict[str, Any]:
    (row,) = [row for row in rows if (row["method"], row["lang"]) == (method, lang)]
    return row


def test_averages_of_groups_of_language_pairs(tmp_path: Path) -> None:
    name = table(tmp_path / "r.parquet", {
        "none": {"en": (0.9, 0.9, 0.9), "ar": BASE, "fr": (0.7, 0.7, 0.7), "ru": (0.4, 0.5, 0.6)},
        "joint": {"en": (0.9, 0.9, 0.9), "ar": JOINT, "fr": (0.6, 0.6, 0.6), "ru": (0.4, 0.5, 0.6)},
    })  # fmt: skip
    groups = tmp_path / "g.csv"
    groups.write_text("src_lang,tgt_lang,group\nen,ar,far\nru,en,far\nen,de,near\n")
    done = compare_methods([name], TransferOptions(groups=groups), output=str(tmp_path / "c.parquet"))
    averages = ["average far", "average other", "average"]
    assert [row["lang"] for row in done.rows] == ["en", "ar", "fr", "ru", *averages] * 2
    assert done.summary["language pairs in no group"] == 1
    far, plain = (cell(done.rows, method, "average far") for method in ("joint(strong)", "finetune"))
    assert far["mean"] == pytest.approx((0.56 + 0.5) / 2)
    # In each seed the mean over the languages of the group, unweighted; differences are paired as those of a language.
    assert (far["difference"], far["pairs"]) == (pytest.approx(0.02), 3)
    assert plain["sd"] == pytest.approx((0.02 + 0.1) / 2)
    assert cell(done.rows, "finetune", "average other")["mean"] == pytest.approx(0.7)
    record = open_table(str(tmp_path / "c.parquet")).record
    assert record is not None
    assert [i["role"] for i in record["inputs"]] == ["results", "groups"]
    # All else is what it is without groups.
    assert [r for r in done.rows if r["lang"] not in averages[:2]] == compare_methods([name]).rows


def test_by_hand(tmp_path: Path) -> None:
    name = table(tmp_path / "r.parquet", {
        "none": {"en": (0.9, 0.9, 0.9), "ar": BASE, "fr": (0.7, 0.7, 0.7)},
        "joint": {"en": (0.9, 0.9, 0.9), "ar": JOINT, "fr": (0.6, 0.6, 0.6)},
    })  # fmt: skip
    done = compare_methods([name], TransferOptions())
    assert [row["lang"] for row in done.rows] == ["en", "ar", "fr", "average"] * 2
    assert [row["method"] for row in done.rows[::4]] == ["finetune", "joint(strong)"]
    base = cell(done.rows, "finetune", "ar")
    assert (base["mean"], base["sd"]) == pytest.approx((0.52, 0.02))
    assert (base["difference"], base["shade"], base["note"]) == (None, "", "")
    row = cell(done.rows, "joint(strong)", "ar")
    # Differences 0.03, 0.04, 0.05: mean 0.04, s = 0.01, t(2, 0.975) = 4.302653.
    assert (row["mean"], row["sd"], row["difference"]) == pytest.approx((0.56, 0.03, 0.04))
    assert row["ci_low"] == pytest.approx(0.04 - 4.302653 * 0.01 / 3**0.5, abs=1e-8)
    assert (row["pairs"], row["baseline"], row["shade"]) == (3, "finetune", "")
    # The average leaves the language of training out, and is taken in each seed.
    average = cell(done.rows, "finetune", "average")
    assert (average["mean"], average["sd"]) == pytest.approx((0.61, 0.01))
    constant = cell(done.rows, "joint(strong)", "fr")
    assert constant["note"] == "the same difference in all seeds: no interval"
    (other,) = [
        r
        for r in compare_methods([name], TransferOptions(compare=CompareOptions(ddof=0))).rows
        if r["method"] == "finetune" and r["lang"] == "ar"
    ]
    assert other["sd"] == pytest.approx(0.02 * (2 / 3) ** 0.5)


def test_the_shading_rule_of_the_paper() -> None:
    # Baseline 51.0 ± 1.0 (ddof 1).
    base = (0.50, 0.51, 0.52)
    assert shade(0.515, base) == "light"
    assert shade(0.505, base) == "light"
    assert shade(0.49, base) == "dark"
    assert shade(0.53, base) == ""
    assert shade(0.505, (0.5, 0.5)) == ""
    assert shade(0.495, (0.5, 0.5)) == "dark"
    assert shade(0.505, (0.5,)) == ""
    # Equal to a baseline of no deviation is not above it.
    assert shade(0.1 + 0.2, (0.3, 0.3, 0.3)) == "light"


@given(
    st.lists(st.integers(0, 100), min_size=2, max_size=5), st.integers(0, 100), st.integers(1, 9), st.integers(-9, 9)
)
def test_shades_move_and_scale_with_the_numbers(base: list[int], value: int, scale: int, shift: int) -> None:
    assert shade(float(np.mean(base)), base) == "light"
    assert shade(max(base) + 200, base) == ""
    assert shade(min(base) - 200, base) == "dark"
    moved = shade(value * scale + shift, [b * scale + shift for b in base])
    # Where the two are equal but for rounding, either may come out.
    if abs(abs(value - np.mean(base)) - np.std(base, ddof=1)) > 1e-6:
        assert moved == shade(value, base)


def test_names_of_methods() -> None:
    assert without_task("finetune(pos)", "pos") == "finetune"
    assert without_task("joint(pos,strong)", "pos") == "joint(strong)"
    assert without_task("realign(l2)+finetune(ner,freeze=front)", "ner") == "realign(l2)+finetune(freeze=front)"
    assert without_task("finetune(posy)", "pos") == "finetune(posy)"
    assert without_task("x", "") == "x"


def test_seeds_that_only_one_has(tmp_path: Path) -> None:
    names = [
        table(tmp_path / "a.parquet", {"none": {"ar": BASE}}),
        table(tmp_path / "b.parquet", {"joint": {"ar": (0.6, 0.7)}}, seeds=(2, 9)),
    ]
    row = cell(compare_methods(names, TransferOptions()).rows, "joint(strong)", "ar")
    assert (row["seeds"], row["pairs"]) == (2, 1)
    assert row["difference"] == pytest.approx(0.08)
    assert row["note"] == "one seed: no interval; seeds in common with the baseline: 1"


def test_tags_tasks_and_models(tmp_path: Path) -> None:
    made = s.make_methods(tmp_path, ("pos", "ner"))
    done = compare_methods(made["results"], TransferOptions(compare=CompareOptions(method=("method",))))
    assert done.summary["methods"] == 3
    assert {row["task"] for row in done.rows} == {"pos", "ner"}
    assert {row["model"] for row in done.rows} == {"org/small", "org/large"}
    assert {row["baseline"] for row in done.rows} == {"none"}
    other = compare_methods(
        made["results"], TransferOptions(compare=CompareOptions(method=("method",), baseline="joint"))
    )
    ours, theirs = cell_of(done.rows, "joint"), cell_of(other.rows, "none")
    assert ours["difference"] == pytest.approx(-theirs["difference"])
    both = TransferOptions(compare=CompareOptions(method=("method", "recipe")))
    assert len(compare_methods(made["results"], both).rows) == len(done.rows)


def cell_of(rows: list[dict[str, Any]], method: str) -> dict[str, Any]:
    return next(
        r for r in rows if (r["model"], r["task"], r["method"], r["lang"]) == ("org/small", "pos", method, "ar")
    )


def test_what_is_refused(tmp_path: Path) -> None:
    both = {"none": {"ar": BASE}, "joint": {"ar": JOINT}}
    good = table(tmp_path / "good.parquet", both)
    for options, said in (
        (CompareOptions(baseline="x"), r"baseline x: there is no such method; there are finetune, joint\(strong\)"),
        (CompareOptions(metric="f1"), "metric f1: the results hold accuracy"),
        (CompareOptions(split="dev"), "split dev: the results hold test"),
        (CompareOptions(method=("tag",)), "method tag: no such column; there are recipe, base_model, model"),
    ):
        with pytest.raises(XltError, match=said):
            compare_methods([good], TransferOptions(compare=options))
    for values, more, said in (
        (
            {"joint": both["joint"], "realign": both["joint"]},
            {},
            "^baseline is needed to say which .*: none is without realignment",
        ),
        (both, {"seeds": (None,)}, "has no seed"),
        (both, {"seeds": (1, 1)}, r"a second result of one method, language \(ar\) and seed \(1\)"),
    ):
        name = table(tmp_path / "bad.parquet", values, **more)
        with pytest.raises(XltError, match=said):
            compare_methods([name], TransferOptions())
    signature = "data:ar|split:test|overlong:cut"
    mixed = table(tmp_path / "mixed.parquet", {"joint": both["joint"]}, signature=signature)
    alone = table(tmp_path / "alone.parquet", {"none": both["none"]})
    with pytest.raises(XltError, match="'overlong' of the results of ar varies"):
        compare_methods([mixed, alone], TransferOptions())


def test_a_single_method_has_means_and_nothing_to_differ_from(tmp_path: Path) -> None:
    name = table(tmp_path / "r.parquet", {"joint": {"en": (0.9, 0.9, 0.9), "ar": BASE}})
    done = compare_methods([name])
    row = cell(done.rows, "joint(strong)", "ar")
    assert (row["mean"], row["sd"], row["seeds"]) == (pytest.approx(0.52), pytest.approx(0.02), 3)
    about = [row[n] for n in ("baseline", "pairs", "difference", "ci_low", "ci_high", "p", "shade", "note")]
    assert about == [None] * 6 + ["", ""]
    assert done.summary["methods"] == 1
    (means,) = comparison_layouts(done.rows)
    assert means.texts() == [["m", "joint(strong)", "90.0 ± 0.0", "52.0 ± 2.0"]]
    assert means.sentences() == ["Mean ± standard deviation (ddof 1) over seeds"]
    # A baseline that there is not is a mistake still.
    with pytest.raises(XltError, match=r"baseline x: there is no such method; there are joint\(strong\)"):
        compare_methods([name], TransferOptions(compare=CompareOptions(baseline="x")))


def test_means_alone_need_no_baseline(tmp_path: Path) -> None:
    name = table(tmp_path / "r.parquet", {"joint": {"ar": BASE}, "realign": {"ar": JOINT}})
    rows = comparisons_of(read_rows([name], (RESULTS,)), CompareOptions(), differences=False).rows
    assert [row["mean"] for row in rows] == pytest.approx([0.52, 0.56])
    assert {(row["baseline"], row["difference"], row["note"]) for row in rows} == {(None, None, "")}


def test_empty_and_not_a_number(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    name = table(tmp_path / "n.parquet", {"none": {"ar": BASE}, "joint": {"ar": (float("nan"), None)}})
    row = cell(compare_methods([name], TransferOptions()).rows, "joint(strong)", "ar")
    assert (row["mean"], row["note"]) == (None, "no result")
    assert "2 results are left out: the metric is empty or NaN" in caplog.text
    empty = tmp_path / "e.csv"
    empty.write_text(",".join(c.name for c in RESULTS.columns) + "\n", encoding="utf-8")
    with pytest.raises(XltError, match="no row in the tables"):
        compare_methods([str(empty)], TransferOptions())


def test_the_average_is_of_seeds_that_have_all_languages(tmp_path: Path) -> None:
    # Seed 3 has no French: (0.5 + 0.7) / 2 and (0.6 + 0.8) / 2, and of the other method 0.1 more.
    values = {
        "none": {"en": (0.9, 0.9, 0.9), "ar": (0.5, 0.6, 0.9), "fr": (0.7, 0.8)},
        "joint": {"en": (0.9, 0.9, 0.9), "ar": (0.6, 0.7, 0.9), "fr": (0.8, 0.9)},
    }
    rows = compare_methods([table(tmp_path / "r.parquet", values)]).rows
    average = cell(rows, "finetune", "average")
    assert (average["seeds"], average["mean"]) == (2, pytest.approx(0.65))
    average = cell(rows, "joint(strong)", "average")
    assert (average["seeds"], average["pairs"], average["difference"]) == (2, 2, pytest.approx(0.1))
    assert cell(rows, "finetune", "ar")["seeds"] == 3


def test_two_metrics_are_two_comparisons(tmp_path: Path) -> None:
    names = [
        table(tmp_path / f"{metric}.parquet", {"none": {"ar": none}, "joint": {"ar": joint}}, metric=metric)
        for metric, none, joint in (("f1", (0.1, 0.3), (0.2, 0.4)), ("macro_f1", (0.5, 0.5), (0.6, 0.8)))
    ]
    rows = compare_methods(names).rows
    means = {(row["metric"], row["method"]): row["mean"] for row in rows}
    assert means == {
        ("f1", "finetune"): pytest.approx(0.2), ("f1", "joint(strong)"): pytest.approx(0.3),
        ("macro_f1", "finetune"): 0.5, ("macro_f1", "joint(strong)"): pytest.approx(0.7),
    }  # fmt: skip
    assert len({layout.title for layout in comparison_layouts(rows)}) == 4
