"""Tables that are wider than a sheet of paper, cut between columns."""

from collections.abc import Sequence
from dataclasses import replace

from xlt.report.layout import Layout

# Characters that a sheet of paper holds across, and those that a column has as a gap.
_SHEET, _GAP = 120, 2
# The widest that texts which say what a line is about are set before they go on below.
_KEY = 26


def sheets(table: Layout) -> list[Layout]:
    """The parts of a table that each fit on a sheet of paper, keys in each; one part where all of it fits."""
    keys = sum(
        min(_KEY, max(map(len, [head, *(texts[k] for texts, _ in table.lines)]))) + _GAP
        for k, head in enumerate(table.keys)
    )
    parts: list[list[int]] = [[]]
    room = _SHEET - keys
    for i, width in enumerate(_widths(table)):
        if parts[-1] and width > room:
            parts.append([])
            room = _SHEET - keys
        parts[-1].append(i)
        room -= width
    return [_part(table, columns) for columns in parts]


def _widths(table: Layout) -> list[int]:
    return [
        max([min(len(head[-1]), 24), *(len(cells[i].marked) for _, cells in table.lines)]) + _GAP
        for i, head in enumerate(table.heads)
    ]


def _part(table: Layout, columns: Sequence[int]) -> Layout:
    return replace(
        table,
        heads=[table.heads[i] for i in columns],
        lines=[(texts, [cells[i] for i in columns]) for texts, cells in table.lines],
    )
