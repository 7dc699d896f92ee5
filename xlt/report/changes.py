"""Relative change of alignment as a table (tables 3 and 10 of gaschi2023)."""

from collections.abc import Sequence

from xlt.errors import XltError
from xlt.files.rows import Key, Row, key_of
from xlt.files.schemas import CHANGES
from xlt.report.layout import Cell, Footnotes, Layout, order_of, split_keys, thinned
from xlt.report.names import PLAIN, Names

# What a line is about; the language pairs are the columns.
_KEYS = ("task", "model", "recipe", "since", "measure", "similarity", "strength", "direction")

_RELATIVE = "Relative change of alignment, (after - before) / before"
_DIFFERENCE = "Change of alignment, after - before"


def change_layout(
    rows: Sequence[Row], tags: Sequence[str] = (), names: Names = PLAIN, *, absolute: bool = False
) -> Layout:
    """A line per model and setting, a column per language pair, mean ± standard deviation over the seeds.

    Args:
        rows: changes.
        tags: their further columns.
        names: what things are called.
        absolute: show the difference, which the rows have then, in place of the relative change.

    Raises:
        XltError: two changes of one setting.
    """
    models = names.models(dict.fromkeys(row["model"] for row in rows))
    rows = [dict(row, model=models[row["model"]]) for row in rows]
    layer = "depth" if any(row["depth"] is not None for row in rows) else "layer"
    keys, same = split_keys(rows, [*_KEYS[:3], *tags, *_KEYS[3:], *CHANGES.unusual(rows), layer])
    about = [f"{names(name)} {names.cell(name, value)}" for name, value in same.items()]
    pairs = sorted({(row["src_lang"], row["tgt_lang"]) for row in rows}, key=order_of)
    lines: dict[Key, dict[Key, Row]] = {}
    for row in rows:
        line, pair = lines.setdefault(key_of(row, keys), {}), (row["src_lang"], row["tgt_lang"])
        if pair in line:
            raise XltError(f"{row['model']}, {'-'.join(pair)}: two changes of one setting; leave one out")
        line[pair] = row
    notes = Footnotes()
    ordered = sorted(lines, key=lambda line: order_of([-v if isinstance(v, int) else v for v in line]))
    heads = thinned([list(map(names.cell, keys, line)) for line in ordered])
    return Layout(
        title=", ".join([_DIFFERENCE if absolute else _RELATIVE, *about]),
        keys=list(map(names, keys)),
        heads=[(names.pair(*pair),) for pair in pairs],
        lines=[
            (head, [Cell(_cell(lines[line].get(pair), notes, absolute)) for pair in pairs])
            for head, line in zip(heads, ordered, strict=True)
        ],
        notes=[f"Mean ± standard deviation over {_seeds(rows)}", *notes.lines()],
    )


def _cell(row: Row | None, notes: Footnotes, absolute: bool) -> str:
    if row is None:
        return ""
    if absolute:
        return notes.mark(plus_minus(row["difference"], row["difference_sd"], "z.3f"), row["note"])
    return notes.mark(plus_minus(row["change"], row["change_sd"], "z.2f"), row["note"])


def plus_minus(mean: float | None, sd: float | None, form: str) -> str:
    """``0.12 ± 0.03``; a dash for no number."""
    if mean is None:
        return "-"
    return f"{mean:{form}}" + ("" if sd is None else f" ± {sd:{form}}")


def _seeds(rows: Sequence[Row]) -> str:
    counts = sorted({row["seeds"] for row in rows})
    number = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"{number} seed{'' if counts == [1] else 's'}"
