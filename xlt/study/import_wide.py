"""Result tables with a column per language, as the code of gaschi2023 writes them, as scores and results."""

import logging
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from xlt.errors import OptionError, XltError
from xlt.files.atomic import outputs_together
from xlt.files.provenance import Input, Record, make_record
from xlt.files.rows import Row, grouped, some
from xlt.files.schemas import ITEMS, RESULTS, SCORES
from xlt.files.shown import Shown
from xlt.files.tables import Source, check_table_outputs, open_table, write_table
from xlt.options import params
from xlt.study.options import WideOptions
from xlt.study.points import number
from xlt.tasks.kinds import TASKS

logger = logging.getLogger(__name__)

# What stands for a name in a pattern of columns.
_NAMES = {
    "lang": r".+?",
    # Languages may have an underscore (pt_br), and so have a few metrics.
    "metric": r"macro_f1|[^_]+",
    "stage": r"before|after",
    "direction": r"fwd|bwd|src-tgt|tgt-src",
    "layer": r"-?\d+",
    "strength": r"weak|strong",
}
_DIRECTIONS = {"fwd": "src-tgt", "bwd": "tgt-src"}
_TASKS = {"udpos": "pos", "wikiann": "ner", "xnli": "nli"}
# The column of the training language, and what is no language.
_SOURCE, _NO_LANGUAGE = "same", {"avg"}
_SHARES = {"accuracy", "macro_f1", "f1", "precision", "recall"}
# Alignment before fine-tuning is one number, measured again with each seed: a few words in a thousand may differ.
_NOISE = 0.01


@dataclass(frozen=True)
class Imported(Shown):
    """The files that were written, and counts."""

    outputs: list[str]
    summary: dict[str, Any]


