"""The page: whatever names hold, it is text there."""

from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlt.files.markup import visible
from xlt.files.provenance import Input
from xlt.report.html import Section, write_html
from xlt.report.layout import Cell, Layout

EVIL = ["<script>alert(1)</script>", "</td>", "\"><img src=x onerror='y'>", "&lt;", "<!--", "a & b"]
TEXTS = st.one_of(st.sampled_from(EVIL), st.text(st.characters(exclude_categories=["Cs"]), max_size=9))


class Parsed(HTMLParser):
    """Elements in order, attributes of all, and the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.values: list[str | None] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}
        self.values += [value for _, value in attrs]
        self.texts.setdefault(tag, []).append("")

    def handle_data(self, data: str) -> None:
        if self.tags:
            self.texts[self.tags[-1]][-1] += data


def written(folder: Path, texts: list[str]) -> tuple[str, Parsed]:
    title, heading, caption, key, head, cell, note, missing, command = texts
    table = Layout(title, [key], [(head, head)], [([key], [Cell(cell, "dark")])], [note])
    section = Section(heading, [table], [(caption, "<svg></svg>")])
    inputs = [Input("scores", key, None, {"command": command}), Input("results", head)]
    path = folder / "page.html"
    write_html(path, title, [section], {missing: note}, inputs, True)
    text = path.read_bytes().decode("utf-8")
    return text, Parsed(text)


PLAIN = ["T", "heading", "caption", "key", "head", "cell", "note", "missing", "xlt x"]


@given(st.lists(TEXTS, min_size=9, max_size=9))
@settings(max_examples=60)
def test_names_are_text(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.getbasetemp()
    _, plain = written(folder, PLAIN)
    text, found = written(folder, texts)
    # The same elements and attributes as from harmless names: none was smuggled in, none closed too early.
    assert found.tags == plain.tags
    assert found.names == plain.names
    assert "<script" not in text
    assert found.texts["h1"][0].rstrip("\n") == visible(texts[0])
    assert found.texts["td"][0].rstrip("\n") == visible(texts[5]) + " v"
    assert visible(texts[2]) in found.values


def test_what_stands_there(tmp_path: Path) -> None:
    text, found = written(tmp_path, PLAIN)
    assert found.tags.count("table") == 1
    assert [head.strip() for head in found.texts["th"]] == ["", "head", "key", "head", "key"]
    assert found.texts["caption"] == ["T\n"]
    assert "default-src 'none'" in text
    items = [item.strip() for item in found.texts["li"]]
    assert "missing: note" in items
    assert "key (scores, sha256 unknown)" in items
    assert any(item.startswith("head (results, sha256 unknown); no record of its making") for item in items)
    lines = found.texts["pre"][0].splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "xlt x" in lines
