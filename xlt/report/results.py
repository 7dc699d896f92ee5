"""Results of tasks as tables for people: languages and metrics, scores by label, what is taken for what."""

from collections.abc import Sequence

import numpy as np

from xlt.arrays import Ints
from xlt.files.rows import Key, Row, grouped, key_of
from xlt.files.schemas import COMPARISON_GROUP
from xlt.files.text_table import TextTable
from xlt.report.layout import Cell, Layout
from xlt.report.names import PLAIN, Names
from xlt.tasks.kinds import Task
from xlt.tasks.labels import LabelPairs
from xlt.tasks.metrics import class_counts, confusion, f1, precision, recall, type_counts
from xlt.tasks.options import Reading

# A table of more labels is wider than a screen: then the most frequent mistakes are listed.
_MOST_LABELS = 20


def result_table(rows: Sequence[Row]) -> list[TextTable]:
    """A table per model and task: title, header, and a line per language and split with the metrics' intervals."""
    tables = []
    for (model, _, task), group in grouped(rows, ("model", "weights", "task")).items():
        metrics = list(dict.fromkeys(row["metric"] for row in group))
        cells = []
        for key, of_key in grouped(group, ("lang", "split")).items():
            by_metric = {row["metric"]: row for row in of_key}
            cells.append([*key, f"{by_metric[metrics[0]]['n']:,}", *(_cell(by_metric[metric]) for metric in metrics)])
        title = f"{model}: {task}, with 95 % intervals"
        tables.append(TextTable(title, ["lang", "split", "n", *metrics], cells, keys=2))
    return tables


def _cell(row: Row) -> str:
    if row["value"] is None:
        return ""
    interval = "" if row["ci_low"] is None else f" [{row['ci_low']:.3f}, {row['ci_high']:.3f}]"
    return f"{row['value']:.3f}{interval}"


def value_layouts(rows: Sequence[Row], tags: Sequence[str] = (), names: Names = PLAIN) -> list[Layout]:
    """Results as they are, a line an evaluated model: for where no means can be taken over seeds.

    Args:
        rows: of tables of results.
        tags: their further columns, of which those that vary say what a line is about.
        names: what things are called.

    Returns:
        A table per task, languages of training, split and metric: a column a language, percent with 95 % intervals.
    """
    layouts = []
    for (task, train_lang, split, metric), group in grouped(rows, COMPARISON_GROUP).items():
        source = f"trained on {names(train_lang)}" if train_lang else ""
        about = [names(task), f"{names(metric)} in percent", f"{names(split)} set", source]
        layouts.append(_values(", ".join(filter(None, about)), group, tags, names))
    return layouts


def _values(title: str, rows: Sequence[Row], tags: Sequence[str], names: Names) -> Layout:
    langs = list(dict.fromkeys(row["lang"] for row in rows))
    models = names.models(dict.fromkeys(row["model"] for row in rows))
    keys = ["model", *(name for name in ("recipe", "seed", *tags) if len({row.get(name) for row in rows}) > 1)]
    # One model that was measured twice has two lines, and so have two models of one name.
    lines: dict[Key, list[dict[str, Row]]] = {}
    for row in rows:
        of_model = lines.setdefault(key_of(row, ("weights", *keys)), [])
        line = next((line for line in of_model if row["lang"] not in line), None)
        if line is None:
            of_model.append(line := {})
        line[row["lang"]] = row
    return Layout(
        title=title,
        keys=list(map(names, keys)),
        heads=[(names(lang),) for lang in langs],
        lines=[
            ([models[model], *map(names, others)], [Cell(_percent(line.get(lang))) for lang in langs])
            for (_, model, *others), of_model in lines.items()
            for line in of_model
        ],
        notes=["95 % interval in brackets, resampling sentences"],
    )


def _percent(row: Row | None) -> str:
    if row is None:
        return ""
    if row["value"] is None:
        return "-"
    low, high = row["ci_low"], row["ci_high"]
    interval = "" if low is None or high is None else f" [{100 * low:.1f}, {100 * high:.1f}]"
    return f"{100 * row['value']:.1f}{interval}"


def label_tables(title: str, task: Task, pairs: LabelPairs, reading: Reading) -> list[TextTable]:
    """Scores of each label, or of each type of spans; and which label is taken for which.

    The second is a table of gold labels by predicted ones, or above 20 labels a list of the most frequent mistakes.

    Args:
        title: language and split.
        task: says whether labels are BIO tags.
        pairs: gold and predicted labels.
        reading: how tags are read as spans.
    """
    if task.has_spans:
        names, counts = type_counts(pairs, reading)
        what, units = "type", "spans"
    else:
        names, counts = pairs.labels, class_counts(pairs).sum(axis=0).reshape(3, -1).T
        what, units = "label", "words" if task.shape == "words" else "texts"
    sums = counts.astype(np.float64)
    scores = [np.asarray(metric(sums)) for metric in (precision, recall, f1)]
    lines = [
        [name, *(f"{n:,}" for n in counts[i, [1, 2, 0]].tolist()), *(f"{s[i]:.3f}" for s in scores)]
        for i, name in enumerate(names)
    ]
    header = [what, "gold", "predicted", "right", "precision", "recall", "f1"]
    return [TextTable(f"{title}: {units} by {what}", header, lines), _mistakes(title, pairs)]


def _mistakes(title: str, pairs: LabelPairs) -> TextTable:
    table, names = confusion(pairs), [*pairs.labels, "(none)"]
    if len(pairs.labels) <= _MOST_LABELS:
        shown = [i for i in range(len(names)) if i < len(pairs.labels) or table[:, i].any()]
        rows = [[names[i], *(f"{n:,}" for n in table[i, shown].tolist())] for i in range(len(table))]
        return TextTable(f"{title}: gold labels (lines) by predicted ones", ["gold", *(names[i] for i in shown)], rows)
    frequent = _most_frequent(table, names)
    return TextTable(f"{title}: most frequent mistakes", ["gold", "predicted", "words"], frequent, keys=2)


def _most_frequent(table: Ints, names: Sequence[str]) -> list[list[str]]:
    wrong = table.copy()
    np.fill_diagonal(wrong, 0)
    order = np.argsort(-wrong, axis=None, kind="stable")[:_MOST_LABELS]
    places = [divmod(int(at), wrong.shape[1]) for at in order]
    return [[names[g], names[p], f"{wrong[g, p]:,}"] for g, p in places if wrong[g, p]]
