"""From one form of table to another: the same rows, the record carried along."""

import logging
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from xlt.errors import OptionError, XltError
from xlt.files.options import ConvertOptions
from xlt.files.provenance import Input, make_record
from xlt.files.table_writers import FORMATS, TEXT_FORMATS, Write
from xlt.files.tables import SUFFIXES, Source, check_table_outputs, open_exact_table, table_writer

logger = logging.getLogger(__name__)

_WITH_RECORD = (".parquet", ".arrow")


@dataclass(frozen=True)
class Converted:
    """Where the table was written, and how many rows it has."""

    output: str
    rows: int


def convert(name: str, output: str, options: ConvertOptions = ConvertOptions(), *, force: bool = False) -> Converted:
    """Write a table in another form: the same values and types, and the record of its making where there is a place.

    Args:
        name: the table, a path or ``-``; Parquet, Arrow, CSV or JSON lines by its first bytes.
        output: where to write, the form by the suffix; ``-`` is standard output, in the form of the options.
        options: the form of standard output.
        force: replace an existing output.

    Raises:
        XltError: bad input, or values that the form cannot hold.
    """
    if output != "-" and options.form is not None:
        raise OptionError("form", f"has no effect on {output}, whose suffix says the form; leave it out")
    suffix = Path(output).suffix if output != "-" else f".{options.form or 'arrow'}"
    if output == "-" and suffix in TEXT_FORMATS:
        check_table_outputs((), [name], force)
    else:
        check_table_outputs((output,), [name], force)
    source = open_exact_table(name)
    if suffix in TEXT_FORMATS:
        _check_types(source, suffix)
    elif suffix not in FORMATS:
        raise XltError(f"{output}: the suffix says the form; use one of {', '.join(SUFFIXES)}")
    rows = 0
    batches = _plain(source)
    if output == "-" and suffix in TEXT_FORMATS:
        with TEXT_FORMATS[suffix](sys.stdout, source.schema, {}) as write:
            rows = _copy(batches, write, source, suffix)
    else:
        # The record as it is: converted, a table is still what those commands made.
        made = source.record or make_record("convert", params={}, inputs=[Input("table", name, source.sha256)])
        with table_writer(output, source.schema, made, force) as writer:
            rows = _copy(batches, writer.write, source, suffix)
    if source.record and suffix not in _WITH_RECORD:
        logger.info("%s has no place for the record of the making, which 'xlt show %s' tells", suffix, name)
    return Converted(output, rows)


def _copy(batches: Iterator[pa.RecordBatch], write: Write, source: Source, suffix: str) -> int:
    rows = 0
    for batch in batches:
        if suffix == ".jsonl":
            _check_numbers(batch, source.where, rows)
        elif suffix in TEXT_FORMATS:
            _check_texts(batch, source.where, rows)
        write(batch)
        rows += batch.num_rows
    return rows


def _plain(source: Source) -> Iterator[pa.RecordBatch]:
    for batch in source.batches(None):
        yield pa.RecordBatch.from_arrays(batch.columns, schema=source.schema)


def _check_types(source: Source, suffix: str) -> None:
    for field in source.schema:
        kind = field.type.value_type if pa.types.is_list(field.type) else field.type
        simple = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
        if not (simple or pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_null(kind)):
            raise XltError(
                f"{source.where}: column '{field.name}' has type {field.type}, which {suffix} cannot hold; "
                f"write {' or '.join(_WITH_RECORD)}"
            )


def _check_texts(batch: pa.RecordBatch, where: str, first: int) -> None:
    # By such a character a reader tells that a file is no text.
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
            continue
        row = pc.index(pc.match_substring(column, "\0"), True).as_py()
        if row >= 0:
            raise XltError(
                f"{where}:row {first + row}: column '{name}' holds the character NUL, which text forms cannot hold; "
                "write .jsonl, .parquet or .arrow"
            )


def _check_numbers(batch: pa.RecordBatch, where: str, first: int) -> None:
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        values = column.flatten() if pa.types.is_list(column.type) else column
        if not pa.types.is_floating(values.type) or not pc.any(pc.invert(pc.is_finite(values))).as_py():
            continue
        for row, cell in enumerate(column.to_pylist()):
            numbers = cell if isinstance(cell, list) else [cell]
            if any(number is not None and not math.isfinite(number) for number in numbers):
                raise XltError(
                    f"{where}:row {first + row}: column '{name}' holds {cell}, for which JSON has no number; "
                    "write .csv, .parquet or .arrow"
                )
