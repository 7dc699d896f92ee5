"""Correlations as tables for people: those of one coefficient and interval in one table, one for a cell."""

from collections.abc import Mapping, Sequence
from typing import Any

from xlt.errors import OptionError, XltError
from xlt.files.rows import Key, Row, grouped, key_of
from xlt.files.schemas import CORRELATIONS, DIFFERENCES
from xlt.files.signature import Signature
from xlt.files.text_table import TextTable
from xlt.report.layout import Cell, Footnotes, Layout, by_stage, order_of, split_keys, text_of, thinned
from xlt.report.names import PLAIN, Names

# Numbers of several of these never stand in one table; what else tells two for one cell apart is in their signatures.
_ALWAYS = ("coefficient", "interval")
# What heads columns, unless told otherwise: the last two of these that vary.
_HEADS = ("model", "direction", "strength", "stage")
# What is never a line's business.
_NO_KEYS = {*(c.name for c in CORRELATIONS.columns), *(c.name for c in DIFFERENCES.columns), "where"} - {"contrast"}


def correlation_table(title: str, rows: Sequence[Row], keys: Sequence[str]) -> TextTable:
    """A line per group: its columns, n, the coefficient with its interval, p-values; notes stand below."""
    keys = [*keys, *(["contrast"] if rows and "contrast" in rows[0] else [])]
    value = "difference" if rows and "difference" in rows[0] else "rho"
    notes = Footnotes()
    columns = {
        "n": [f"{row['n']:,}" for row in rows],
        value: [_number(row[value]) for row in rows],
        "95 % interval": [_interval(row) for row in rows],
        "p": [_small(row["p"]) for row in rows],
        "p adjusted": [_small(row.get("p_adjusted")) for row in rows],
        "note": [notes.mark("", row["note"] or "") for row in rows],
    }
    # What no row has is no column; the number of a group always is one.
    columns = {name: cells for name, cells in columns.items() if name in ("n", value) or any(cells)}
    lines = [
        [*(text_of(row[key]) for key in keys), *line]
        for row, line in zip(rows, zip(*columns.values(), strict=True), strict=True)
    ]
    return TextTable(title, [*keys, *columns], lines, keys=len(keys), notes=notes.lines())


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _interval(row: Row) -> str:
    return "" if row["ci_low"] is None else f"[{row['ci_low']:.3f}, {row['ci_high']:.3f}]"


