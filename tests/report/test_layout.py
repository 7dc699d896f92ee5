"""Tables as Markdown and LaTeX; the latter compiles where there is a LaTeX."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.report.test_correlations import EMPTY, ROW
from xlt.errors import XltError
from xlt.report.changes import change_layout
from xlt.report.comparisons import average_layout, comparison_layouts
from xlt.report.correlations import correlation_layouts
from xlt.report.layout import Cell, Footnotes, Layout, latex, markdown, order_of, short_names, thinned, write_layouts

NEAR = "nearer to the baseline's mean than the baseline's standard deviation"
TABLE = Layout(
    "A_title, 95 %",
    ["key"],
    [("weak", "before"), ("weak", "after"), ("strong", "after")],
    [(["[x] & |"], [Cell("1 ± 2"), Cell("3", "light"), Cell("-", "dark")])],
    ["A note"],
)


def test_markdown() -> None:
    assert markdown(TABLE).splitlines() == [
        "**A_title, 95 %**",
        "",
        "| key | weak before | weak after | strong after |",
        "| --- | --: | --: | --: |",
        "| [x] & \\| | 1 ± 2 | 3 ~ | - v |",
        "",
        "A note",
        "",
        f"'~' {NEAR}; 'v' below the baseline by more than that",
    ]  # fmt: skip


def test_latex() -> None:
    lines = latex(TABLE).splitlines()
    assert lines[0] == r"% \usepackage{booktabs,colortbl} in the preamble"
    assert r" & \multicolumn{2}{c}{weak} & \multicolumn{1}{c}{strong} \\" in lines
    assert r"\cmidrule(lr){2-3}\cmidrule(lr){4-4}" in lines
    assert r"key & before & after & after \\" in lines
    assert r"{}[x] \& \textbar{} & 1 $\pm$ 2 & \cellcolor[gray]{0.9}3 & \cellcolor[gray]{0.75}- \\" in lines
    assert r"A\_title, 95 \%. A note. light grey: nearer" in lines[3]


def test_latex_compiles(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex on the PATH: the LaTeX is not compiled")
    write_layouts(tmp_path / "t.tex", [TABLE, TABLE])
    text = r"\documentclass{article}\usepackage{booktabs,colortbl}\begin{document}\input{t}\end{document}"
    (tmp_path / "d.tex").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "d.tex"], cwd=tmp_path,
        capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


def test_small_things() -> None:
    assert thinned([["a", "b"], ["a", "c"], ["d", "c"]]) == [["a", "b"], ["", "c"], ["d", "c"]]
    assert thinned([["a", "b"], ["a", "b"]]) == [["a", "b"], ["", "b"]]
    assert short_names(["x/a", "y/a", "z/b"]) == {"x/a": "x/a", "y/a": "y/a", "z/b": "b"}
    assert sorted([("-1",), (None,), ("-10",), ("x",), (2,)], key=order_of) == [
        (None,),
        ("-10",),
        ("-1",),
        (2,),
        ("x",),
    ]
    notes = Footnotes()
    assert [notes.mark("1", note) for note in ("x", "", "y", "x")] == ["1 (a)", "1", "1 (b)", "1 (a)"]
    assert notes.lines() == ["(a) x", "(b) y"]


def test_correlations_as_in_table_2_and_8() -> None:
    rows = [
        ROW | {"task": task, "depth": depth, "strength": strength, "stage": stage, "direction": direction, "where": "f"}
        for task in ("pos", "ner")
        for depth in (-2, -1)
        for strength in ("strong", "weak")
        for stage in ("after", "before")
        for direction in ("src-tgt", "tgt-src")
    ]
    (two,) = correlation_layouts([row for row in rows if row["direction"] == "src-tgt"])
    assert two.keys == ["task", "depth"]
    assert two.heads == [("weak", "before"), ("weak", "after"), ("strong", "before"), ("strong", "after")]
    assert [keys for keys, _ in two.lines] == [["ner", "-1"], ["", "-2"], ["pos", "-1"], ["", "-2"]]
    assert two.lines[0][1][0].text == "-0.52 [-0.70, -0.25]"
    assert two.title == "Correlation of alignment and transfer: spearman, direction src-tgt, n = 1,600"
    both = correlation_layouts(rows)
    assert [table.title.rpartition("strength ")[2] for table in both] == ["strong, n = 1,600", "weak, n = 1,600"]
    assert both[0].heads[:2] == [("src-tgt", "before"), ("src-tgt", "after")]
    (chosen,) = correlation_layouts([EMPTY | {"where": "f"}, ROW | {"where": "f"}], ["stage"])
    assert chosen.lines[0][1][0].text == "- (a)"
    assert chosen.notes == ["95 % interval in brackets", "(a) ctl is constant"]
    with pytest.raises(XltError, match="--columns: no column 'x'"):
        correlation_layouts(rows, ["x"])
    with pytest.raises(XltError, match="f: two correlations for one cell"):
        correlation_layouts([ROW | {"where": "f"}] * 2)


CHANGE = {
    "task": "pos", "model": "a/m", "recipe": "r", "since": "", "measure": "accuracy", "similarity": "cosine",
    "strength": "strong", "direction": "src-tgt", "depth": -1, "layer": 4, "src_lang": "en", "tgt_lang": "ar",
    "seeds": 3, "change": -0.001, "change_sd": 0.25, "note": "",
}  # fmt: skip


def test_changes() -> None:
    rows = [CHANGE, CHANGE | {"depth": -2, "change": None, "change_sd": None, "note": "before is 0"}]
    table = change_layout([*rows, CHANGE | {"tgt_lang": "fr"}])
    assert table.header == ["depth", "en-ar", "en-fr"]
    assert table.texts() == [["-1", "0.00 ± 0.25", "0.00 ± 0.25"], ["-2", "- (a)", ""]]
    assert table.notes == ["Mean ± standard deviation over 3 seeds", "(a) before is 0"]


COMPARED = {
    "task": "pos", "train_lang": "en", "split": "test", "metric": "accuracy", "model": "a/m", "method": "none",
    "lang": "ar", "seeds": 3, "mean": 0.51, "sd": 0.013, "baseline": "none", "pairs": None, "difference": None,
    "ci_low": None, "ci_high": None, "p": None, "shade": "", "note": "",
}  # fmt: skip
JOINT = COMPARED | {
    "method": "joint",
    "mean": 0.5,
    "pairs": 3,
    "difference": -0.01,
    "ci_low": -0.03,
    "ci_high": 0.01,
    "shade": "light",
}


def test_comparisons() -> None:
    rows = [COMPARED, COMPARED | {"lang": "average"}, JOINT, JOINT | {"lang": "average", "ci_low": None, "note": "n"}]
    means, differences = comparison_layouts(rows)
    assert means.header == ["model", "method", "ar", "average"]
    assert means.texts() == [
        ["m", "none", "51.0 ± 1.3", "51.0 ± 1.3"],
        ["", "joint", "50.0 ± 1.3 ~", "50.0 ± 1.3 (a) ~"],
    ]
    assert differences.texts() == [["m", "joint", "-1.0 [-3.0, +1.0]", "-1.0 (a)"]]
    assert "paired t-test" in differences.notes[0]
    assert average_layout([*rows, *(row | {"task": "ner"} for row in rows)]).header == ["model", "method", "pos", "ner"]
