"""What figures are refused before the work starts, and how they are written."""

import logging
import re
import sys
import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from xlt.errors import MissingExtraError, OutputExistsError, XltError
from xlt.report.drawing import (
    SMALL,
    check_plot,
    finish,
    inline_svg,
    legend_below,
    new_figure,
    save,
    style,
    text_width,
    words,
)  # fmt: skip


@pytest.mark.parametrize("name", ["x.jpg", "x", "svg", "x.SVG.txt"])
def test_an_unknown_suffix(name: str) -> None:
    with pytest.raises(XltError, match=r"plot .*one of \.svg, \.pdf, \.png"):
        check_plot(Path(name))


def test_without_matplotlib_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        MissingExtraError,
        match=r"needs the package matplotlib: pip install 'xlt\[plot\]', or in a clone pip install -e '\.\[plot\]'",
    ):
        check_plot(Path("x.svg"))


def test_what_can_be_drawn() -> None:
    pytest.importorskip("matplotlib")
    for suffix in ("svg", "pdf", "png"):
        check_plot(Path(f"x.{suffix}"))


def figure(title: str = "cost in $ and $") -> Any:
    pytest.importorskip("matplotlib")
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(2, 2))
    drawn.subplots().set_title(title)
    return drawn


def test_the_same_numbers_are_the_same_bytes(tmp_path: Path) -> None:
    for suffix in ("svg", "pdf", "png"):
        for name in ("a", "b"):
            save(figure(), tmp_path / f"{name}.{suffix}", force=False)
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
    with pytest.raises(OutputExistsError):
        save(figure(), tmp_path / "a.svg", force=False)
    save(figure(), tmp_path / "a.svg", force=True)


def test_figures_of_one_page_share_no_name() -> None:
    one, other = (inline_svg(figure(), prefix) for prefix in ("f1", "f2"))
    assert one.startswith("<svg")
    assert "<metadata>" not in one
    # A dollar begins no formula.
    assert "cost in $ and $" in one
    names = [set(re.findall(r'\bid="([^"]+)"', text)) for text in (one, other)]
    assert names[0]
    assert not names[0] & names[1]
    assert set(re.findall(r'(?:url\(#|href="#)([^")]+)', one)) <= names[0]


HOSTILE = "a\x1b[31m\x00\u202e<b>&\ud800\ufffe\U0001f600 $x_1$ \\nothing #%{}~^"


@pytest.mark.parametrize("suffix", ["svg", "pdf", "png"])
def test_no_name_breaks_a_file(tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("matplotlib")
    with style():
        drawn = new_figure(2, 2, HOSTILE)
        drawn.subplots().set_title(HOSTILE)
        finish(drawn)
    save(drawn, tmp_path / f"x.{suffix}", force=False)
    if suffix == "svg":
        root = ElementTree.parse(tmp_path / "x.svg").getroot()
        texts = [node.text for node in root.iter("{http://www.w3.org/2000/svg}text")]
        assert any(text and text.startswith(r"a\x1b[31m\x00\u202e<b>&\ud800") for text in texts)
        # What a reader is told who cannot see it.
        first = root[0]
        assert first.tag == "{http://www.w3.org/2000/svg}title"
        assert first.text is not None
        assert first.text.startswith(r"a\x1b[31m")


def test_letters_are_letters(tmp_path: Path) -> None:
    for suffix in ("svg", "pdf"):
        save(figure("searched"), tmp_path / f"x.{suffix}", force=False)
    svg = (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert ">searched</text>" in svg
    # Whoever reads it without the first font has others like it.
    assert re.search(r"font-family: 'DejaVu Sans', .*Arial.*, sans-serif", svg)
    pdf = (tmp_path / "x.pdf").read_bytes()
    assert b"/Type3" not in pdf
    assert b"/Subtype /CIDFontType2" in pdf or b"/Subtype /TrueType" in pdf
    # And it is in the file.
    assert b"/FontFile2" in pdf


def test_letters_that_no_font_has_are_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    pytest.importorskip("matplotlib")
    # Of no script: no font has them but those that draw boxes.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with style():
            drawn = new_figure(2, 2, "")
            drawn.subplots().set(title="\U000e1234", xlabel="\U000e1234\U000e1235")
            finish(drawn)
        save(drawn, tmp_path / "x.png", force=False)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "no font of this machine has the letters \U000e1234, \U000e1235, which the figure shows" in caplog.text


def test_whatever_the_caller_draws_with(tmp_path: Path) -> None:
    matplotlib = pytest.importorskip("matplotlib")
    save(figure(), tmp_path / "a.svg", force=False)
    with matplotlib.rc_context({"svg.fonttype": "path", "font.family": "serif", "svg.hashsalt": None}):
        with style():
            drawn = figure()
        save(drawn, tmp_path / "b.svg", force=False)
        assert matplotlib.rcParams["svg.fonttype"] == "path"
    assert "<text" in (tmp_path / "b.svg").read_text(encoding="utf-8")


def test_a_legend_has_as_many_columns_as_there_is_room_for() -> None:
    pytest.importorskip("matplotlib")
    from matplotlib.lines import Line2D

    def legend(names: list[str]) -> Any:
        with style():
            drawn = new_figure(3.3, 2, "")
            drawn.subplots()
            legend_below(drawn, [Line2D([], [], color=str(i / len(names))) for i in range(len(names))], names, 3.3)
            drawn.draw_without_rendering()
            box = drawn.legends[0].get_window_extent()
            assert box.x0 >= 0
            assert box.x1 <= drawn.bbox.x1
        return drawn.legends[0]

    assert legend(["a", "b", "_c"])._ncols == 3
    assert [text.get_text() for text in legend(["a", "_c"]).get_texts()] == ["a", " _c"]
    recipe = "realign(contrastive,strong,dict,temperature=0.05)+finetune"
    long = legend([recipe, "b"])
    assert long._ncols == 1
    assert long.get_texts()[0].get_text().replace("\n", "") == recipe
    # Without a place to break it loses its middle.
    (text,) = (text.get_text() for text in legend(["x" * 300]).get_texts())
    assert re.fullmatch("x+…x+", text)


def test_widths_are_those_that_are_drawn() -> None:
    pytest.importorskip("matplotlib")
    with style():
        drawn = new_figure(3, 2, "")
        for text in ("en→xx", "realign(l2)+finetune", "WWW", "iii"):
            label = drawn.text(0, 0, text, fontsize=SMALL)
            drawn.draw_without_rendering()
            width = label.get_window_extent().width / drawn.dpi
            assert text_width(text) == pytest.approx(width, rel=0.12)


def test_a_name_of_megabytes_is_cut() -> None:
    assert words(" a  b\n") == "a b"
    assert words("x" * 300) == "x" * 300
    assert words("x" * 70_000) == "x" * 299 + "…"