def import_wide(
    name: str,
    options: WideOptions = WideOptions(),
    *,
    scores: str | None = None,
    results: str | None = None,
    force: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Imported:
    """Write what a table with a row per run and a column per language holds as scores and as results.

    The columns ``model``, ``task`` and ``seed`` say which run it is, ``method`` (or ``realignment_strategy``), where it
    is there, how it was trained. Scores of stage before are of the model itself, one for all runs of it.

    Args:
        name: the table: CSV, or any that xlt reads.
        options: what the columns are called and what they do not say.
        scores, results: tables to write; None for NAME.scores.parquet and NAME.results.parquet, each where there is
            anything to write.
        force: replace existing outputs.
        tags: columns of both tables.

    Raises:
        XltError: no such column, text where numbers are expected, two rows of one run, or alignment before fine-tuning
            that differs between the runs of a model.
    """
    tags = dict(tags or {})
    for schema in (SCORES, RESULTS):
        schema.check_tags(tags)
    table = open_table(name)
    result_columns = _matching(table, options.result_columns, "result_columns", {"lang"})
    score_columns = _matching(table, options.score_columns, "score_columns", {"lang", "layer"})
    if not result_columns and not score_columns:
        raise XltError(
            f"{table.where}: no column is called like {options.result_columns} or {options.score_columns}; there are "
            f"{', '.join(table.schema.names)}"
        )
    runs = _runs(table)
    signature = f"table:{table.sha256[:8]}"
    rows = {
        "scores": _scores(runs, score_columns, options, signature) if score_columns else [],
        "results": _results(runs, result_columns, options, signature) if result_columns else [],
    }
    stem = "table" if name == "-" else str(Path(name).with_suffix(""))
    named = {"scores": scores or f"{stem}.scores.parquet", "results": results or f"{stem}.results.parquet"}
    outputs = [named[kind] for kind in rows if rows[kind]]
    check_table_outputs(named.values() if scores or results else outputs, [name], force, "scores and results")
    summary: dict[str, Any] = {"runs": len(runs), **{kind: len(of_kind) for kind, of_kind in rows.items()}}
    used = {*result_columns, *score_columns, "model", "task", "seed", "method", "realignment_strategy"}
    summary["cells without a number"] = _count_empty(table, runs, {**result_columns, **score_columns})
    summary["columns not used"] = ", ".join(c for c in table.schema.names if c not in used) or "none"
    record = _record(table, options, tags) | {"summary": summary}
    with outputs_together():
        for kind, schema in (("scores", SCORES), ("results", RESULTS)):
            if rows[kind]:
                write_table(named[kind], [row | tags for row in rows[kind]], schema.arrow(extra=tags), record, force)
    return Imported(outputs, summary)


def _record(table: Source, options: WideOptions, tags: Mapping[str, str]) -> Record:
    inputs = [Input("table", table.where, table.sha256, table.record)]
    return make_record("import wide", params=params(options), inputs=inputs, tags=tags)


def _matching(table: Source, pattern: str, option: str, needed: set[str]) -> dict[str, dict[str, str]]:
    # What each column's name says, by column.
    parts = re.split(r"\{(\w+)\}", pattern)
    names = parts[1::2]
    unknown = [n for n in names if n not in _NAMES]
    if unknown or len(set(names)) < len(names) or not needed & set(names):
        text = f"{pattern}: use {{lang}} and others of {', '.join(_NAMES)} in braces, each once"
        raise OptionError(option, text)
    expression = "".join(f"(?P<{part}>{_NAMES[part]})" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    matches = {column: re.fullmatch(expression, column) for column in table.schema.names}
    parts_of = {column: match.groupdict() for column, match in matches.items() if match}
    parts_of = {column: names for column, names in parts_of.items() if names["lang"] not in _NO_LANGUAGE}
    for column in parts_of:
        kind = table.schema.field(column).type
        if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
            raise XltError(f"{table.where}: column '{column}' holds no numbers but {kind}")
    return parts_of


def _runs(table: Source) -> list[Row]:
    for column in ("model", "task", "seed"):
        if column not in table.schema.names:
            raise XltError(f"{table.where}: no column '{column}'; a row is a run of a model, a task and a seed")
    runs = [row for batch in table.batches(None) for row in batch.to_pylist()]
    if not runs:
        raise XltError(f"{table.where}: no row")
    for at, row in enumerate(runs):
        if not isinstance(row["model"], str) or not isinstance(row["task"], str):
            raise XltError(f"{table.where}:row {at}: model or task is empty")
        if row["seed"] is not None and not (isinstance(row["seed"], int | float) and row["seed"] % 1 == 0):
            raise XltError(f"{table.where}:row {at}: seed {row['seed']} is no whole number")
    twice = [who for who, times in Counter(map(_checkpoint, runs)).items() if times > 1]
    if twice:
        raise XltError(f"{table.where}: {len(twice):,} runs stand there twice, such as {twice[0]}")
    return runs


def _method(run: Row) -> str:
    return str(run.get("method") or run.get("realignment_strategy") or "")


def _checkpoint(run: Row) -> str:
    return "/".join(filter(None, (run["model"], run["task"], _method(run), str(run["seed"]))))


def _identity(run: Row) -> Row:
    task = _TASKS.get(run["task"], run["task"])
    seed = None if run["seed"] is None else int(run["seed"])
    return {
        "model": _checkpoint(run), "base_model": run["model"], "recipe": _method(run) or f"finetune({task})",
        "task": task, "seed": seed, "weights": None,
    }  # fmt: skip


def _count_empty(table: Source, runs: Sequence[Row], columns: Mapping[str, Mapping[str, str]]) -> int:
    # A model without a layer, or a task without a metric, has nothing in a column; a gap among numbers is a fault.
    empty = 0
    gaps: dict[str, int] = {}
    groups = grouped(runs, ["model", "task"])
    for column in columns:
        for group in groups.values():
            missing = sum(number(run[column]) is None for run in group)
            empty += missing
            if 0 < missing < len(group):
                gaps[column] = gaps.get(column, 0) + missing
    if gaps:
        logger.warning(
            "%s: %s cells are empty or NaN where other runs of the model and task have a number, in %s",
            table.where, f"{sum(gaps.values()):,}", some(gaps),
        )  # fmt: skip
    return empty


def _results(
    runs: Sequence[Row], columns: Mapping[str, Mapping[str, str]], options: WideOptions, signature: str
) -> list[Row]:
    rows = []
    langs_of: dict[str, set[tuple[str, str]]] = {}
    for run in runs:
        identity = _identity(run)
        task = TASKS.get(identity["task"])
        for column, names in columns.items():
            value = number(run[column])
            if value is None:
                continue
            metric = names.get("metric") or (task.select if task else "accuracy")
            if metric in _SHARES and not 0 <= value <= 1:
                raise XltError(f"{column} of {identity['model']} is {value:g}: {metric} is a share, from 0 to 1")
            lang = options.source if names["lang"] == _SOURCE else names["lang"]
            if (lang, metric) in langs_of.setdefault(identity["model"], set()):
                raise XltError(f"{column}: there is a second {metric} of {lang}, which '{_SOURCE}' stands for, too")
            langs_of[identity["model"]].add((lang, metric))
            about = {"train_lang": options.source, "lang": lang, "split": options.split, "metric": metric}
            rows.append(identity | about | {"value": value, "signature": signature})
    return rows


def _scores(
    runs: Sequence[Row], columns: Mapping[str, Mapping[str, str]], options: WideOptions, signature: str
) -> list[Row]:
    rows = []
    before: dict[tuple[str, str], list[float]] = {}
    for run in runs:
        for column, names in columns.items():
            value = number(run[column])
            if value is None:
                continue
            if names.get("stage", "after") == "before":
                before.setdefault((run["model"], column), []).append(value)
            else:
                rows.append(_identity(run) | _measured(names, options, signature, value))
    for (model, column), values in before.items():
        if max(values) - min(values) > _NOISE:
            raise XltError(
                f"{column} of {model} is {min(values):.3f} in one row and {max(values):.3f} in another, but alignment "
                "before fine-tuning is that of the model itself; import rows that were made alike"
            )
        bare = {"model": model, "base_model": model, "recipe": "", "task": "", "seed": None, "weights": None}
        rows.append(bare | _measured(columns[column], options, signature, sum(values) / len(values)))
    _set_layers(rows)
    return rows


def _measured(names: Mapping[str, str], options: WideOptions, signature: str, value: float) -> Row:
    direction = names.get("direction", "src-tgt")
    return {
        "src_lang": options.source, "tgt_lang": names["lang"], "layer": int(names.get("layer", -1)),
        "direction": _DIRECTIONS.get(direction, direction), "measure": ITEMS.usual("measure"),
        "strength": names.get("strength", options.strength), "similarity": "cosine", "value": value,
        "signature": signature,
    }  # fmt: skip


def _set_layers(rows: Sequence[Row]) -> None:
    # The greatest number of a model is its last layer; a negative number is a depth already.
    last: dict[str, int] = {}
    for row in rows:
        last[row["base_model"]] = max(row["layer"], last.get(row["base_model"], 0))
    for row in rows:
        layer, greatest = row["layer"], last[row["base_model"]]
        row["depth"] = layer if layer < 0 else layer - greatest - 1
        if layer < 0:
            row["layer"] = None
