"""Rows of tables: of several kinds, told apart by their columns; scores and results; or any with two columns."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlt.errors import XltError
from xlt.files.identity import lineages
from xlt.files.inputs import check_inputs
from xlt.files.provenance import Input
from xlt.files.rows import Row
from xlt.files.schema import Schema
from xlt.files.schemas import (
    BREAKDOWNS,
    CHANGES,
    COMPARISONS,
    CORRELATIONS,
    DIFFERENCES,
    ITEMS,
    MEASURED,
    POINTS,
    RESULTS,
    SCORES,
)
from xlt.files.tables import Source, open_table

logger = logging.getLogger(__name__)

_WHOLE = {"layer", "depth", "seed"}
_OF_SCORES = [column for column in SCORES.columns if column.name in MEASURED and column.required]
_MEASURED = tuple(column.name for column in _OF_SCORES if "" not in column.values)
# The usual measure is nothing without these, either; others may search nothing.
_SEARCHED, _OF_SEARCH = ITEMS.usual("measure"), [column.name for column in _OF_SCORES if "" in column.values]
# What a row is about; without it no other cell says anything.
_NAMES = {
    SCORES.kind: ("model", "src_lang", "tgt_lang", *_MEASURED),
    BREAKDOWNS.kind: ("model", "src_lang", "tgt_lang", "key", "group", *_MEASURED),
    RESULTS.kind: ("model", "lang", "split", "metric"),
    POINTS.kind: ("model", "train_lang", "lang", "split", "metric", "stage", *_MEASURED),
    CORRELATIONS.kind: ("n", "method"),
    DIFFERENCES.kind: ("contrast", "n", "method"),
    CHANGES.kind: ("model", "src_lang", "tgt_lang", *_MEASURED, "seeds"),
    COMPARISONS.kind: ("model", "method", "lang", "split", "metric", "seeds"),
}
# A tag of this name would be a second column of the points.
_OF_POINTS = {c.name for c in POINTS.columns}


@dataclass(frozen=True)
class Read:
    """What tables hold.

    Attributes:
        rows: by kind, in the order of the files; each also holds ``where``, the name of its file.
        extra: by kind the columns that the kind does not name, such as tags.
        lineage: by the hash of a model's weights those of itself and its ancestors, as far as records tell.
        inputs: for the record.
    """

    rows: dict[str, list[Row]]
    extra: dict[str, list[str]]
    lineage: dict[str, list[str]]
    inputs: list[Input]


def read_rows(names: Sequence[str], kinds: Sequence[Schema]) -> Read:
    """Read tables of some kinds in any order; the columns say which is which.

    Raises:
        XltError: a table of another kind, or one that is given twice.
    """
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise XltError(f"{twice[0]} is given twice")
    check_inputs(names)
    read = Read(rows={kind.kind: [] for kind in kinds}, extra={kind.kind: [] for kind in kinds}, lineage={}, inputs=[])
    for name in names:
        source = open_table(name, kinds)
        kind = source.kind or kinds[0]
        read.inputs.append(Input(kind.kind, source.where, source.sha256, source.record))
        for weights, line in lineages(source.record).items():
            ancestors = read.lineage.setdefault(weights, [])
            ancestors += [w for w in line if w not in ancestors]
        named, extra = {c.name for c in kind.columns}, read.extra[kind.kind]
        extra += [column for column in source.schema.names if column not in named and column not in extra]
        before = len(read.rows[kind.kind])
        for batch in source.batches(None):
            rows = _filled(_cleaned(batch, extra if kind.tags else []), kind).to_pylist()
            for row in rows:
                row["where"] = source.where
            _check_named(rows, kind, source.where, len(read.rows[kind.kind]) - before)
            read.rows[kind.kind] += rows
    return read


def _cleaned(batch: pa.RecordBatch, tags: Sequence[str]) -> pa.Table:
    # Other programs write NaN for what is not there, whole numbers with a gap among them as floats, tags as numbers.
    table = pa.Table.from_batches([batch])
    for i, field in enumerate(table.schema):
        if field.name in tags and pa.types.is_primitive(field.type):
            table = table.set_column(i, field.name, table.column(i).cast(pa.string()))
        if field.name in tags or not pa.types.is_floating(field.type):
            continue
        column = table.column(i)
        column = pc.if_else(pc.is_nan(column), pa.scalar(None, field.type), column)
        if field.name in _WHOLE and pc.all(pc.equal(column, pc.floor(column))).as_py() is not False:
            column = column.cast(pa.int64())
        table = table.set_column(i, field.name, column)
    return table


def _filled(table: pa.Table, kind: Schema) -> pa.Table:
    # What an absent column means, and an empty cell where that is a value.
    for column in kind.columns:
        empty = "" if "" in column.values else column.usual
        at = table.schema.get_field_index(column.name)
        if empty is None:
            continue
        if at < 0:
            table = table.append_column(column.name, pa.repeat(empty, len(table)))
        else:
            table = table.set_column(at, column.name, pc.fill_null(table.column(at).cast(pa.string()), empty))
    return table


def _check_named(rows: Sequence[Row], kind: Schema, where: str, first: int) -> None:
    for name in _NAMES.get(kind.kind, ()):
        empty = sum(row[name] in (None, "") for row in rows)
        if empty:
            raise XltError(f"{where}: column '{name}' is empty in {empty:,} rows, so that they are about nothing")
    ends = {"ci_low", "ci_high"}
    if ends <= {column.name for column in kind.columns}:
        half = next((i for i, row in enumerate(rows) if (row["ci_low"] is None) != (row["ci_high"] is None)), None)
        if half is not None:
            raise XltError(f"{where}:row {first + half}: of the interval only one end is there, ci_low or ci_high")
    for name in (column.name for column in kind.columns if column.name in _OF_SEARCH):
        empty = sum(row[name] == "" and row["measure"] == _SEARCHED for row in rows)
        if empty:
            raise XltError(f"{where}: column '{name}' is empty in {empty:,} rows of {_SEARCHED}, which has one")


@dataclass(frozen=True)
class ScoresAndResults:
    """Scores and results as rows; every one also holds ``where``, the name of its file.

    Attributes:
        scores, results: the rows.
        score_tags, result_tags: their further columns, and as what these stand in the points.
        lineage: by the hash of a model's weights those of itself and its ancestors, as far as records tell.
        inputs: for the record.
    """

    scores: list[Row]
    results: list[Row]
    score_tags: dict[str, str]
    result_tags: dict[str, str]
    lineage: dict[str, list[str]]
    inputs: list[Input]


def read_scores_and_results(names: Sequence[str]) -> ScoresAndResults:
    """Read scores and results in any order; the columns say which is which.

    Raises:
        XltError: a table of another kind, one that is given twice, no scores, or no results.
    """
    return scores_and_results(read_rows(names, (SCORES, RESULTS)))


def scores_and_results(read: Read) -> ScoresAndResults:
    """Scores and results of what was read.

    Raises:
        XltError: no scores, or no results.
    """
    for kind, step in ((SCORES, "align-score"), (RESULTS, "eval")):
        if not read.rows[kind.kind]:
            given = ", ".join(item.name for item in read.inputs) or "nothing"
            raise XltError(f"no {kind.kind} in {given}; 'xlt {step}' writes them")
    score_tags, result_tags = read.extra[SCORES.kind], read.extra[RESULTS.kind]
    return ScoresAndResults(
        scores=read.rows[SCORES.kind],
        results=read.rows[RESULTS.kind],
        # The recipe, task and seed of a point are the result's, and so is a tag that both have.
        score_tags={t: f"score_{t}" if t in result_tags or t in _OF_POINTS else t for t in score_tags},
        result_tags={t: f"result_{t}" if t in _OF_POINTS else t for t in result_tags},
        lineage=read.lineage,
        inputs=read.inputs,
    )


@dataclass(frozen=True)
class Plain:
    """Rows with two finite numbers, their schema, the tables as inputs of a record, and counts."""

    rows: list[Row]
    schema: pa.Schema
    inputs: list[Input]
    summary: dict[str, Any]


def read_plain(names: Sequence[str], x: str, y: str) -> Plain:
    """Read tables with the numeric columns ``x`` and ``y``, one after another; rows without a number are left out.

    Raises:
        XltError: a table without the columns, with others than the tables before, or with text in them; one that is
            given twice, for its points would count twice; no number.
    """
    tables: list[pa.Table] = []
    inputs: list[Input] = []
    where: dict[str, str] = {}
    for name in names:
        source = open_table(name)
        first = where.setdefault(source.sha256, source.where)
        if len(where) == len(inputs):
            same = "is given twice" if first == source.where else f"holds the same as {first}"
            raise XltError(f"{source.where} {same}")
        inputs.append(Input("table", source.where, source.sha256, source.record))
        for column in (x, y):
            _check_numbers(source, column)
        tables.append(pa.Table.from_batches(list(source.batches(None)), source.schema))
        if set(tables[0].column_names) != set(source.schema.names):
            raise XltError(f"{source.where} has other columns than {names[0]}: {', '.join(source.schema.names)}")
    try:
        table = pa.concat_tables([t.select(tables[0].column_names) for t in tables], promote_options="permissive")
    except pa.ArrowException as error:
        raise XltError(f"the tables have columns of one name and of several types: {error}") from error
    numbers = [pc.cast(table.column(c), pa.float64()).to_numpy(zero_copy_only=False) for c in (x, y)]
    finite = np.isfinite(numbers[0]) & np.isfinite(numbers[1])
    left_out = int((~finite).sum())
    if not finite.any():
        raise XltError(f"{', '.join(names)}: no row has a number in both {x} and {y}")
    if left_out:
        logger.warning("%s rows are left out: %s or %s is empty or NaN", f"{left_out:,}", x, y)
    summary = {"rows": table.num_rows, "of these, without a number": left_out}
    # In an order that the order of the files does not change.
    columns = table.column_names
    rows = table.filter(pa.array(finite)).to_pylist()
    rows.sort(key=lambda row: [(row[c] is not None, str(row[c])) for c in columns])
    return Plain(rows=rows, schema=table.schema.remove_metadata(), inputs=inputs, summary=summary)


def _check_numbers(source: Source, column: str) -> None:
    index = source.schema.get_field_index(column)
    if index < 0:
        raise XltError(f"{source.where}: no column '{column}'; there are {', '.join(source.schema.names)}")
    kind = source.schema.field(index).type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
        raise XltError(f"{source.where}: column '{column}' holds no numbers but {kind}")
