"""Methods as bars: panels, lines of languages, error bars, and looks that are told apart."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.report.test_comparisons import COMPARED, JOINT
from xlt.report.bars import bars_figure, look
from xlt.report.drawing import inline_svg
from xlt.report.marks import told
from xlt.report.names import Names

pytest.importorskip("matplotlib")


@given(st.integers(0, 49))
def test_looks_of_methods(methods: int) -> None:
    assert len({look(i) for i in range(methods)}) == methods


def test_what_stands_there() -> None:
    rows = [JOINT, JOINT | {"lang": "fr", "mean": None}, COMPARED, COMPARED | {"lang": "fr", "mean": 0.7, "sd": None}]
    (axes,) = (figure := bars_figure(rows)).axes
    assert axes.get_title() == "pos: m, test set, trained on en"
    assert axes.get_ylabel() == "accuracy in percent"
    assert [text.get_text() for text in axes.get_xticklabels()] == ["ar", "fr"]
    # The baseline first; what has no number has no bar.
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["none", "joint"]
    heights = [[bar.get_height() for bar in bars.patches] for bars in bars_of(axes)]
    assert heights == [pytest.approx([51, 70]), pytest.approx([50])]
    ends = [[end for _, end in line.get_segments()[0]] for line in errors_of(axes)]
    assert ends == [pytest.approx([49.7, 52.3]), pytest.approx([48.7, 51.3])]
    # Of one seed there is no deviation, which is not one of nothing: no caps.
    caps = bars_of(axes)[0].errorbar.lines[1]
    assert [[math.isnan(end) for end in cap.get_ydata()] for cap in caps] == [[False, True]] * 2


def test_bars_say_what_they_are() -> None:
    rows = [COMPARED | {"seeds": 3}, JOINT | {"sd": None, "seeds": 1}, JOINT | {"lang": "fr", "mean": None}]
    words = [words for _, words in told(bars_figure(rows, Names({"joint": "Joint"})))]
    assert sorted(words) == [["ar, Joint\n50.0, 1 seed"], ["ar, none\n51.0 ± 1.3, 3 seeds"]]


def bars_of(axes: Any) -> list[Any]:
    return [found for found in axes.containers if hasattr(found, "patches")]


def errors_of(axes: Any) -> list[Any]:
    return [bars.errorbar.lines[2][0] for bars in bars_of(axes)]


def test_thirteen_methods_look_unlike() -> None:
    rows = [COMPARED, *(JOINT | {"method": f"method {i}"} for i in range(12))]
    (axes,) = (figure := bars_figure(rows)).axes
    looks = {(bars.patches[0].get_facecolor(), bars.patches[0].get_hatch()) for bars in bars_of(axes)}
    assert len(looks) == 13
    shown = figure.legends[0].get_patches()
    assert len({(patch.get_facecolor(), patch.get_hatch()) for patch in shown}) == 13


@pytest.mark.parametrize(("langs", "lines"), [(1, [1]), (14, [14]), (15, [8, 7]), (30, [10, 10, 10])])
def test_many_languages_go_on_in_a_line_below(langs: int, lines: list[int]) -> None:
    rows = [COMPARED | {"lang": f"l{i}"} for i in range(langs)]
    figure = bars_figure(rows)
    found = [[text.get_text() for text in axes.get_xticklabels()] for axes in figure.axes]
    assert [len(names) for names in found] == lines
    assert [name for names in found for name in names] == [f"l{i}" for i in range(langs)]
    # Bars are as wide in the last line as in the first.
    assert len({axes.get_xlim() for axes in figure.axes}) == 1


def test_panels_and_too_many_of_them(caplog: pytest.LogCaptureFixture) -> None:
    rows = [COMPARED | {"model": f"a/m{i}", "task": task} for task in ("pos", "ner") for i in range(7)]
    figure = bars_figure(rows)
    assert [axes.get_title()[:7] for axes in figure.axes][5:9] == ["pos: m5", "pos: m6", "ner: m0", "ner: m1"]
    assert len(figure.axes) == 12
    assert "the figure shows the first 12 of 14 models and tasks" in caplog.text


def test_names_are_printed_as_they_are() -> None:
    rows = [COMPARED, JOINT | {"method": r"$\nothing$ <script>alert(1)</script>"}]
    svg = inline_svg(bars_figure(rows), "f1")
    assert r"$\nothing$ &lt;script&gt;" in svg
    assert "<script" not in svg
