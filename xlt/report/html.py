"""One page of tables and figures that opens without a network: inline style, inline SVG, no script."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from xlt.files.atomic import output_file
from xlt.files.provenance import Input, ancestors, command_line
from xlt.report.layout import Layout

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #111; background: #fff }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem; border-bottom: 1px solid #bbb }
.wide { overflow-x: auto; margin: 1.2rem 0 }
table { border-collapse: collapse; border-top: 2px solid #111; border-bottom: 2px solid #111; font-size: 14px }
caption { text-align: left; font-weight: 600; padding-bottom: .4rem }
th, td { padding: .15rem .7rem; text-align: right; white-space: nowrap }
th[scope=row], .key { text-align: left; font-weight: normal } thead tr:last-child th { border-bottom: 1px solid #111 }
th[colspan] { text-align: center; border-bottom: 1px solid #999 }
td.light { background: #e6e6e6 } td.dark { background: #bfbfbf }
.note { font-size: 13px; color: #333; margin: .2rem 0 }
figure { margin: 1.2rem 0 } svg { max-width: 100%; height: auto }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f4f4; padding: .5rem }
"""


@dataclass(frozen=True)
class Section:
    """A heading, its tables, and its figures: a caption and the SVG of each."""

    heading: str
    tables: list[Layout] = field(default_factory=list)
    figures: list[tuple[str, str]] = field(default_factory=list)


def write_html(
    path: Path, title: str, sections: Sequence[Section], missing: dict[str, str], inputs: Sequence[Input], force: bool
) -> None:
    """Write the page; at its end stand the commands that made the inputs."""
    text = "".join(_page(title, sections, missing, inputs))
    with output_file(path, force) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _page(title: str, sections: Sequence[Section], missing: dict[str, str], inputs: Sequence[Input]) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    # The browser itself keeps the page from reaching out.
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n<ul>\n"
    for i, section in enumerate(sections):
        yield f'<li><a href="#s{i}">{escape(section.heading)}</a></li>\n'
    yield '<li><a href="#provenance">Where the numbers come from</a></li>\n</ul>\n'
    for i, section in enumerate(sections):
        yield f'<section>\n<h2 id="s{i}">{escape(section.heading)}</h2>\n'
        for caption, svg in section.figures:
            label = f'<svg role="img" aria-label="{escape(caption)}"'
            yield f"<figure>\n{svg.replace('<svg', label, 1)}\n<figcaption>{escape(caption)}</figcaption>\n</figure>\n"
        for table in section.tables:
            yield from _table(table)
        yield "</section>\n"
    if missing:
        yield "<section>\n<h2>What is not here</h2>\n<ul>\n"
        yield from (f"<li>{escape(what)}: {escape(why)}</li>\n" for what, why in missing.items())
        yield "</ul>\n</section>\n"
    yield from _provenance(inputs)
    yield "</body>\n</html>\n"


def _table(table: Layout) -> Iterator[str]:
    yield f'<div class="wide">\n<table>\n<caption>{escape(table.title)}</caption>\n<thead>\n'
    lines = table.head_lines()
    for i, heads in enumerate(lines):
        last = i == len(lines) - 1
        yield "<tr>" + "".join(f'<th class="key">{escape(key) if last else ""}</th>' for key in table.keys)
        for text, columns in heads:
            span = "" if last else f' colspan="{columns}"'
            yield f'<th scope="col"{span}>{escape(text)}</th>'
        yield "</tr>\n"
    yield "</thead>\n<tbody>\n"
    for keys, cells in table.lines:
        yield "<tr>" + "".join(f'<th scope="row">{escape(key)}</th>' for key in keys)
        for cell in cells:
            shade = f' class="{cell.shade}"' if cell.shade else ""
            yield f"<td{shade}>{escape(cell.marked)}</td>"
        yield "</tr>\n"
    yield "</tbody>\n</table>\n"
    yield from (f'<p class="note">{escape(note)}</p>\n' for note in table.sentences())
    yield "</div>\n"


def _provenance(inputs: Sequence[Input]) -> Iterator[str]:
    yield '<section>\n<h2 id="provenance">Where the numbers come from</h2>\n'
    yield f"<p>This page:</p>\n<pre>{escape(command_line())}</pre>\n<ul>\n"
    for item in inputs:
        yield f"<li>{escape(item.name)} ({escape(item.role)}, sha256 {(item.sha256 or 'unknown')[:12]}): "
        yield (
            "made by</li>\n"
            if item.record
            else "no record of its making (CSV and JSON lines have no place for one)</li>\n"
        )
        if item.record:
            yield f"<li><pre>{escape(str(item.record.get('command')))}</pre></li>\n"
    earlier = dict.fromkeys(
        str(record.get("command")) for item in inputs for record in ancestors(item.record)[1:] if record.get("command")
    )
    yield "</ul>\n"
    if earlier:
        yield f"<p>Before them:</p>\n<pre>{escape(chr(10).join(earlier))}</pre>\n"
    yield "</section>\n"
