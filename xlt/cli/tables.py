"""All tables that commands print: as wide as the terminal, and whole; or as Markdown, CSV or JSON lines for programs.

On a terminal columns that do not fit stand below, behind the same names; names are folded, numbers never. Off a
terminal nothing is folded: no line is too long for a file.
"""

import io
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from xlt.cli.console import console
from xlt.cli.options import Form
from xlt.errors import OptionError
from xlt.files.markup import visible
from xlt.files.rows import Row
from xlt.files.text_table import TextTable, markdown

if TYPE_CHECKING:
    import pyarrow as pa

# How narrow a name may be folded, and how narrow where that spares a second part.
_NARROWEST, NARROW = 10, 20
# Where a name is folded, if it can be: behind these.
_BREAKS = re.compile(r"(?<=[ +,/_:|])|(?<=-)(?=[^0-9])")
_NUMBER = re.compile(r"[-+−]?[0-9][0-9,]*(\.[0-9]+)?(e[-+]?[0-9]+)?%?")


@dataclass(frozen=True)
class Printed:
    """What a command prints: tables for people, and for programs the rows behind them with all columns and digits."""

    tables: Sequence[TextTable]
    rows: Sequence[Row]
    schema: "pa.Schema"


def print_tables(printed: Printed, form: Form, *, to_stderr: bool = False) -> None:
    """Print a result on standard output, or where that is taken on standard error.

    Args:
        printed: the result.
        form: ``table``, ``md``, or for programs ``csv`` or ``jsonl``.
        to_stderr: write to standard error.
    """
    stream = sys.stderr if to_stderr else sys.stdout
    if form == "table":
        width = terminal_width(stream)
        for i, table in enumerate(printed.tables):
            stream.write("\n" * bool(i) + "".join(line + "\n" for line in text_lines(table, width)))
    elif form == "md":
        stream.write("\n".join(markdown(table.without_constants()) for table in printed.tables))
    else:
        from xlt.files.table_writers import TEXT_FORMATS
        from xlt.files.tables import rows_to_batch

        text = io.StringIO()
        with TEXT_FORMATS[f".{form}"](text, printed.schema, {}) as write:
            write(rows_to_batch(list(printed.rows), printed.schema))
        # A program takes CSV as it is; a terminal would do what is in it.
        lines = text.getvalue().split("\n")
        stream.write("\n".join(map(visible, lines) if stream.isatty() else lines))


def report(
    printed: Printed,
    summaries: Mapping[str, Mapping[str, Any]],
    form: Form,
    output: str | None = None,
    beside: str | None = None,
    plot: Path | None = None,
) -> None:
    """The end of a command that measures: its tables for people, counts, and the names of what was written.

    Where a stream takes standard output, a file the numbers, or a program reads the tables, the rest goes to standard
    error.

    Args:
        printed: the result itself where there is no ``output``, else for people.
        summaries: counts by what they are of.
        form: of the tables.
        output: the table that was written (path or ``-``), or None.
        beside: a second table, as ``output``.
        plot: a figure that was drawn.
    """
    if output is None or not console.quiet:
        print_tables(printed, form, to_stderr=output is not None or beside == "-")
    for name, facts in summaries.items():
        console.summary(name, facts)
    for path in filter(None, (output, beside, plot)):
        if path != "-":
            console.result(path, to_stderr=form != "table" or "-" in (output, beside))


def check_form(form: Form, beside: str | None) -> None:
    """Refuse a second table on standard output.

    Raises:
        OptionError: there is one.
    """
    if form != "table" and beside == "-":
        raise OptionError("form", f"{form} writes to standard output, and so does the other table: name a file for it")


def terminal_width(stream: IO[str]) -> int | None:
    """How many columns a terminal has, or the variable ``COLUMNS`` says; None for what is none."""
    if not stream.isatty():
        return None
    told = os.environ.get("COLUMNS", "")
    try:
        return int(told) if told.isdecimal() and int(told) > 0 else os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def text_lines(table: TextTable, width: int | None) -> Iterator[str]:
    """A table as lines: title, the columns in as many parts as it takes, notes; folded where there is a width."""
    table = _shown(table.without_constants())
    if table.title:
        yield from _folded_at(table.title, width, " ")
    for part in _parts(table, width):
        yield from _boxed(part)
    for note in table.notes:
        yield from _folded_at(note, width, " ")


def _shown(table: TextTable) -> TextTable:
    rows = [list(map(visible, row)) for row in table.rows]
    notes = list(map(visible, table.notes))
    return TextTable(visible(table.title), list(map(visible, table.header)), rows, keys=table.keys, notes=notes)


