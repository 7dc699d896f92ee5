"""The page: whatever names hold, it is text there; it is whole, and needs nothing from elsewhere."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.report.valid import Document, check_page
from xlt.files.markup import visible
from xlt.report.html import Page, Section, write_html
from xlt.report.layout import Cell, Layout

EVIL = [
    "<script>alert(1)</script>",
    "</td>",
    "\"><img src=x onerror='y'>",
    "&lt;",
    "<!--",
    "a & b",
    "</style>",
    "\x1b[1m",
]
TEXTS = st.one_of(st.sampled_from(EVIL), st.text(min_size=1, max_size=9))
SVG = '<svg role="img" aria-label="x" width="1" height="1" viewBox="0 0 1 1"></svg>'
PLAIN = ["T", "heading", "caption", "key", "head", "cell", "note", "source", "xlt x"]


def table(*lines: tuple[list[str], list[str]], heads: int = 2) -> Layout:
    keys = [f"k{i}" for i in range(len(lines[0][0]))]
    columns = [(f"h{i}",) for i in range(heads)]
    return Layout("title", keys, columns, [(head, [Cell(cell) for cell in cells]) for head, cells in lines])


def written(folder: Path, texts: list[str], *tables: Layout) -> tuple[str, Document]:
    title, heading, caption, key, head, cell, note, source, command = texts
    own = Layout(title, [key], [(head, head), (head, cell)], [([key], [Cell(cell, "dark"), Cell(cell)])], [note])
    page = Page(
        title=title,
        facts={head: [note], "many": [note, cell]},
        sections=[Section(heading, [own, *tables], [(caption, SVG)])],
        missing={key: note},
        words={head: note},
        sources=[source],
        script=f"{command}\nend",
    )
    path = folder / "page.html"
    write_html(path, page, True)
    text = path.read_bytes().decode("utf-8")
    return text, check_page(text)


def shape(page: Document) -> list[tuple[str, set[str]]]:
    return [(tag, set(about) - {"class"}) for tag, about in page.elements if tag != "wbr"]


def test_what_is_no_module_is_found_in_the_package_and_goes_into_the_wheel() -> None:
    package = ROOT / "xlt"
    data = sorted(p for p in package.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc"))
    assert [p.name for p in data] == ["py.typed", "page.css", "page.js"]
    for path in data:
        held = resources.files(".".join(path.parent.relative_to(ROOT).parts)).joinpath(path.name)
        assert held.read_bytes() == path.read_bytes()
    # The wheel takes all files of the package, unless it is told of others, or of kinds.
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]
    assert told["targets"]["wheel"].keys() == {"packages", "force-include"}
    assert told["targets"]["wheel"]["packages"] == ["xlt"]
    assert told.keys() == {"targets"}


@given(st.lists(TEXTS, min_size=9, max_size=9))
@settings(max_examples=60, deadline=None)
def test_names_are_text(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.getbasetemp()
    _, plain = written(folder, PLAIN)
    # A title of blanks alone is none.
    texts[0] = f"t{texts[0]}"
    _, page = written(folder, texts)
    # The same elements and attributes as from harmless names, but for where lines may end: none was smuggled in, none
    # closed too early.
    assert shape(page) == shape(plain)
    assert page.all("h1")[0][1] == visible(texts[0])
    assert page.all("td")[0][1] == visible(texts[5]) + " v"
    assert page.all("figcaption")[0][1] == visible(texts[2])


def test_what_stands_there(tmp_path: Path) -> None:
    _, page = written(tmp_path, PLAIN)
    assert [text for _, text in page.all("h2")] == [
        "heading", "What is not here", "What the words mean", "Where the numbers come from",
    ]  # fmt: skip
    assert [text for _, text in page.all("dt")] == ["head", "many", "head"]
    assert page.all("pre")[0][1] == "xlt x\nend\n"
    assert "key: note" in [text for _, text in page.all("li")]
    heads = [(text, about["scope"], about.get("rowspan"), about.get("colspan")) for about, text in page.all("th")]
    assert heads == [
        ("key", "col", "2", None), ("head", "colgroup", None, "2"), ("head", "col", None, None),
        ("cell", "col", None, None), ("key", "row", None, None),
    ]  # fmt: skip


def test_lines_that_may_be_sorted_say_in_full_what_they_are_about(tmp_path: Path) -> None:
    thin = table(
        (["a", "x", "1"], ["1", "2"]),
        (["", "y", ""], ["3", "4"]),
        (["", "", "2"], ["5", "6"]),
        (["b", "-", ""], ["", ""]),
    )
    _, page = written(tmp_path, PLAIN, thin)
    rows = [(text, about.get("class", "")) for about, text in page.all("th") if about["scope"] == "row"][1:]
    assert [text for text, _ in rows] == ["a", "x", "1", "a", "y", "", "a", "y", "2", "b", "-", ""]
    assert [i for i, (_, kind) in enumerate(rows) if kind == "same"] == [3, 6, 7]


def test_long_words_may_break(tmp_path: Path) -> None:
    recipe = "realign(contrastive,strong)+finetune(pos)"
    text, page = written(tmp_path, PLAIN, table(([recipe, "<" * 50], ["1", "2"])))
    assert "realign(<wbr>contrastive,<wbr>strong)+<wbr>finetune(<wbr>pos)" in text
    # Never inside of what stands for one character.
    assert "&lt;" * 20 + "<wbr>" + "&lt;" * 20 + "<wbr>" + "&lt;" * 10 in text
    assert (page.all("th")[-2][0]["class"], page.all("th")[-2][1]) == ("long", recipe)


def test_wide_tables_stand_once_more_for_paper(tmp_path: Path) -> None:
    wide = table((["m"], [f"{i}.0 ± 1.0" for i in range(40)]), heads=40)
    text, page = written(tmp_path, PLAIN, wide)
    kinds = [about["class"] for about, _ in page.all("div") if about["class"].startswith("table")]
    assert kinds == ["table", "table many wide split"]
    captions = [text.strip() for _, text in page.all("caption")]
    assert captions[0].startswith("Columns 1 to ")
    assert captions[-1].endswith(" to 40 of 40")
    paper = text[text.index('<div class="paper">') :]
    assert re.findall(r"<td>(\d+)\.0 ± 1\.0</td>", paper) == [str(i) for i in range(40)]
