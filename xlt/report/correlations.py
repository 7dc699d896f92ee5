"""Correlations as a table for people."""

from collections.abc import Sequence
from typing import Any

from xlt.errors import XltError
from xlt.files.schemas import CORRELATIONS, DIFFERENCES
from xlt.report.correlation_kinds import Row, kinds_of
from xlt.report.layout import Cell, Footnotes, Layout, order_of, split_keys, text_of, thinned

Table = tuple[str, list[str], list[list[str]]]


def correlation_table(title: str, rows: Sequence[Row], keys: Sequence[str]) -> Table:
    """Title, header, and a line per group: its columns, n, the coefficient with its interval, p-values, note.

    Columns that are the same in all groups stand in the title.
    """
    keys = [*keys, *(["contrast"] if rows and "contrast" in rows[0] else [])]
    same = [key for key in keys if len(rows) > 1 and len({row[key] for row in rows}) == 1]
    title = ", ".join([title, *(f"{key} {text_of(rows[0][key])}" for key in same)])
    keys = [key for key in keys if key not in same]
    value = "difference" if rows and "difference" in rows[0] else "rho"
    columns = {
        **{key: [text_of(row[key]) for row in rows] for key in keys},
        "n": [f"{row['n']:,}" for row in rows],
        value: [_number(row[value]) for row in rows],
        "95 % interval": [_interval(row) for row in rows],
        "p": [_small(row["p"]) for row in rows],
        "p adjusted": [_small(row.get("p_adjusted")) for row in rows],
        "note": [row["note"] for row in rows],
    }
    # What no row has is no column; what a group is about, and its number, always are.
    kept = {name: cells for name, cells in columns.items() if name in (*keys, "n", value) or any(cells)}
    return title, list(kept), [list(line) for line in zip(*kept.values(), strict=True)]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _interval(row: Row) -> str:
    return "" if row["ci_low"] is None else f"[{row['ci_low']:.3f}, {row['ci_high']:.3f}]"


