"""Scores of groups of words as a table (cao2020, table 4)."""

import math
from collections.abc import Sequence

from xlt.errors import XltError
from xlt.files.rows import Key, Row, grouped, key_of
from xlt.files.schemas import ALL_GROUPS, AVERAGE_GROUP, BREAKDOWNS
from xlt.report.changes import plus_minus
from xlt.report.layout import Cell, Layout, order_of, split_keys, thinned
from xlt.report.names import PLAIN, Names

# What a line is about, before the groups; the language pairs are the columns.
_KEYS = ("model", "recipe", "task", "seed", "measure", "similarity", "strength")
_DIRECTIONS = ("src-tgt", "tgt-src", "both", "mean")


def breakdown_layouts(rows: Sequence[Row], tags: Sequence[str] = (), names: Names = PLAIN) -> list[Layout]:
    """A table per key: a line per model, layer and group, a column per language pair and direction, score ± its error.

    Raises:
        XltError: two scores of one group.
    """
    return [_layout(of_key, key, tags, names) for (key,), of_key in grouped(rows, ["key"]).items()]


def _layout(rows: Sequence[Row], key: str, tags: Sequence[str], names: Names) -> Layout:
    models = names.models(dict.fromkeys(row["model"] for row in rows))
    rows = [dict(row, model=models[row["model"]]) for row in rows]
    layer = "depth" if all(row["depth"] is not None for row in rows) else "layer"
    keys, same = split_keys(rows, [*_KEYS[:4], *tags, *_KEYS[4:], *BREAKDOWNS.unusual(rows), layer])
    about = [f"{names(name)} {names.cell(name, value)}" for name, value in same.items()]
    pairs = sorted({(row["src_lang"], row["tgt_lang"]) for row in rows}, key=order_of)
    lines: dict[Key, dict[Key, dict[Key, Row]]] = {}
    for row in rows:
        groups = lines.setdefault(key_of(row, keys), {})
        group = groups.setdefault((row["group_kind"], row["group"], row["low"]), {})
        column = key_of(row, ("src_lang", "tgt_lang", "direction"))
        if column in group:
            raise XltError(
                f"{row['model']}, {'-'.join(column[:2])}: two scores of the group {row['group']}; leave one out"
            )
        group[column] = row
    columns = [
        (*pair, direction)
        for pair in pairs
        for direction in _DIRECTIONS
        if any((*pair, direction) in group for groups in lines.values() for group in groups.values())
    ]
    last = {column[:2]: column for column in columns}
    about_lines = [
        ([*map(names.cell, keys, line), _name(group, names)], cells)
        for line in sorted(lines, key=lambda line: order_of([-v if isinstance(v, int) else v for v in line]))
        for group, cells in _in_order(lines[line]).items()
    ]
    heads: list[tuple[str, ...]] = []
    for column in columns:
        heads.append((names.pair(*column[:2]), names(column[2])))
        heads += [(names.pair(*column[:2]), names("n"))] if column == last[column[:2]] else []
    return Layout(
        title=", ".join([f"Scores by {key}", *about]),
        keys=[*map(names, keys), names("group")],
        heads=heads,
        lines=[
            (head, [cell for column in columns for cell in _cells(group.get(column), column == last[column[:2]])])
            for head, (_, group) in zip(thinned([head for head, _ in about_lines]), about_lines, strict=True)
        ],
        notes=["Score ± standard error, resampling sentences"],
    )


def _in_order(groups: dict[Key, dict[Key, Row]]) -> dict[Key, dict[Key, Row]]:
    # As the rows come, but for groups that only some of the language pairs have: these stand with their like. Tags that
    # no average holds come last.
    kinds = list(dict.fromkeys(kind for kind, _, _ in groups if kind))

    def place(group: Key) -> tuple[bool, int, bool, float]:
        kind, name, low = group
        return name != ALL_GROUPS, kinds.index(kind) if kind else len(kinds), name == AVERAGE_GROUP, _low(low)

    return dict(sorted(groups.items(), key=lambda item: place(item[0])))


def _low(low: float | None) -> float:
    return -math.inf if low is None else low


def _name(group: Key, names: Names) -> str:
    kind, name, _ = group
    return f"{names(name)} ({names(kind)})" if name == AVERAGE_GROUP else names(name)


def _cells(row: Row | None, last: bool) -> list[Cell]:
    if row is None:
        return [Cell("")] * (1 + last)
    return [Cell(plus_minus(row["value"], row["se"], "z.3f")), *([Cell(f"{row['n']:,}")] if last else [])]
