"""A figure as an element of a page: its marks in words, the page's colours, no style of its own."""

import re
from xml.etree import ElementTree

import pytest

from xlt.report.inline import inline_figure
from xlt.report.marks import tell

figure = pytest.importorskip("matplotlib.figure")
SVG = "{http://www.w3.org/2000/svg}"


def drawn() -> str:
    drawing = figure.Figure(figsize=(3, 2))
    axes = drawing.subplots()
    (line,) = axes.plot([1, 2], [3, 4], "o", fillstyle="left", markerfacecoloralt="white", color="#0072B2")
    axes.plot([1, 2], [3, 4], color="0.25")
    bars = axes.bar([1, 2], [1, 1], hatch="//", edgecolor="white", color="black")
    axes.set_title("bold <b>", fontweight="bold")
    tell(line, ["first\n<1>", "second\x1b"])
    tell(bars[1], ["a bar"])
    return inline_figure(drawing, "f7", 'A "label"\n')


def titles(svg: ElementTree.Element) -> list[tuple[str, str | None]]:
    return [(mark.tag.removeprefix(SVG), title.text) for mark in svg.iter() for title in mark.findall(f"{SVG}title")]


def test_marks_say_what_they_are() -> None:
    svg = ElementTree.fromstring(drawn())
    # A mark that is filled by half is two elements.
    points = [("use", "first\n<1>"), ("use", "second\\x1b")] * 2
    assert sorted(titles(svg), key=str) == sorted([*points, ("path", "a bar")], key=str)
    assert {mark.get("class") for mark in svg.iter() if mark.find(f"{SVG}title") is not None} == {"told"}
    assert (svg.get("role"), svg.get("tabindex"), svg.get("aria-label")) == ("group", "0", 'A "label"\\n')


def test_a_figure_of_which_nothing_is_said_is_a_picture() -> None:
    svg = ElementTree.fromstring(inline_figure(figure.Figure(figsize=(1, 1)), "f1", "x"))
    assert (svg.get("role"), svg.get("tabindex"), titles(svg)) == ("img", None, [])


def test_colours_are_the_pages_and_no_style_is_its_own() -> None:
    text = drawn()
    assert "style" not in text
    assert "metadata" not in text
    colours = set(re.findall(r'(?:fill|stroke)="([^"]*)"', text))
    assert not colours & {"#000000", "#ffffff", "#404040", "black", "white"}
    assert {"currentColor", "var(--paper)", "var(--soft)", "#0072b2", "none"} <= colours
    weights = re.findall(r'<text [^>]*font-weight="(\w+)"', text)
    assert weights == ["700"] or weights == ["bold"]
    assert re.search(r'<text [^>]*font-size="[\d.]+px"', text)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert all(name.startswith("f7-") for name in ids)
    assert len(ids) == len(set(ids))


def test_what_is_said_of_more_marks_than_there_are_is_left_out() -> None:
    drawing = figure.Figure(figsize=(1, 1))
    (line,) = drawing.subplots().plot([1, 2, float("nan")], [3, 4, 5], "o")
    tell(line, ["a", "b", "c"])
    assert titles(ElementTree.fromstring(inline_figure(drawing, "f1", "x"))) == []
