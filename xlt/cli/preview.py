"""The first rows of a file as a table that fits a terminal: what is missing is told, with the command that shows it."""

import re
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from xlt.cli.tables import NARROW, cell_width
from xlt.files.text_table import TextTable

if TYPE_CHECKING:
    from xlt.files.show import Description

_HASH = re.compile("[0-9a-f]{32,}")
_HASH_DIGITS = 12
# Of a sentence the first characters say which it is: at most and at least so many.
_LONGEST, _SHORTEST = 60, 20
_SENTENCES = ("first", "second")
_NOTE = "note"

Columns = dict[str, list[str]]


def preview(file: str, description: "Description", width: int | None, *, whole: bool = False) -> TextTable:
    """The first rows as people read them.

    What is the same in all of them stands above, notes stand below, names stand before numbers. Where there is a width,
    hashes and sentences are shortened and columns left out until the table fits: minor ones first, numbers with
    decimals never.

    Args:
        file: its name, as it was given.
        description: with the rows.
        width: of the terminal; None has room for all.
        whole: leave nothing out, and put nothing elsewhere.
    """
    header, rows = description.header, description.rows
    if whole:
        return TextTable("", header, rows, keys=0)
    columns: Columns = {name: [row[i] for row in rows] for i, name in enumerate(header)}
    if width is not None:
        columns = {name: [_HASH.sub(_shortened_hash, cell) for cell in cells] for name, cells in columns.items()}
    same = {name: cells[0] for name, cells in columns.items() if len(rows) > 1 and len(set(cells)) == 1}
    above = {name: text for name, text in same.items() if width is None or len(text) <= _LONGEST}
    title = ", ".join(f"{name} {text}" for name, text in above.items() if text)
    columns = {name: cells for name, cells in columns.items() if name not in same}
    notes = [f"row {i}: {text}" for i, text in enumerate(columns.pop(_NOTE, []), 1) if text]
    names, numbers = _names(columns, description), _numbers(description)
    if width is not None:
        columns, told = _fitting(columns, names, numbers, description, width)
        left_out = [name for name in header if name not in columns and name not in same and name != _NOTE]
        left_out += [name for name in same if name not in above]
        if left_out:
            command = f"xlt show {shlex.quote(file)} --columns {shlex.quote(','.join(left_out))}"
            notes.append(f"… {len(left_out)} more column{'s' * (len(left_out) > 1)}: {command}")
        notes += told
    order = [name for name in columns if name in names] + [name for name in columns if name not in names]
    lines = [[columns[name][i] for name in order] for i in range(len(rows))]
    title = f"in all rows below: {title}" if title else ""
    return TextTable(title, order, lines, keys=sum(name in names for name in order), notes=notes)


def _shortened_hash(match: re.Match[str]) -> str:
    return match.group()[:_HASH_DIGITS] + "…"


def _names(columns: Columns, description: "Description") -> set[str]:
    """Columns of names, which are folded where there is no room, and never cut."""
    assert description.schema is not None
    texts = {field.name for field in description.schema if str(field.type) in ("string", "large_string", "null")}
    texts = texts & columns.keys() - _minor(description)
    return {name for name in texts if not _is_sentence(name, columns[name], description)}


def _minor(description: "Description") -> set[str]:
    return {column.name for column in description.kind.columns if column.minor} if description.kind else set()


def _is_sentence(name: str, cells: Sequence[str], description: "Description") -> bool:
    return name in _SENTENCES if description.kind else max(map(len, cells), default=0) > _LONGEST


def _numbers(description: "Description") -> set[str]:
    assert description.schema is not None
    return {field.name for field in description.schema if str(field.type) in ("double", "float", "halffloat")}


def _fitting(
    columns: Columns, names: set[str], numbers: set[str], description: "Description", width: int
) -> tuple[Columns, list[str]]:
    """The columns that fit, sentences shortened; and what is to be told of these."""
    assert description.schema is not None
    minor = _minor(description)
    whole = {f.name for f in description.schema if str(f.type).startswith(("int", "uint"))} | names | numbers | minor
    backwards = list(reversed(columns))
    leaving = [name for name in backwards if name in minor]
    leaving += [name for name in backwards if name not in minor | numbers | names]
    leaving += [name for name in backwards if name in names - minor]
    for length in range(_LONGEST, _SHORTEST - 1, -1):
        short = {name: cells if name in whole else [_cut(c, length) for c in cells] for name, cells in columns.items()}
        if _fits(short, names, width):
            break
    while leaving and not _fits(short, names, width):
        short.pop(leaving.pop(0))
    is_cut = any(short[name] != columns[name] for name in short)
    return short, ["… ends texts that are longer; --format jsonl prints all of them"] * is_cut


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _fits(columns: Columns, names: set[str], width: int) -> bool:
    # Names may be folded.
    widest = {name: max(map(cell_width, (name, *cells))) for name, cells in columns.items()}
    return sum(min(w, NARROW) if name in names else w for name, w in widest.items()) + 3 * len(columns) + 1 <= width
