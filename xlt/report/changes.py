"""Relative change of alignment as a table (tables 3 and 10 of gaschi2023)."""

from collections.abc import Mapping, Sequence
from typing import Any

from xlt.report.layout import Cell, Footnotes, Layout, order_of, short_names, split_keys, text_of, thinned

# What a line is about; the language pairs are the columns.
_KEYS = ("task", "model", "recipe", "since", "measure", "similarity", "strength", "direction", "depth")


def change_layout(rows: Sequence[Mapping[str, Any]], tags: Sequence[str] = ()) -> Layout:
    """A line per model and setting, a column per language pair, mean ± standard deviation over the seeds."""
    models = short_names({row["model"] for row in rows})
    rows = [dict(row, model=models[row["model"]]) for row in rows]
    keys, same = split_keys(rows, [*_KEYS[:3], *tags, *_KEYS[3:]])
    pairs = sorted({(row["src_lang"], row["tgt_lang"]) for row in rows}, key=order_of)
    lines: dict[tuple[Any, ...], dict[tuple[str, str], Mapping[str, Any]]] = {}
    for row in rows:
        lines.setdefault(tuple(row.get(key) for key in keys), {})[row["src_lang"], row["tgt_lang"]] = row
    notes = Footnotes()
    ordered = sorted(lines, key=lambda line: order_of([-v if isinstance(v, int) else v for v in line]))
    heads = thinned([[text_of(value) for value in line] for line in ordered])
    return Layout(
        ", ".join(["Relative change of alignment, (after - before) / before", *same]),
        keys,
        [("-".join(filter(None, pair)),) for pair in pairs],
        [
            (head, [Cell(_cell(lines[line].get(pair), notes)) for pair in pairs])
            for head, line in zip(heads, ordered, strict=True)
        ],
        [f"Mean ± standard deviation over {_seeds(rows)}", *notes.lines()],
    )


def _cell(row: Mapping[str, Any] | None, notes: Footnotes) -> str:
    if row is None:
        return ""
    return notes.mark(plus_minus(row["change"], row["change_sd"], "z.2f"), row["note"])


def plus_minus(mean: float | None, sd: float | None, form: str) -> str:
    """``0.12 ± 0.03``; a dash for no number."""
    if mean is None:
        return "-"
    return f"{mean:{form}}" + ("" if sd is None else f" ± {sd:{form}}")


def _seeds(rows: Sequence[Mapping[str, Any]]) -> str:
    counts = sorted({row["seeds"] for row in rows})
    said = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"{said} seed{'' if counts == [1] else 's'}"
