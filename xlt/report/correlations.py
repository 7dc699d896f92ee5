"""Correlations as a table for people."""

from collections.abc import Mapping, Sequence
from typing import Any

Table = tuple[str, list[str], list[list[str]]]


def correlation_table(title: str, rows: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> Table:
    """Title, header, and a line per group: its columns, n, the coefficient with its interval, p-values, note.

    Columns that are the same in all groups stand in the title.
    """
    keys = [*keys, *(["contrast"] if rows and "contrast" in rows[0] else [])]
    same = [key for key in keys if len(rows) > 1 and len({row[key] for row in rows}) == 1]
    title = ", ".join([title, *(f"{key} {_text(rows[0][key])}" for key in same)])
    keys = [key for key in keys if key not in same]
    value = "difference" if rows and "difference" in rows[0] else "rho"
    columns = {
        **{key: [_text(row[key]) for row in rows] for key in keys},
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


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


def _interval(row: Mapping[str, Any]) -> str:
    return "" if row["ci_low"] is None else f"[{row['ci_low']:.3f}, {row['ci_high']:.3f}]"


def _small(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}" if value >= 0.001 else f"{value:.0e}"


def panel_titles(keys: Sequence[str], groups: Sequence[Sequence[Any]]) -> list[str]:
    """What tells each group of points from the others, in few words."""
    varied = [i for i in range(len(keys)) if len({group[i] for group in groups}) > 1]
    return [", ".join(f"{keys[i]} {_text(group[i])}" for i in varied) for group in groups]