def _small(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


def panel_titles(keys: Sequence[str], groups: Sequence[Sequence[Any]]) -> list[str]:
    """What tells each group of points from the others, in few words."""
    varied = [i for i in range(len(keys)) if len({group[i] for group in groups}) > 1]
    chosen = [i for i in varied if keys[i] in _ALWAYS_TOLD]
    # Others only if those chosen do not say it already: a recipe is told by its method, a metric by its task.
    for i in sorted(set(varied) - set(chosen), key=lambda i: (keys[i].startswith("score_"), keys[i] == "recipe")):
        if _count(groups, [*chosen, i]) > _count(groups, chosen):
            chosen.append(i)
    shown = [i for i in varied if i in chosen]
    return [", ".join(f"{keys[i]} {text_of(group[i])}" for i in shown if text_of(group[i])) for group in groups]


def _count(groups: Sequence[Sequence[Any]], columns: Sequence[int]) -> int:
    return len({tuple(group[i] for i in columns) for group in groups})


# Of a panel, wherever they vary.
_ALWAYS_TOLD = ("task", "split", "train_lang", "stage", "layer", "depth", "direction", "strength", "similarity")
# What heads columns, unless told otherwise: the last two of these that vary.
_HEADS = ("model", "direction", "strength", "stage")
# What is never a line's business.
_NO_KEYS = {*(c.name for c in CORRELATIONS.columns), *(c.name for c in DIFFERENCES.columns), "where"} - {"contrast"}


def correlation_layouts(rows: Sequence[Row], columns: Sequence[str] | None = None) -> list[Layout]:
    """Correlations laid out as in tables 2, 8, 9, 11 and 12 of gaschi2023: heads of columns are strength and stage.

    Coefficients and intervals of several kinds have tables of their own, and so has what else in the signatures tells
    two correlations for one cell apart; the titles say what.

    Args:
        rows: of a table of correlations, or of differences.
        columns: what heads the columns, the widest first; None takes the last two that vary of model, direction,
            strength and stage, and where the last three do, direction and stage. A strength that varies and heads no
            column has tables of its own.

    Raises:
        XltError: there is no such column; one correlation stands there twice.
    """
    names = list(dict.fromkeys(name for row in rows for name in row if name not in _NO_KEYS))
    for name in columns or ():
        if name not in names:
            raise XltError(f"--columns: no column '{name}'; there are {', '.join(names)}")
    varied, same = split_keys(rows, names)
    heads = list(columns) if columns is not None else [name for name in _HEADS if name in varied][-2:]
    apart = ["strength"] if "strength" in varied and "strength" not in heads else []
    if columns is None and {"direction", "strength", "stage"} <= set(varied):
        # Tables 8 and 9: directions side by side, a table for each strength.
        heads, apart = ["direction", "stage"], ["strength"]
    lines = [name for name in varied if name not in (*heads, *apart)]
    if not lines:
        lines = [name for name in names if name in ("task", "depth") and name not in heads][:1]
    same = [said for said in same if said.partition(" ")[0] not in (*heads, *lines)]
    return [
        _layout(group, lines, heads, [*same, *said, *(f"{n} {text_of(v)}" for n, v in zip(apart, key, strict=True))])
        for said, kind in kinds_of(rows, [*lines, *heads, *apart])
        for key, group in _by(kind, apart)
    ]


def _by(rows: Sequence[Row], names: Sequence[str]) -> list[tuple[tuple[Any, ...], list[Row]]]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(tuple(row.get(name) for name in names), []).append(row)
    return sorted(groups.items(), key=lambda item: order_of(item[0]))


def _layout(rows: Sequence[Row], keys: Sequence[str], heads: Sequence[str], same: Sequence[str]) -> Layout:
    found: dict[tuple[Any, ...], dict[tuple[Any, ...], Row]] = {}
    for row in rows:
        found.setdefault(tuple(row.get(name) for name in keys), {})[tuple(row.get(name) for name in heads)] = row
    columns = sorted({place for cells in found.values() for place in cells}, key=lambda place: _by_stage(heads, place))
    notes = Footnotes()
    ordered = sorted(found, key=lambda line: _from_the_end(keys, line))
    texts = thinned([[text_of(value) for value in line] for line in ordered]) if keys else [[""] for _ in ordered]
    counts = sorted({row["n"] for row in rows})
    n = f"n = {counts[0]:,}" if len(counts) == 1 else f"n = {counts[0]:,} to {counts[-1]:,}"
    what = "Differences of correlations" if "difference" in rows[0] else "Correlation of alignment and transfer"
    methods = ", ".join(sorted({row["method"] for row in rows}))
    return Layout(
        ", ".join([f"{what}: {methods}", *same, n]),
        list(keys) or [""],
        [tuple(map(text_of, place)) or ("",) for place in columns],
        [
            (head, [Cell(_value(found[line].get(place), notes)) for place in columns])
            for head, line in zip(texts, ordered, strict=True)
        ],
        [*_intervals(rows), *notes.lines()],
    )


def _intervals(rows: Sequence[Row]) -> list[str]:
    # Which one it is decides what may be said of it.
    known = [row for row in rows if row["ci_low"] is not None]
    parts = {part for row in known for part in (row["signature"] or "").split("|")}
    kinds = sorted(part.removeprefix("interval:") for part in parts if part.startswith("interval:"))
    return [" ".join(["95 % interval in brackets:", *kinds]).rstrip(":")] if known else []


def _by_stage(heads: Sequence[str], place: Sequence[Any]) -> list[tuple[bool, float, str]]:
    # Before comes before after, and weak before strong.
    early = {"before": "0", "after": "1", "weak": "0", "strong": "1"}
    return order_of(
        [early.get(v, v) if name in ("stage", "strength") else v for name, v in zip(heads, place, strict=True)]
    )


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
