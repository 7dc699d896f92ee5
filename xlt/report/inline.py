"""A figure as an element of a page: in the page's colours, its marks in words, without a style of its own."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from xlt.files.markup import visible
from xlt.report.drawing import inline_svg
from xlt.report.marks import told

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Figures have the sizes of a printed page; a screen is read from farther off.
_LARGER = 1.25
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_TAG = f"{{{_SVG}}}"
_FONT = re.compile(r"(?P<how>.*?)(?P<size>[\d.]+px)\s+(?P<family>.+)")
_WEIGHTS = {"bold", "bolder", "lighter", *(str(w) for w in range(100, 1000, 100))}
# Greys up to these, of 255, are drawn as the text of the page, its quieter text, its lines, its paper.
_GREYS = ((0x30, "currentColor"), (0x90, "var(--soft)"), (0xF0, "var(--faint)"), (0xFF, "var(--paper)"))


def inline_figure(figure: "Figure", prefix: str, label: str) -> str:
    """A figure as an SVG element.

    Black, white and greys follow the colours of the page; what is said of marks (:func:`xlt.report.marks.tell`) stands
    in titles. There is no style attribute, which a strict content security policy would forbid.

    Args:
        figure: is drawn.
        prefix: keeps its names apart from those of other figures of the page.
        label: what it shows, for those who cannot see it.
    """
    marks = told(figure)
    for i, (artist, _) in enumerate(marks):
        artist.set_gid(f"told{i}")
    ElementTree.register_namespace("", _SVG)
    ElementTree.register_namespace("xlink", _XLINK)
    svg = ElementTree.fromstring("\n".join(map(visible, inline_svg(figure, prefix).split("\n"))))
    for parent in list(svg.iter()):
        for child in list(parent):
            if child.tag in (f"{_TAG}style", f"{_TAG}title", f"{_TAG}metadata"):
                parent.remove(child)
    for element in svg.iter():
        _without_style(element)
    for group in svg.iter(f"{_TAG}g"):
        name = group.get("id", "").removeprefix(f"{prefix}-told")
        if name.isdigit():
            _say(group, marks[int(name)][1])
    for name in ("width", "height"):
        svg.set(name, f"{_LARGER * float(svg.attrib[name].removesuffix('pt')):g}pt")
    svg.set("role", "group" if marks else "img")
    svg.set("aria-label", visible(label))
    if marks:
        svg.set("tabindex", "0")
    return ElementTree.tostring(svg, encoding="unicode")


def _say(group: ElementTree.Element, words: Sequence[str]) -> None:
    # A mark that is filled by half is drawn in two parts. A bar is a path.
    marks = list(group.iter(f"{_TAG}use")) or [path for path in group if path.tag == f"{_TAG}path"]
    if len(marks) % len(words):
        return
    for i, mark in enumerate(marks):
        mark.set("class", "told")
        title = ElementTree.SubElement(mark, f"{_TAG}title")
        title.text = "\n".join(map(visible, words[i % len(words)].split("\n")))


def _without_style(element: ElementTree.Element) -> None:
    style = element.attrib.pop("style", "")
    for declaration in filter(None, (part.strip() for part in style.split(";"))):
        name, _, value = (part.strip() for part in declaration.partition(":"))
        if name == "font":
            _set_font(element, value)
        else:
            element.set(name, value)
    for name in ("fill", "stroke", "stop-color"):
        if name in element.attrib:
            element.set(name, _of_page(element.attrib[name]))


def _set_font(element: ElementTree.Element, value: str) -> None:
    match = _FONT.fullmatch(value)
    if match is None:
        return
    element.set("font-size", match["size"])
    element.set("font-family", match["family"])
    for word in match["how"].split():
        element.set("font-weight" if word in _WEIGHTS else "font-style", word)


def _of_page(colour: str) -> str:
    match = re.fullmatch(r"#([0-9a-f]{2})\1\1", colour)
    if match is None:
        return colour
    return next(name for most, name in _GREYS if int(match[1], 16) <= most)
