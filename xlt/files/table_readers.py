"""Readers of tables, one a format: from bytes to record batches; the face is :mod:`xlt.files.tables`."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.json as pajson
import pyarrow.parquet as pq

from xlt.errors import XltError
from xlt.files.parquet import bounded_batches, bounded_parts, check_parquet
from xlt.files.provenance import KEY, Record, from_bytes
from xlt.files.schema import Schema, nearest_kind
from xlt.files.table_checks import check_batch, check_entries, check_names, check_text

Kinds = Schema | Sequence[Schema] | None
Batches = Callable[[list[str] | None], Iterator[pa.RecordBatch]]

# How files of each format begin.
_PARQUET, _ARROW_STREAM, _ARROW_FILE = b"PAR1", b"\xff\xff\xff\xff", b"ARROW1"
_BATCH_ROWS = 8192
_FIRST_ROW = 1 << 20
_LONGEST_REASON = 300


@dataclass(frozen=True)
class Content:
    """What a table holds; ``batches`` gives all rows, or some columns of them, again and again."""

    schema: pa.Schema
    record: Record | None
    num_rows: int
    batches: Batches


def is_binary_table(head: bytes) -> bool:
    """Whether a file that begins so is a table of one of the binary formats."""
    return head.startswith((_PARQUET, _ARROW_STREAM, _ARROW_FILE))


def kind_in(names: Iterable[str], kinds: Kinds) -> Schema | None:
    """Of the kinds that a table may be, the one that its columns speak for."""
    return kinds if kinds is None or isinstance(kinds, Schema) else nearest_kind(names, kinds)


def read_table(data: pa.Buffer, where: str, kinds: Kinds = None) -> Content:
    """What stands in a table, by its first bytes.

    Args:
        data: of the whole file or stream.
        where: name for messages.
        kinds: what the table may be, for formats that do not say the types of their columns.

    Raises:
        XltError: not a table, broken, or values that cannot be of the kind.
    """
    kind = None
    head = bytes(data[:8])
    try:
        if head.startswith(_PARQUET):
            return _open_parquet(data, where)
        if head.startswith(_ARROW_STREAM):
            return _open_arrow(data, where)
        if head.startswith(_ARROW_FILE):
            table = pa.ipc.open_file(pa.BufferReader(data)).read_all()
            check_names(table.column_names, where)
            first = 0
            for batch in table.to_batches():
                check_entries(batch, where, first, data.size)
                check_batch(batch, where, first)
                first += batch.num_rows
            kind = kind_in(table.column_names, kinds)
        elif head.lstrip()[:1] == b"{":
            check_text(data, where)
            kind = kind_in(_first_json_row(data), kinds)
            table = pajson.read_json(pa.BufferReader(data), parse_options=_json_types(data, kind))
        elif b"\0" in bytes(data[:4096]):
            raise XltError(f"{where} is not a table: neither Parquet, Arrow, CSV nor JSON lines")
        else:
            check_text(data, where)
            parse = pacsv.ParseOptions(newlines_in_values=True)
            names = pacsv.open_csv(pa.BufferReader(data), parse_options=parse).schema.names
            _check_header(names, where)
            kind = kind_in(names, kinds)
            convert = _csv_types(names, kind)
            table = pacsv.read_csv(pa.BufferReader(data), parse_options=parse, convert_options=convert)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise XltError(f"{where} cannot be read: it is broken or cut off ({_first_line(error)})") from error
    if kind is not None:
        table = _parse_lists(table, kind, where)
    return _from_table(table, where)


def _check_header(names: Sequence[str], where: str) -> None:
    check_names(names, where)
    for character, name in ((";", "semicolons"), ("\t", "tabs")):
        if len(names) == 1 and character in names[0]:
            raise XltError(f"{where}: columns are separated by {name}; a CSV file has commas")


def _csv_types(names: Iterable[str], schema: Schema | None) -> pacsv.ConvertOptions | None:
    # Without types the reader guesses: a tag 007 would become a number, the language nan (Min Nan) a missing value.
    if schema is None:
        return None
    numeric = {f.name for f in schema.arrow() if pa.types.is_primitive(f.type)}
    return pacsv.ConvertOptions(column_types={name: pa.string() for name in names if name not in numeric})


def _json_types(data: pa.Buffer, schema: Schema | None) -> pajson.ParseOptions | None:
    # Without types the reader guesses: words such as 2019-01-01 would become points in time.
    if schema is None:
        return None
    known = {f.name: f.type for f in schema.arrow()}
    fields = []
    for name, value in _first_json_row(data).items():
        if isinstance(value, str):
            fields.append(pa.field(name, pa.string()))
        elif isinstance(value, list) and known.get(name) == pa.list_(pa.string()):
            fields.append(pa.field(name, known[name]))
    return pajson.ParseOptions(explicit_schema=pa.schema(fields), unexpected_field_behavior="infer")


def _first_json_row(data: pa.Buffer) -> dict[str, Any]:
    try:
        row = json.loads(bytes(data[:_FIRST_ROW]).lstrip().partition(b"\n")[0])
    except (ValueError, RecursionError):
        return {}
    return row if isinstance(row, dict) else {}


def _open_parquet(data: pa.Buffer, where: str) -> Content:
    file = pq.ParquetFile(pa.BufferReader(data))
    check_names(file.schema_arrow.names, where)
    check_parquet(file, data.size, where)

    def batches(columns: list[str] | None) -> Iterator[pa.RecordBatch]:
        try:
            first = 0
            for batch in bounded_batches(data, _BATCH_ROWS, columns, where):
                check_batch(batch, where, first)
                yield batch
                first += batch.num_rows
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise XltError(f"{where} cannot be read: it is broken ({_first_line(error)})") from error

    record = from_bytes((file.metadata.metadata or {}).get(KEY.encode()))
    schema = file.schema_arrow.remove_metadata()
    return Content(schema=schema, record=record, num_rows=file.metadata.num_rows, batches=batches)


def _open_arrow(data: pa.Buffer, where: str) -> Content:
    def batches(columns: list[str] | None) -> Iterator[pa.RecordBatch]:
        first = 0
        for batch in pa.ipc.open_stream(pa.BufferReader(data)):
            if batch.num_rows:
                yield from bounded_parts(batch.select(columns) if columns else batch, where, first)
            first += batch.num_rows

    rows, ended = 0, False
    reader = pa.ipc.open_stream(pa.BufferReader(data))
    check_names(reader.schema.names, where)
    record = from_bytes((reader.schema.metadata or {}).get(KEY.encode()))
    while True:
        try:
            batch, custom = reader.read_next_batch_with_custom_metadata()
        except StopIteration:
            break
        check_entries(batch, where, rows, data.size)
        check_batch(batch, where, rows)
        rows += batch.num_rows
        if custom is not None and KEY.encode() in dict(custom):
            record, ended = from_bytes(dict(custom)[KEY.encode()]), True
    if record is not None and not ended:
        raise XltError(f"{where} is cut off: the command that wrote it did not end")
    return Content(schema=reader.schema.remove_metadata(), record=record, num_rows=rows, batches=batches)


def _from_table(table: pa.Table, where: str) -> Content:
    def batches(columns: list[str] | None) -> Iterator[pa.RecordBatch]:
        first = 0
        for batch in (table.select(columns) if columns else table).to_batches(_BATCH_ROWS):
            yield from bounded_parts(batch, where, first)
            first += batch.num_rows

    record = from_bytes((table.schema.metadata or {}).get(KEY.encode()))
    return Content(schema=table.schema, record=record, num_rows=table.num_rows, batches=batches)


def _parse_lists(table: pa.Table, schema: Schema, where: str) -> pa.Table:
    # Lists stand in CSV as JSON; a column of whole numbers in text or numbers, as the reader guessed.
    arrow = schema.arrow()
    for name in set(arrow.names) & set(table.column_names):
        expected, read = arrow.field(name).type, table.schema.field(name).type
        if expected == read:
            continue
        try:
            if pa.types.is_list(expected) and pa.types.is_string(read):
                column = pa.array([json.loads(v) for v in table.column(name).to_pylist()], expected)
            else:
                column = table.column(name).cast(expected)
        except (ValueError, TypeError, OverflowError, RecursionError, pa.ArrowException) as error:
            raise XltError(f"{where}: column '{name}' is not {expected}: {_first_line(error)}") from error
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:_LONGEST_REASON]
