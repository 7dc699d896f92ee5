"""One page of tables and figures that opens without a network: inline style, inline SVG, no script."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from xlt.files.atomic import output_file
from xlt.files.markup import html_text
from xlt.files.provenance import Input, command_line
from xlt.files.script import shell_script
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
    text = "".join(_page(path, title, sections, missing, inputs))
    with output_file(path, force) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def _page(
    path: Path, title: str, sections: Sequence[Section], missing: dict[str, str], inputs: Sequence[Input]
) -> Iterator[str]:
    yield '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    # The browser itself keeps the page from reaching out.
    yield "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{html_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
    yield f"<h1>{html_text(title)}</h1>\n<ul>\n"
    for i, section in enumerate(sections):
        yield f'<li><a href="#s{i}">{html_text(section.heading)}</a></li>\n'
    yield '<li><a href="#provenance">Where the numbers come from</a></li>\n</ul>\n'
    for i, section in enumerate(sections):
        yield f'<section>\n<h2 id="s{i}">{html_text(section.heading)}</h2>\n'
        for caption, svg in section.figures:
            label = f'<svg role="img" aria-label="{html_text(caption)}"'
            yield f"<figure>\n{svg.replace('<svg', label, 1)}\n"
            yield f"<figcaption>{html_text(caption)}</figcaption>\n</figure>\n"
        for table in section.tables:
            yield from _table(table)
        yield "</section>\n"
    if missing:
        yield "<section>\n<h2>What is not here</h2>\n<ul>\n"
        yield from (f"<li>{html_text(what)}: {html_text(why)}</li>\n" for what, why in missing.items())
        yield "</ul>\n</section>\n"
    yield from _provenance(path, inputs)
    yield "</body>\n</html>\n"


def _table(table: Layout) -> Iterator[str]:
    yield f'<div class="wide">\n<table>\n<caption>{html_text(table.title)}</caption>\n<thead>\n'
    lines = table.head_lines()
    for i, heads in enumerate(lines):
        last = i == len(lines) - 1
        yield "<tr>" + "".join(f'<th class="key">{html_text(key) if last else ""}</th>' for key in table.keys)
        for text, columns in heads:
            span = "" if last else f' colspan="{columns}"'
            yield f'<th scope="col"{span}>{html_text(text)}</th>'
        yield "</tr>\n"
    yield "</thead>\n<tbody>\n"
    for keys, cells in table.lines:
        yield "<tr>" + "".join(f'<th scope="row">{html_text(key)}</th>' for key in keys)
        for cell in cells:
            shade = f' class="{cell.shade}"' if cell.shade else ""
            yield f"<td{shade}>{html_text(cell.marked)}</td>"
        yield "</tr>\n"
    yield "</tbody>\n</table>\n"
    yield from (f'<p class="note">{html_text(note)}</p>\n' for note in table.sentences())
    yield "</div>\n"


def _provenance(path: Path, inputs: Sequence[Input]) -> Iterator[str]:
    yield '<section>\n<h2 id="provenance">Where the numbers come from</h2>\n<ul>\n'
    for item in inputs:
        unknown = "" if item.record else "; no record of its making: CSV and JSON lines have no place for one"
        about = f"{item.name} ({item.role}, sha256 {(item.sha256 or 'unknown')[:12]}){unknown}"
        yield f"<li>{html_text(about)}</li>\n"
    yield "</ul>\n<p>The commands that made this page, in an order that runs, to copy into a file for bash:</p>\n"
    script = shell_script(inputs, path.name, command_line())
    yield f"<pre>{''.join(html_text(line) + chr(10) for line in script.splitlines())}</pre>\n</section>\n"
