"""Points that stand in a table already: two of its columns, and others to group or resample by."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlt.errors import XltError
from xlt.files.provenance import Input
from xlt.files.tables import Source, open_table

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Plain:
    """Rows with two finite numbers, their schema, the tables as inputs of a record, and counts."""

    rows: list[dict[str, Any]]
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
    known: dict[str, str] = {}
    for name in names:
        source = open_table(name)
        first = known.setdefault(source.sha256, source.where)
        if len(known) == len(inputs):
            same = "is given twice" if first == source.where else f"holds the same as {first}"
            raise XltError(f"{source.where} {same}")
        inputs.append(Input("table", source.where, source.sha256, source.record))
        for column in (x, y):
            _check(source, column)
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
    return Plain(rows, table.schema.remove_metadata(), inputs, summary)


def _check(source: Source, column: str) -> None:
    index = source.schema.get_field_index(column)
    if index < 0:
        raise XltError(f"{source.where}: no column '{column}'; there are {', '.join(source.schema.names)}")
    kind = source.schema.field(index).type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
        raise XltError(f"{source.where}: column '{column}' holds no numbers but {kind}")
