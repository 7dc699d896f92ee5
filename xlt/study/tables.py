"""Rows of tables of several kinds, told apart by their columns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from xlt.errors import XltError
from xlt.files.identity import lineages
from xlt.files.provenance import Input
from xlt.files.schemas import CHANGES, COMPARISONS, CORRELATIONS, DIFFERENCES, POINTS, RESULTS, SCORES, Schema
from xlt.files.tables import open_table

Row = dict[str, Any]

_WHOLE = {"layer", "depth", "seed"}
_MEASURED = ("direction", "measure", "strength", "similarity")
# What a row is about; without it no other cell says anything.
_NAMES = {
    SCORES.kind: ("model", "src_lang", "tgt_lang", *_MEASURED),
    RESULTS.kind: ("model", "lang", "split", "metric"),
    POINTS.kind: ("model", "train_lang", "lang", "split", "metric", "stage", *_MEASURED),
    CORRELATIONS.kind: ("n", "method"),
    DIFFERENCES.kind: ("contrast", "n", "method"),
    CHANGES.kind: ("model", "src_lang", "tgt_lang", *_MEASURED, "seeds"),
    COMPARISONS.kind: ("model", "method", "lang", "split", "metric", "seeds"),
}


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
    found = Read({kind.kind: [] for kind in kinds}, {kind.kind: [] for kind in kinds}, {}, [])
    for name in names:
        source = open_table(name, kinds)
        kind = source.kind or kinds[0]
        found.inputs.append(Input(kind.kind, source.where, source.sha256, source.record))
        for weights, line in lineages(source.record).items():
            known = found.lineage.setdefault(weights, [])
            known += [w for w in line if w not in known]
        named, extra = {c.name for c in kind.columns}, found.extra[kind.kind]
        extra += [column for column in source.schema.names if column not in named and column not in extra]
        for batch in source.batches(None):
            rows = _cleaned(batch, extra if kind.tags else []).to_pylist()
            for row in rows:
                row["where"] = source.where
            found.rows[kind.kind] += rows
            _check_named(rows, kind, source.where)
    return found


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


def _check_named(rows: Sequence[Row], kind: Schema, where: str) -> None:
    for name in _NAMES.get(kind.kind, ()):
        empty = sum(row[name] in (None, "") for row in rows)
        if empty:
            raise XltError(f"{where}: column '{name}' is empty in {empty:,} rows, so that they are about nothing")
