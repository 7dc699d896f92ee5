"""Rows of tables as Python has them: cells by column, rows in groups, an order for cells of which some are empty."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# A cell for each column; None is an empty one.
Row = dict[str, Any]
# The cells of some columns.
Key = tuple[Any, ...]


def key_of(row: Mapping[str, Any], columns: Iterable[str]) -> Key:
    """The cells of some columns; one that the row does not have is empty."""
    return tuple(map(row.get, columns))


def grouped(rows: Iterable[Row], columns: Sequence[str]) -> dict[Key, list[Row]]:
    """Rows by the cells of some columns, groups in the order of their first rows."""
    groups: dict[Key, list[Row]] = {}
    for row in rows:
        groups.setdefault(key_of(row, columns), []).append(row)
    return groups


def ordered(groups: Mapping[Key, list[Row]]) -> dict[Key, list[Row]]:
    """Groups in ascending order of their cells."""
    return dict(sorted(groups.items(), key=lambda group: ascending(group[0])))


def ascending(key: Iterable[Any]) -> list[tuple[bool, Any]]:
    """A sorting key for cells of which some are empty: these come first."""
    return [(value is not None, 0 if value is None else value) for value in key]


def some(values: Iterable[Any], most: int = 5) -> str:
    """The first values in order, each once, for a message."""
    texts = [str(v) if v not in (None, "") else "empty" for v in sorted(set(values), key=lambda v: ascending([v]))]
    return ", ".join(texts[:most]) + (", …" if len(texts) > most else "")
