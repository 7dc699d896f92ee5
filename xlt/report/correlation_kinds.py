"""Which correlations may stand in one table: those of one coefficient and interval, one for a cell."""

from collections.abc import Mapping, Sequence
from typing import Any

from xlt.errors import XltError
from xlt.report.layout import order_of, text_of

Row = Mapping[str, Any]

# Numbers of several of these never stand in one table; what else tells two for one cell apart is in their signatures.
_ALWAYS = ("coefficient", "interval")


def kinds_of(rows: Sequence[Row], names: Sequence[str]) -> list[tuple[list[str], list[Row]]]:
    """Rows by their kind: words for a title that tell it from the others, and its rows.

    Args:
        rows: of a table of correlations, or of differences.
        names: the columns that say which cell of a table a row belongs in.

    Raises:
        XltError: one correlation stands there twice: cell, coefficient and signature are the same.
    """
    told = [_told(row) for row in rows]
    apart = [name for name in _ALWAYS if len({parts.get(name) for parts in told}) > 1]
    while crowded := _crowded(rows, told, names, apart):
        apart.append(_difference(rows, told, crowded))
    kinds: dict[tuple[str | None, ...], list[Row]] = {}
    for row, parts in zip(rows, told, strict=True):
        kinds.setdefault(tuple(parts.get(name) for name in apart), []).append(row)
    return [
        # A title names the coefficient anyhow.
        ([f"{name} {value}" for name, value in zip(apart, kind, strict=True) if value and name != "coefficient"], found)
        for kind, found in sorted(kinds.items(), key=lambda item: order_of(item[0]))
    ]


def _told(row: Row) -> dict[str, str]:
    parts = (part.partition(":") for part in (row["signature"] or "").split("|") if part)
    # Not by its column's name: a tag may be called method, and stands in the signature.
    return {name: value or name for name, _, value in parts} | {"coefficient": row["method"]}


def _crowded(
    rows: Sequence[Row], told: Sequence[Mapping[str, str]], names: Sequence[str], apart: Sequence[str]
) -> list[list[int]]:
    # Numbers of the rows that would share a cell.
    cells: dict[tuple[Any, ...], list[int]] = {}
    for i, (row, parts) in enumerate(zip(rows, told, strict=True)):
        key = (*(parts.get(name) for name in apart), *(row.get(name) for name in names))
        cells.setdefault(key, []).append(i)
    return [cell for cell in cells.values() if len(cell) > 1]


def _difference(rows: Sequence[Row], told: Sequence[Mapping[str, str]], crowded: Sequence[Sequence[int]]) -> str:
    # The first of the signatures' words that tells rows of one cell apart.
    for cell in crowded:
        for name in dict.fromkeys(name for i in cell for name in told[i]):
            if len({told[i].get(name) for i in cell}) > 1:
                return name
    where = " and ".join(dict.fromkeys(text_of(rows[i].get("where")) for i in crowded[0]))
    raise XltError(
        f"{where}: two correlations for one cell, with the same signature: leave one out, or correlate with a --tag "
        "that tells them apart"
    )
