"""Whether a page is HTML as it should be: what a validator would look at, and what a strict policy asks for."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

_VOID = {"meta", "br", "wbr"}


class Document(HTMLParser):
    """Elements in order, with their attributes and the text in each; elements that are closed in another order fail."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self._open: list[int] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), (tag, names)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self.texts.append("")
        if tag not in _VOID:
            self._open.append(len(self.elements) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for i in self._open:
            self.texts[i] += data

    def all(self, tag: str) -> list[tuple[dict[str, str], str]]:
        """The elements of a kind: attributes and text."""
        return [(about, text) for (name, about), text in zip(self.elements, self.texts, strict=True) if name == tag]


def check_page(text: str) -> Document:
    """The page, if it is as it should be."""
    assert text.startswith("<!DOCTYPE html>\n")
    page = Document(text)
    assert [about.get("lang") for about, _ in page.all("html")] == ["en"]
    (title,) = [text for about, text in page.all("title")][:1]
    assert title.strip()
    ids = [about["id"] for _, about in page.elements if "id" in about]
    assert len(ids) == len(set(ids))
    for tag, about in page.elements:
        # The policy lets no attribute have a style or a script of its own, and nothing comes from elsewhere.
        assert not any(name == "style" or name.startswith("on") or name == "src" for name in about), (tag, about)
        for name in ("href", "xlink:href"):
            assert about.get(name, "#")[0] == "#"
            assert name not in about or about[name][1:] in ids
        for name in ("aria-labelledby", "data-of"):
            assert name not in about or about[name] in ids
        assert tag != "th" or about["scope"] in ("col", "colgroup", "row")
        assert tag != "svg" or (about["aria-label"] and about["role"] in ("img", "group"))
        assert tag != "svg" or {"width", "height", "viewbox"} <= set(about)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))
    _check_policy(page)
    _check_tables(text)
    return page


def _check_policy(page: Document) -> None:
    (policy,) = [about["content"] for about, _ in page.all("meta") if "http-equiv" in about]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        (content,) = [text for _, text in page.all(tag)]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert sum(len(text.encode()) for _, text in page.all("script")) <= 20_000


def _check_tables(text: str) -> None:
    # As many cells in each line as the head has columns.
    for table in re.findall(r"<table.*?</table>", text, flags=re.DOTALL):
        head, body = table.split("<tbody>")
        lines = head.split("<tr>")[1:]
        spans = [sum(int(n) for n in re.findall(r'colspan="(\d+)"', line)) for line in lines]
        columns = len(re.findall(r'scope="col"', head))
        keys = len(re.findall(r'class="key"', head))
        assert all(span in (0, columns - keys) for span in spans)
        for line in body.split("<tr>")[1:]:
            assert len(re.findall(r"<t[hd][ >]", line)) == columns
