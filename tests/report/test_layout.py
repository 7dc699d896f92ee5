"""Tables as Markdown and LaTeX; the latter compiles where there is a LaTeX."""

import re
import shutil
import subprocess
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlt.errors import OptionError
from xlt.report.layout import (
    Cell,
    Footnotes,
    Layout,
    captioned,
    latex,
    markdown,
    order_of,
    short_names,
    thinned,
    write_layouts,
)  # fmt: skip

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
    lines = latex(TABLE, "tab:a").splitlines()
    assert lines[0] == r"% \usepackage{booktabs,colortbl} in the preamble"
    assert r" & \multicolumn{2}{c}{weak} & \multicolumn{1}{c}{strong} \\" in lines
    assert r"\cmidrule(lr){2-3}\cmidrule(lr){4-4}" in lines
    assert r"key & before & after & after \\" in lines
    assert r"{}[x] \& \textbar{} & 1 $\pm$ 2 & \cellcolor[gray]{0.9}3 & \cellcolor[gray]{0.75}-- \\" in lines
    assert r"A\_title, 95 \%. A note. light grey: nearer" in lines[3]
    assert lines[4] == r"\label{tab:a}"


def test_negative_numbers_have_a_minus_sign() -> None:
    cells = [Cell("-0.12 ± 0.03"), Cell("-0.5 [-0.9, 0.1]"), Cell("0.1 (a)")]
    table = Layout("depth -1, bert-4x256", ["depth"], [("en-fr",), ("-1",), ("b",)], [(["-2"], cells)])
    text = latex(table, "tab:a")
    assert r"$-$2 & $-$0.12 $\pm$ 0.03 & $-$0.5 [$-$0.9, 0.1] & 0.1 (a) \\" in text
    # Names keep their hyphens.
    assert r"depth & en-fr & $-$1 & b" in text
    assert r"\caption{depth $-$1, bert-4x256.}" in text


def test_labels_and_captions_of_ones_own(tmp_path: Path) -> None:
    write_layouts(tmp_path / "my table_1.tex", [TABLE, TABLE])
    text = (tmp_path / "my table_1.tex").read_text(encoding="utf-8")
    assert re.findall(r"\\label\{(.*)\}", text) == ["tab:my-table-1", "tab:my-table-1-2"]
    write_layouts(tmp_path / "b.tex", captioned([TABLE, TABLE], [r"All of $x_1$ & \more."]), label="t:x")
    text = (tmp_path / "b.tex").read_text(encoding="utf-8")
    assert re.findall(r"\\label\{(.*)\}", text) == ["t:x", "t:x-2"]
    captions = re.findall(r"\\caption\{(.*)\}", text)
    assert captions[0].startswith(r"All of \$x\_1\$ \& \textbackslash{}more. A note. light grey")
    assert captions[1].startswith(r"A\_title")
    with pytest.raises(OptionError, match=r"captions c: a caption more than there are tables .2."):
        captioned([TABLE, TABLE], ["a", "b", "c"])


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


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.integers(1, 4).flatmap(lambda n: st.lists(st.tuples(*[st.sampled_from(["", "a", "b", "c&"])] * n))))
def test_filled_from_above_thinned_keys_are_whole_again(lines: list[tuple[str, ...]]) -> None:
    above: list[str] = []
    for line, told in zip(lines, thinned(lines), strict=True):
        # The last key is never left out.
        filled = [text or before for text, before in zip(told[:-1], above or told, strict=False)]
        assert ["" if text == "-" else text for text in filled] + told[-1:] == list(line)
        above = filled


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=4), st.lists(TEXTS, min_size=4, max_size=4))
def test_a_line_of_latex_has_a_cell_for_each_column(heads: list[tuple[str, str]], texts: list[str]) -> None:
    cells = [Cell(text, "light") for text in texts][: len(heads)] + [Cell("")] * (len(heads) - len(texts))
    table = Layout(texts[0], texts[:2], heads, [(texts[2:], cells)] * 2, texts)
    lines = latex(table, "tab:a").splitlines()
    inside = lines[lines.index("\\toprule") + 1 : lines.index("\\bottomrule")]
    rows = [line for line in inside if line.endswith(r" \\")]
    assert len(rows) == 4
    for row in rows:
        spans = [int(n) for n in re.findall(r"(?<!\\textbackslash\{\})\\multicolumn\{(\d+)\}", row)]
        assert len(re.findall(r"(?<!\\)&", row)) + sum(spans) - len(spans) == 2 + len(heads) - 1
    marked = [line for line in markdown(table).splitlines() if line.startswith("| ")]
    assert {len(re.findall(r"(?<!\\)\|", line)) for line in marked[1:2]} == {2 + len(heads) + 1}


def test_letters_never_run_out() -> None:
    notes = Footnotes()
    letters = [notes.mark("", f"note {n}") for n in range(2000)]
    assert len(set(letters)) == 2000
    assert all(re.fullmatch(r"\([a-z]{1,3}\)", letter) for letter in letters)
    assert [letters[n] for n in (0, 25, 26, 701, 702)] == ["(a)", "(z)", "(aa)", "(zz)", "(aaa)"]


VALUES = st.one_of(st.none(), st.integers(), st.floats(), st.sampled_from(["nan", "inf", "1", "1.0", "01"]), st.text())


@given(st.lists(st.tuples(VALUES, VALUES)), st.randoms())
def test_the_order_is_not_that_of_the_input(rows: list[tuple[object, object]], random: Random) -> None:
    other = list(rows)
    random.shuffle(other)
    first, second = ([list(map(str, row)) for row in sorted(found, key=order_of)] for found in (rows, other))
    assert first == second


def test_min_nan_is_a_language() -> None:
    assert sorted(["zh", "nan", "inf", "fr"], key=lambda lang: order_of([lang])) == ["fr", "inf", "nan", "zh"]
    assert thinned([["a", "p", "x"], ["b", "", "x"]]) == [["a", "p", "x"], ["b", "-", "x"]]
