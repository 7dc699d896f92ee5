"""Methods against a baseline as tables (tables 4 to 6 and 13 to 17 of gaschi2023)."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from xlt.files.rows import Row, grouped, key_of
from xlt.files.schemas import AVERAGE, COMPARISON_GROUP
from xlt.report.changes import plus_minus
from xlt.report.layout import Cell, Footnotes, Layout
from xlt.report.names import PLAIN, Names

# What says which column of a table a row stands in.
C = TypeVar("C")

_T = "95 % interval of the paired t-test in brackets, p-values and intervals not adjusted for their number"


def comparison_layouts(rows: Sequence[Row], ddof: int = 1, names: Names = PLAIN) -> list[Layout]:
    """Two tables per task, split and metric, in percent: means over seeds, and differences to the baseline."""
    tables = []
    for (task, train_lang, split, metric), group in grouped(rows, COMPARISON_GROUP).items():
        about = f"{names(task)}, {names(metric)} in percent, {names(split)} set, trained on {names(train_lang)}"
        langs = list(dict.fromkeys(row["lang"] for row in group))
        tables.append(_means(about, group, langs, ddof, names))
        if any(row["difference"] is not None for row in group):
            tables.append(_differences(about, group, langs, names))
    return tables


def average_layout(rows: Sequence[Row], ddof: int = 1, names: Names = PLAIN) -> Layout:
    """One table: a line per model and method, of each task the average over the languages (tables 4 and 6)."""
    averages = [row for row in rows if row["lang"] == AVERAGE]
    varied = [name for name in COMPARISON_GROUP if name == "task" or len({row[name] for row in averages}) > 1]
    columns = list(grouped(averages, varied))
    notes = Footnotes()
    lines = _lines(averages, lambda row: key_of(row, varied), names)
    return Layout(
        title="Averages over the languages not trained on, in percent",
        keys=_keys(names),
        heads=[(", ".join(map(names, column)),) for column in columns],
        lines=[(head, [_mean(cells.get(column), notes) for column in columns]) for head, cells in lines],
        notes=[_spread(ddof), *notes.lines()],
    )


def _means(about: str, rows: Sequence[Row], langs: Sequence[str], ddof: int, names: Names) -> Layout:
    notes = Footnotes()
    lines = [
        (head, [_mean(cells.get(lang), notes) for lang in langs])
        for head, cells in _lines(rows, lambda r: r["lang"], names)
    ]
    heads = [(names(lang),) for lang in langs]
    return Layout(title=about, keys=_keys(names), heads=heads, lines=lines, notes=[_spread(ddof), *notes.lines()])


def _differences(about: str, rows: Sequence[Row], langs: Sequence[str], names: Names) -> Layout:
    notes = Footnotes()
    shown = [row for row in rows if row["method"] != row["baseline"]]
    lines = [
        (head, [Cell(_difference(cells.get(lang), notes)) for lang in langs])
        for head, cells in _lines(shown, lambda r: r["lang"], names)
    ]
    baseline = next(row["baseline"] for row in rows if row["baseline"])
    title = f"{about}: difference to {names(baseline)} over the same seeds, in percentage points"
    return Layout(
        title=title,
        keys=_keys(names),
        heads=[(names(lang),) for lang in langs],
        lines=lines,
        notes=[_T, *notes.lines()],
    )


def _keys(names: Names) -> list[str]:
    return [names("model"), names("method")]


def _lines(rows: Sequence[Row], column: Callable[[Row], C], names: Names) -> list[tuple[list[str], dict[C, Row]]]:
    # In the order of the rows, which are sorted by model, the baseline first.
    models = names.models(dict.fromkeys(row["model"] for row in rows))
    of_model: dict[str, dict[str, dict[C, Row]]] = {model: {} for model in models}
    for row in rows:
        of_model[row["model"]].setdefault(row["method"], {})[column(row)] = row
    return [
        (["" if i else models[model], names(method)], cells)
        for model, methods in of_model.items()
        for i, (method, cells) in enumerate(methods.items())
    ]


def _mean(row: Row | None, notes: Footnotes) -> Cell:
    if row is None:
        return Cell("")
    mean, sd = (None if row[name] is None else 100 * row[name] for name in ("mean", "sd"))
    return Cell(notes.mark(plus_minus(mean, sd, "z.1f"), row["note"]), row["shade"])


def _difference(row: Row | None, notes: Footnotes) -> str:
    if row is None:
        return ""
    if row["difference"] is None:
        return notes.mark("-", row["note"])
    low, high = row["ci_low"], row["ci_high"]
    interval = "" if low is None else f" [{100 * low:+z.1f}, {100 * high:+z.1f}]"
    return notes.mark(f"{100 * row['difference']:+z.1f}{interval}", row["note"])


def _spread(ddof: int) -> str:
    return f"Mean ± standard deviation (ddof {ddof}) over seeds"