def _small(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


def correlation_layouts(rows: Sequence[Row], columns: Sequence[str] = (), names: Names = PLAIN) -> list[Layout]:
    """Correlations laid out as in tables 2, 8, 9, 11 and 12 of gaschi2023: heads of columns are strength and stage.

    Coefficients and intervals of several kinds have tables of their own, and so has what else in the signatures tells
    two correlations for one cell apart; the titles say what.

    Args:
        rows: of a table of correlations, or of differences.
        columns: what heads the columns, the widest first; empty takes the last two that vary of model, direction,
            strength and stage, and where the last three do, direction and stage. A strength that varies and heads no
            column has tables of its own.
        names: what things are called.

    Raises:
        OptionError: there is no such column.
        XltError: one correlation stands there twice.
    """
    keys = list(dict.fromkeys(name for row in rows for name in row if name not in _NO_KEYS))
    for name in columns:
        if name not in keys:
            raise OptionError("columns", f"{name}: no such column; there are {', '.join(keys)}")
    varied, same = split_keys(rows, keys)
    heads = list(columns) or [name for name in _HEADS if name in varied][-2:]
    apart = ["strength"] if "strength" in varied and "strength" not in heads else []
    if not columns and {"direction", "strength", "stage"} <= set(varied):
        # Tables 8 and 9: directions side by side, a table for each strength.
        heads, apart = ["direction", "stage"], ["strength"]
    lines = [name for name in varied if name not in (*heads, *apart)]
    if not lines:
        lines = [name for name in keys if name in ("task", "depth") and name not in heads][:1]
    about = [f"{names(name)} {names(value)}" for name, value in same.items() if name not in (*heads, *lines)]
    return [
        _layout(
            group,
            lines,
            heads,
            [*about, *words, *(f"{names(n)} {names(v)}" for n, v in zip(apart, key, strict=True))],
            names,
        )
        for words, kind in kinds_of(rows, [*lines, *heads, *apart])
        for key, group in sorted(grouped(kind, apart).items(), key=lambda item: order_of(item[0]))
    ]


def kinds_of(rows: Sequence[Row], names: Sequence[str]) -> list[tuple[list[str], list[Row]]]:
    """Rows by their kind: words for a title that tell it from the others, and its rows.

    Args:
        rows: of a table of correlations, or of differences.
        names: the columns that say which cell of a table a row belongs in.

    Raises:
        XltError: one correlation stands there twice: cell, coefficient and signature are the same.
    """
    ways = [_way(row) for row in rows]
    apart = [name for name in _ALWAYS if len({way.get(name) for way in ways}) > 1]
    while crowded := _crowded(rows, ways, names, apart):
        apart.append(_difference(rows, ways, crowded))
    kinds: dict[tuple[str | None, ...], list[Row]] = {}
    for row, parts in zip(rows, ways, strict=True):
        kinds.setdefault(tuple(parts.get(name) for name in apart), []).append(row)
    return [
        # A title names the coefficient anyhow.
        ([f"{name} {value}" for name, value in zip(apart, kind, strict=True) if value and name != "coefficient"], group)
        for kind, group in sorted(kinds.items(), key=lambda item: order_of(item[0]))
    ]


def _way(row: Row) -> dict[str, str]:
    # Not by its column's name: a tag may be called method, and stands in the signature.
    return Signature.parse(row["signature"]).values() | {"coefficient": row["method"]}


def _crowded(
    rows: Sequence[Row], ways: Sequence[Mapping[str, str]], names: Sequence[str], apart: Sequence[str]
) -> list[list[int]]:
    # Numbers of the rows that would share a cell.
    cells: dict[tuple[Any, ...], list[int]] = {}
    for i, (row, way) in enumerate(zip(rows, ways, strict=True)):
        key = (*(way.get(name) for name in apart), *key_of(row, names))
        cells.setdefault(key, []).append(i)
    return [cell for cell in cells.values() if len(cell) > 1]


def _difference(rows: Sequence[Row], ways: Sequence[Mapping[str, str]], crowded: Sequence[Sequence[int]]) -> str:
    # The first of the signatures' words that tells rows of one cell apart.
    for cell in crowded:
        for name in dict.fromkeys(name for i in cell for name in ways[i]):
            if len({ways[i].get(name) for i in cell}) > 1:
                return name
    where = " and ".join(dict.fromkeys(text_of(rows[i].get("where")) for i in crowded[0]))
    raise XltError(
        f"{where}: two correlations for one cell, with the same signature: leave one out, or correlate with a --tag "
        "that tells them apart"
    )


def _layout(
    rows: Sequence[Row], keys: Sequence[str], heads: Sequence[str], about: Sequence[str], names: Names
) -> Layout:
    lines: dict[Key, dict[Key, Row]] = {}
    for row in rows:
        lines.setdefault(key_of(row, keys), {})[key_of(row, heads)] = row
    columns = sorted({place for cells in lines.values() for place in cells}, key=lambda place: by_stage(heads, place))
    notes = Footnotes()
    ordered = sorted(lines, key=lambda line: _from_the_end(keys, line))
    texts = thinned([list(map(names, line)) for line in ordered]) if keys else [[""] for _ in ordered]
    counts = sorted({row["n"] for row in rows})
    n = f"n = {counts[0]:,}" if len(counts) == 1 else f"n = {counts[0]:,} to {counts[-1]:,}"
    what = "Differences of correlations" if "difference" in rows[0] else "Correlation of alignment and transfer"
    methods = ", ".join(sorted({row["method"] for row in rows}))
    return Layout(
        title=", ".join([f"{what}: {methods}", *about, n]),
        keys=list(map(names, keys)) or [""],
        heads=[tuple(map(names, place)) or ("",) for place in columns],
        lines=[
            (head, [Cell(_value(lines[line].get(place), notes)) for place in columns])
            for head, line in zip(texts, ordered, strict=True)
        ],
        notes=[*_intervals(rows), *notes.lines()],
    )


def _intervals(rows: Sequence[Row]) -> list[str]:
    # Which one it is decides what may be said of it.
    signatures = {row["signature"] for row in rows if row["ci_low"] is not None}
    kinds = {kind for text in signatures if (kind := Signature.parse(text).values().get("interval"))}
    return [" ".join(["95 % interval in brackets:", *sorted(kinds)]).rstrip(":")] if signatures else []


def _from_the_end(keys: Sequence[str], line: Sequence[Any]) -> list[tuple[bool, float, str]]:
    # The last layer first, as in the paper; layers counted from the start rise.
    return order_of([_rising(v) if k == "depth" else v for k, v in zip(keys, line, strict=True)])


def _rising(depth: object) -> object:
    # From a CSV file depths come as text.
    try:
        return -int(str(depth))
    except ValueError:
        return depth


def _value(row: Row | None, notes: Footnotes) -> str:
    if row is None:
        return ""
    value = row["difference"] if "difference" in row else row["rho"]
    if value is None:
        return notes.mark("-", row["note"] or "")
    interval = "" if row["ci_low"] is None else f" [{row['ci_low']:z.2f}, {row['ci_high']:z.2f}]"
    return notes.mark(f"{value:z.2f}{interval}", row["note"] or "")
