"""One page of tables and figures that opens without a network: all that it needs stands in it."""

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from xlt.files.atomic import output_file
from xlt.files.markup import html_text
from xlt.report.layout import Layout
from xlt.report.paper import sheets

# Columns that a window of 1280 pixels holds at least, and one of 400.
_MANY, _FEW = 14, 3
# Characters of a text that may go on in the next line.
_LONG = 20
PROVENANCE = "Where the numbers come from"


@dataclass(frozen=True)
class Section:
    """A heading, its tables, and its figures: a caption and the SVG of each."""

    heading: str
    tables: list[Layout] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """What stands on a page.

    Attributes:
        title: its heading.
        facts: what its numbers are of: texts by what they tell.
        sections: tables and figures.
        missing: what could not be made, and why.
        words: what the words mean that it uses.
        sources: the tables that it was made from, a line each.
        script: the commands that made it.
    """

    title: str
    facts: Mapping[str, Sequence[str]]
    sections: Sequence[Section]
    missing: Mapping[str, str]
    words: Mapping[str, str]
    sources: Sequence[str]
    script: str


def write_html(path: Path, page: Page, force: bool) -> None:
    """Write a page."""
    with output_file(path, force) as temporary:
        temporary.write_text("".join(_html(page)), encoding="utf-8", newline="\n")


def _html(page: Page) -> Iterator[str]:
    style, script = (
        resources.files("xlt.report").joinpath(name).read_text("utf-8") for name in ("page.css", "page.js")
    )
    # The browser itself keeps the page from reaching out, and from running or showing anything but what stands here.
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{html_text(page.title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    yield f"<header>\n<h1>{html_text(page.title)}</h1>\n"
    headings = [section.heading for section in page.sections]
    ends = ["What is not here"] * bool(page.missing) + ["What the words mean", PROVENANCE]
    yield '<nav aria-label="Contents">\n<ul>\n'
    for i, heading in enumerate([*headings, *ends]):
        yield f'<li><a href="#s{i}">{html_text(heading)}</a></li>\n'
    yield "</ul>\n</nav>\n</header>\n<main>\n"
    yield from _definitions({name: list(texts) for name, texts in page.facts.items()})
    tables = 0
    for i, section in enumerate(page.sections):
        yield f'<section aria-labelledby="s{i}">\n<h2 id="s{i}">{html_text(section.heading)}</h2>\n'
        for caption, svg in section.figures:
            yield f'<figure>\n<div class="box">\n<div class="scroll">\n{svg}\n</div>\n{_HINT}</div>\n'
            yield f"<figcaption>{html_text(caption)}</figcaption>\n</figure>\n"
        for table in section.tables:
            tables += 1
            yield from _table(table, f"t{tables}")
        yield "</section>\n"
    ids = iter(range(len(headings), len(headings) + len(ends)))
    if page.missing:
        yield _opened(next(ids), "What is not here") + "<ul>\n"
        yield from (f"<li>{html_text(what)}: {html_text(why)}</li>\n" for what, why in page.missing.items())
        yield "</ul>\n</section>\n"
    yield _opened(next(ids), "What the words mean")
    yield from _definitions({word: [text] for word, text in page.words.items()})
    yield "</section>\n" + _opened(next(ids), PROVENANCE) + "<ul>\n"
    yield from (f"<li>{html_text(source)}</li>\n" for source in page.sources)
    yield "</ul>\n<p>The commands that made this page, each once, in an order that runs; a script for bash:</p>\n"
    yield '<p><button type="button" class="copy" data-of="script" hidden>Copy</button></p>\n<pre id="script">'
    yield from (html_text(line) + "\n" for line in page.script.splitlines())
    yield f"</pre>\n</section>\n</main>\n<script>{script}</script>\n</body>\n</html>\n"


_HINT = '<p class="hint">There is more than fits here: scroll it sideways →</p>\n'


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _opened(number: int, heading: str) -> str:
    return f'<section aria-labelledby="s{number}">\n<h2 id="s{number}">{heading}</h2>\n'


def _definitions(texts: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield "<dl>\n"
    for name, lines in texts.items():
        items = "".join(f"<li>{html_text(line)}</li>" for line in lines)
        told = html_text(lines[0]) if len(lines) == 1 else f"<ul>{items}</ul>"
        yield f"<dt>{html_text(name)}</dt>\n<dd>{told}</dd>\n"
    yield "</dl>\n"


def _table(table: Layout, name: str) -> Iterator[str]:
    parts = sheets(table)
    count = len(table.keys) + len(table.heads)
    kinds = ["table", *["many"] * (count > _FEW), *["wide"] * (count > _MANY), *["split"] * (len(parts) > 1)]
    yield f'<div class="{" ".join(kinds)}">\n<h3 id="{name}">{html_text(table.title)}</h3>\n{_HINT}'
    # The box can be scrolled by the keys.
    yield f'<div class="scroll screen" role="region" tabindex="0" aria-labelledby="{name}">\n'
    yield from _rows(table, f'aria-labelledby="{name}"', "")
    yield "</div>\n"
    if len(parts) > 1:
        yield '<div class="paper">\n'
        first = 1
        for part in parts:
            last = first + len(part.heads) - 1
            caption = f"<caption>Columns {first} to {last} of {len(table.heads)}</caption>\n"
            yield from _rows(part, f'aria-labelledby="{name}"', caption)
            first = last + 1
        yield "</div>\n"
    yield from (f'<p class="note">{html_text(note)}</p>\n' for note in table.sentences())
    yield "</div>\n"


def _rows(table: Layout, attributes: str, caption: str) -> Iterator[str]:
    yield f"<table {attributes}>\n{caption}<thead>\n"
    levels = table.head_lines()
    for level, heads in enumerate(levels):
        lowest = level == len(levels) - 1
        yield "<tr>"
        if level == 0:
            span = f' rowspan="{len(levels)}"' if len(levels) > 1 else ""
            for k, key in enumerate(table.keys):
                yield f'<th class="key" scope="col"{span} data-column="{k}">{_broken(key)}</th>'
        for i, (text, columns) in enumerate(heads):
            about = (
                f'scope="col" data-column="{len(table.keys) + i}"'
                if lowest
                else f'scope="colgroup" colspan="{columns}"'
            )
            yield f"<th {about}>{_broken(text)}</th>"
        yield "</tr>\n"
    yield "</thead>\n<tbody>\n"
    above: list[str] = []
    for texts, cells in table.lines:
        # Lines may be sorted: each says in full what it is about.
        same = next((k for k, text in enumerate(texts) if text), len(texts)) if above else 0
        texts = [*above[:same], *texts[same:]]
        yield "<tr>" + "".join(_row_head(text, k < same) for k, text in enumerate(texts))
        for cell in cells:
            shade = f' class="{cell.shade}"' if cell.shade else ""
            yield f"<td{shade}>{html_text(cell.marked)}</td>"
        yield "</tr>\n"
        above = texts
    yield "</tbody>\n</table>\n"


def _row_head(text: str, same: bool) -> str:
    kinds = ["same"] * same + ["long"] * (len(text) > _LONG)
    about = f' class="{" ".join(kinds)}"' if kinds else ""
    return f'<th scope="row"{about}>{_broken(text)}</th>'


def _broken(text: str) -> str:
    # Recipes and paths may go on in the next line behind these; so may whatever is longer than any word.
    pieces = [piece[i : i + _LONG] for piece in re.split(r"(?<=[+,(/_])", text) for i in range(0, len(piece), _LONG)]
    return "<wbr>".join(map(html_text, pieces))