def _parts(table: TextTable, width: int | None) -> Iterator[TextTable]:
    """Tables no wider than ``width``, each with all keys and the columns that fit beside them."""
    if width is None or _width(table) <= width:
        yield table
        return
    # First of all heads are folded, which costs a line; then names, as little as it takes for the fewest parts.
    table = replace(table, header=[_fold_head(head, table.column(i)) for i, head in enumerate(table.header)])
    widths = [width + 3 for width in _widths(table)]
    keys, others = widths[: table.keys], widths[table.keys :]
    most = min(sum(keys), width - 1 - max(others, default=0))
    least = min(most, sum(min(key, NARROW + 3) for key in keys))
    room = min(range(least, most + 1), key=lambda room: (len(_cut(others, width - 1 - room)), -room))
    table = _fold_keys(table, room)
    left = width - 1 - sum(width + 3 for width in _widths(table)[: table.keys])
    for places in _cut(others, left):
        yield _part(table, [table.keys + place for place in places], left)


def _fold_head(head: str, cells: Sequence[str]) -> str:
    return "\n".join(_folded_at(head, max(map(cell_width, (*cells, *head.split(" "))), default=1), " "))


def _cut(widths: Sequence[int], room: int) -> list[list[int]]:
    """Places of columns, as many in each part as there is room for, and one at least."""
    parts: list[list[int]] = [[]]
    for place, width in enumerate(widths):
        if parts[-1] and sum(widths[k] for k in parts[-1]) + width > room:
            parts.append([])
        parts[-1].append(place)
    return parts


def _part(table: TextTable, places: Sequence[int], left: int) -> TextTable:
    part = table.of_columns([*range(table.keys), *places])
    # A text that is wider than all that is left is folded; a number is not.
    if len(places) != 1 or _widths(part)[-1] + 3 <= left:
        return part
    limit = max(left - 3, _NARROWEST)
    return replace(part, rows=[[*r, _fold(last, limit) if _is_text(last) else last] for *r, last in part.rows])


def _is_text(cell: str) -> bool:
    return any(map(str.isalpha, cell))


def _fold_keys(table: TextTable, room: int) -> TextTable:
    """Fold the widest of the names until all of them take no more than ``room``."""
    limits = dict(enumerate(_widths(table)[: table.keys]))
    while limits and sum(limit + 3 for limit in limits.values()) > room:
        widest = max(limits, key=lambda place: limits[place])
        if limits[widest] <= _NARROWEST:
            break
        limits[widest] -= 1
    rows = [
        [_fold(cell, limits[place]) if place in limits else cell for place, cell in enumerate(row)]
        for row in table.rows
    ]
    header = [_fold(head, limits[place]) if place in limits else head for place, head in enumerate(table.header)]
    return replace(table, header=header, rows=rows)


def _fold(text: str, width: int) -> str:
    return "\n".join(line for part in text.split("\n") for line in _folded_at(part, width, ""))


def _folded_at(text: str, width: int | None, breaks: str) -> list[str]:
    """Lines no longer than ``width``, broken behind blanks or, without ``breaks``, also inside of names."""
    if width is None or cell_width(text) <= width:
        return [text]
    lines = [""]
    for piece in re.split(r"(?<= )", text) if breaks else _BREAKS.split(text):
        if cell_width(lines[-1] + piece.rstrip(" ")) <= width:
            lines[-1] += piece
            continue
        if lines[-1]:
            lines.append("")
        for character in piece if cell_width(piece.rstrip(" ")) > width and not breaks else [piece]:
            if lines[-1] and cell_width(lines[-1] + character) > width:
                lines.append("")
            lines[-1] += character
    return [line.rstrip(" ") for line in lines]


def cell_width(text: str) -> int:
    """How many columns of a terminal a text takes: two a Chinese character, none a mark above a letter."""
    from rich.cells import cell_len

    return cell_len(text)


def _widths(table: TextTable) -> list[int]:
    return [
        max(cell_width(line) for cell in (head, *table.column(place)) for line in cell.split("\n"))
        for place, head in enumerate(table.header)
    ]


def _width(table: TextTable) -> int:
    return sum(width + 3 for width in _widths(table)) + 1


def _boxed(table: TextTable) -> Iterator[str]:
    widths = _widths(table)
    right = [all(not cell or _NUMBER.fullmatch(cell) for cell in table.column(i)) for i in range(len(widths))]

    def rule(left: str, line: str, between: str, end: str) -> str:
        return left + between.join(line * (width + 2) for width in widths) + end

    def lines(cells: Iterable[str], bar: str) -> Iterator[str]:
        columns = [cell.split("\n") for cell in cells]
        for k in range(max(map(len, columns), default=1)):
            texts = [column[k] if k < len(column) else "" for column in columns]
            blanks = [" " * (width - cell_width(text)) for width, text in zip(widths, texts, strict=True)]
            padded = [b + t if to_right else t + b for t, b, to_right in zip(texts, blanks, right, strict=True)]
            yield bar + bar.join(f" {text} " for text in padded) + bar

    yield rule("┏", "━", "┳", "┓")
    yield from lines(table.header, "┃")
    yield rule("┡", "━", "╇", "┩")
    for row in table.rows:
        yield from lines(row, "│")
    yield rule("└", "─", "┴", "┘")
