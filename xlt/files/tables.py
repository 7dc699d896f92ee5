"""Tables on disk and in pipes: Parquet, Arrow IPC, CSV, JSON lines; for people also Markdown and LaTeX.

A file is written by its suffix and read by its first bytes. ``-`` is standard input or output, as an Arrow IPC
stream. Provenance travels in the metadata entry ``xlt`` (Parquet and Arrow; the formats for people have no place).
"""

import csv
import hashlib
import json
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.json as pajson
import pyarrow.parquet as pq

from xlt.errors import SchemaError, XltError
from xlt.files.atomic import check_output, output_file
from xlt.files.markup import latex_text, markdown_line
from xlt.files.provenance import KEY, Record, file_sha256, from_bytes, to_bytes
from xlt.files.schemas import Schema, kind_of, nearest_kind

SUFFIXES = (".parquet", ".arrow", ".csv", ".jsonl", ".md", ".tex")
Kinds = Schema | Sequence[Schema] | None

# How files of each format begin.
_PARQUET, _ARROW_STREAM, _ARROW_FILE = b"PAR1", b"\xff\xff\xff\xff", b"ARROW1"
_BATCH_ROWS = 8192
_ROW_GROUP = 16384
_FIRST_ROW = 1 << 20


@dataclass
class Writer:
    """An open output: ``write`` takes record batches, ``record`` may be completed (its ``summary``) until the end."""

    write: Callable[[pa.RecordBatch], None]
    record: Record


def check_table_output(output: str, force: bool, formats: tuple[str, ...] = SUFFIXES) -> None:
    """Refuse an output that cannot be written, before the work starts.

    Raises:
        XltError: an unknown suffix, an existing file without ``force``, a missing folder, binary to a terminal.
    """
    if output == "-":
        if sys.stdout.isatty():
            raise XltError("'-o -' writes a binary Arrow stream: send it to a pipe or a file, not to the terminal")
        return
    if formats and Path(output).suffix not in formats:
        raise XltError(f"{output}: the suffix says the format; use one of {', '.join(formats)}")
    check_output(Path(output), force)


def check_table_outputs(outputs: Iterable[str | None], inputs: Iterable[str], force: bool, what: str = "") -> None:
    """Refuse outputs of which any cannot be written, before the work starts.

    Args:
        outputs: paths or ``-``; None for one that is not asked for.
        inputs: what the step reads; an output must not replace it, with ``force`` either.
        force: replace existing files.
        what: the outputs in words, where there are two.

    Raises:
        XltError: one name for two outputs, an output that is an input; see also :func:`check_table_output`.
    """
    wanted = [output for output in outputs if output is not None]
    named = [output if output == "-" else str(Path(output).resolve()) for output in wanted]
    if len(set(named)) < len(named):
        raise XltError(f"{wanted[0]}: {what} need two names")
    read = {str(Path(name).resolve()): name for name in inputs if name != "-"}
    for output, name in zip(wanted, named, strict=True):
        if name in read:
            raise XltError(f"{output} is an input; it cannot be the output as well")
        check_table_output(output, force)


@contextmanager
def table_writer(output: str, schema: pa.Schema, record: Record, force: bool = False) -> Iterator[Writer]:
    """Open ``output`` (a path or ``-``) for record batches of ``schema``.

    The file appears under its name when the block ends without an exception; otherwise nothing is left.
    """
    check_table_output(output, force)
    with ExitStack() as stack:
        if output == "-":
            write = stack.enter_context(_arrow_stream(sys.stdout.buffer, schema, record))
        else:
            path = stack.enter_context(output_file(Path(output), force))
            write = stack.enter_context(_FORMATS[Path(output).suffix](path, schema, record))
        yield Writer(write, record)


@contextmanager
def _parquet(path: Path, schema: pa.Schema, record: Record) -> Iterator[Callable[[pa.RecordBatch], None]]:
    held: list[pa.RecordBatch] = []
    under_way: list[Future[None]] = []

    def flush() -> None:
        # Arrow compresses without holding Python up: one row group is written while the next is made.
        while under_way:
            under_way.pop().result()
        if held:
            table = pa.Table.from_batches(held)
            under_way.append(pool.submit(writer.write_table, table, row_group_size=_ROW_GROUP))
            held.clear()

    def write(batch: pa.RecordBatch) -> None:
        held.append(batch)
        if sum(b.num_rows for b in held) >= _ROW_GROUP:
            flush()

    with pq.ParquetWriter(path, schema, compression="zstd") as writer, ThreadPoolExecutor(1) as pool:
        yield write
        flush()
        flush()
        writer.add_key_value_metadata({KEY: to_bytes(record)})


@contextmanager
def _arrow_stream(
    sink: IO[bytes] | Path, schema: pa.Schema, record: Record
) -> Iterator[Callable[[pa.RecordBatch], None]]:
    # The schema goes out first, when the summary is not yet known: an empty last batch carries the whole record.
    target = str(sink) if isinstance(sink, Path) else sink
    with pa.ipc.new_stream(target, schema.with_metadata({KEY: to_bytes(record)})) as writer:
        yield writer.write_batch
        writer.write_batch(pa.RecordBatch.from_pylist([], schema=schema), custom_metadata={KEY: to_bytes(record)})


@contextmanager
def _csv(path: Path, schema: pa.Schema, record: Record) -> Iterator[Callable[[pa.RecordBatch], None]]:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(schema.names)
        yield lambda batch: rows.writerows(_text_rows(batch))


@contextmanager
def _jsonl(path: Path, schema: pa.Schema, record: Record) -> Iterator[Callable[[pa.RecordBatch], None]]:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        yield lambda batch: file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in batch.to_pylist())


@contextmanager
def _markdown(path: Path, schema: pa.Schema, record: Record) -> Iterator[Callable[[pa.RecordBatch], None]]:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(markdown_line(schema.names) + markdown_line(["---"] * len(schema.names)))
        yield lambda batch: file.writelines(markdown_line([str(c) for c in row]) for row in _text_rows(batch))


@contextmanager
def _latex(path: Path, schema: pa.Schema, record: Record) -> Iterator[Callable[[pa.RecordBatch], None]]:
    def line(cells: list[str]) -> str:
        return " & ".join(map(latex_text, cells)) + " \\\\\n"

    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(f"\\begin{{tabular}}{{{'l' * len(schema.names)}}}\n\\toprule\n")
        file.write(line(schema.names) + "\\midrule\n")
        yield lambda batch: file.writelines(line([str(c) for c in row]) for row in _text_rows(batch))
        file.write("\\bottomrule\n\\end{tabular}\n")


def _text_rows(batch: pa.RecordBatch) -> Iterator[list[Any]]:
    for row in batch.to_pylist():
        yield [
            "" if v is None else json.dumps(v, ensure_ascii=False) if isinstance(v, list) else v for v in row.values()
        ]


_FORMATS: dict[str, Any] = {
    ".parquet": _parquet,
    ".arrow": _arrow_stream,
    ".csv": _csv,
    ".jsonl": _jsonl,
    ".md": _markdown,
    ".tex": _latex,
}


@dataclass
class Source:
    """A table opened for reading; ``batches`` may be called again and again, also for what came through a pipe.

    Attributes:
        where: name for messages.
        schema: Arrow schema as found.
        record: provenance, or None.
        sha256: hash of the file or stream.
        num_rows: number of rows.
        kind: the kind that the table was asked to be, or of several the one that it is.
    """

    where: str
    schema: pa.Schema
    record: Record | None
    sha256: str
    num_rows: int
    batches: Callable[[list[str] | None], Iterator[pa.RecordBatch]] = field(repr=False)
    kind: Schema | None = None


def open_table(name: str, schema: Kinds = None) -> Source:
    """Open a table by path, or ``-`` for an Arrow stream on standard input, and check it against ``schema``.

    Of several kinds its columns say which it is; ``kind`` of the result tells.

    Raises:
        XltError: no such file, not a table, broken, or of another kind than ``schema``.
    """
    if name == "-":
        source = _open_stream(sys.stdin.buffer, "standard input", schema)
    else:
        path = Path(name)
        if path.is_dir():
            raise XltError(f"{name} is a folder; a table is expected here")
        if not path.exists():
            raise XltError(f"{name}: no such file")
        if not path.is_file():
            with path.open("rb") as pipe:
                return _checked(_open_stream(pipe, name, schema), schema)
        if not path.stat().st_size:
            raise XltError(f"{name} is empty")
        source = _open_buffer(_mapped(path), name, file_sha256(path), schema)
    return _checked(source, schema)


def is_binary_table(head: bytes) -> bool:
    """Whether a file that begins so is a table of one of the binary formats."""
    return head.startswith((_PARQUET, _ARROW_STREAM, _ARROW_FILE))


def _checked(source: Source, schema: Kinds) -> Source:
    source.kind = _kind(source.schema.names, schema)
    if source.kind is None:
        return source
    try:
        source.kind.check(source.schema, source.where)
    except SchemaError as error:
        other = kind_of(source.schema)
        if (
            schema is None
            or isinstance(schema, Schema)
            or other in (None, source.kind)
            or not any(c.required for c in other.columns)
        ):
            raise
        kinds = " or ".join(s.kind for s in schema)
        raise SchemaError(f"{source.where} holds {other.kind}; {kinds} are expected here") from error
    return source


def _kind(names: Iterable[str], schema: Kinds) -> Schema | None:
    return schema if schema is None or isinstance(schema, Schema) else nearest_kind(names, schema)


def _open_stream(stream: IO[bytes], where: str, schema: Kinds) -> Source:
    data = _spool(stream)
    return _open_buffer(data, where, hashlib.sha256(data).hexdigest(), schema)


def _mapped(path: Path) -> pa.Buffer:
    return pa.memory_map(str(path)).read_buffer()


def _spool(stream: IO[bytes]) -> pa.Buffer:
    # A stream is read more than once (count, sample, embed), so it is kept on disk, in a file without a name.
    if stream.isatty():
        raise XltError("'-' reads a table from a pipe, but standard input is a terminal")
    with tempfile.NamedTemporaryFile(prefix="xlt-") as spool:
        shutil.copyfileobj(stream, spool)
        spool.flush()
        if not spool.tell():
            raise XltError("the pipe is empty: did the command before it fail?")
        return _mapped(Path(spool.name))


def _open_buffer(data: pa.Buffer, where: str, sha256: str, kinds: Kinds) -> Source:
    schema = None
    head = bytes(data[:8])
    try:
        if head.startswith(_PARQUET):
            return _open_parquet(data, where, sha256)
        if head.startswith(_ARROW_STREAM):
            return _open_arrow(data, where, sha256)
        if head.startswith(_ARROW_FILE):
            table = pa.ipc.open_file(pa.BufferReader(data)).read_all()
            schema = _kind(table.column_names, kinds)
        elif head.lstrip()[:1] == b"{":
            schema = _kind(_first_json_row(data), kinds)
            table = pajson.read_json(pa.BufferReader(data), parse_options=_json_types(data, schema))
        elif b"\0" in bytes(data[:4096]):
            raise XltError(f"{where} is not a table: neither Parquet, Arrow, CSV nor JSON lines")
        else:
            parse = pacsv.ParseOptions(newlines_in_values=True)
            names = pacsv.open_csv(pa.BufferReader(data), parse_options=parse).schema.names
            _check_header(names, where)
            schema = _kind(names, kinds)
            convert = _csv_types(names, schema)
            table = pacsv.read_csv(pa.BufferReader(data), parse_options=parse, convert_options=convert)
            # What is no UTF-8 comes as bytes.
            broken = [field.name for field in table.schema if pa.types.is_binary(field.type)]
            if broken:
                raise XltError(f"{where}: column '{broken[0]}' is not UTF-8; write the file so")
    except (pa.ArrowException, OSError) as error:
        raise XltError(f"{where} cannot be read: it is broken or cut off ({_first_line(error)})") from error
    if schema is not None:
        table = _parse_lists(table, schema, where)
    return _from_table(table, where, sha256)


def _check_header(names: Sequence[str], where: str) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise XltError(f"{where}: two columns are called '{twice[0]}'")
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
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _open_parquet(data: pa.Buffer, where: str, sha256: str) -> Source:
    file = pq.ParquetFile(pa.BufferReader(data))

    def batches(columns: list[str] | None) -> Iterator[pa.RecordBatch]:
        try:
            yield from pq.ParquetFile(pa.BufferReader(data)).iter_batches(_BATCH_ROWS, columns=columns)
        except (pa.ArrowException, OSError) as error:
            raise XltError(f"{where} cannot be read: it is broken ({_first_line(error)})") from error

    record = from_bytes((file.metadata.metadata or {}).get(KEY.encode()))
    schema = file.schema_arrow.remove_metadata()
    return Source(where, schema, record, sha256, file.metadata.num_rows, batches)


def _open_arrow(data: pa.Buffer, where: str, sha256: str) -> Source:
    def batches(columns: list[str] | None) -> Iterator[pa.RecordBatch]:
        for batch in pa.ipc.open_stream(pa.BufferReader(data)):
            if batch.num_rows:
                yield batch.select(columns) if columns else batch

    rows, ended = 0, False
    reader = pa.ipc.open_stream(pa.BufferReader(data))
    record = from_bytes((reader.schema.metadata or {}).get(KEY.encode()))
    while True:
        try:
            batch, custom = reader.read_next_batch_with_custom_metadata()
        except StopIteration:
            break
        rows += batch.num_rows
        if custom is not None and KEY.encode() in dict(custom):
            record, ended = from_bytes(dict(custom)[KEY.encode()]), True
    if record is not None and not ended:
        raise XltError(f"{where} is cut off: the command that wrote it did not end")
    return Source(where, reader.schema.remove_metadata(), record, sha256, rows, batches)


def _from_table(table: pa.Table, where: str, sha256: str) -> Source:
    def batches(columns: list[str] | None) -> Iterator[pa.RecordBatch]:
        yield from (table.select(columns) if columns else table).to_batches(_BATCH_ROWS)

    record = from_bytes((table.schema.metadata or {}).get(KEY.encode()))
    return Source(where, table.schema, record, sha256, table.num_rows, batches)


def _parse_lists(table: pa.Table, schema: Schema, where: str) -> pa.Table:
    # Lists stand in CSV as JSON; a column of whole numbers in text or numbers, as the reader guessed.
    arrow = schema.arrow()
    for name in set(arrow.names) & set(table.column_names):
        wanted, found = arrow.field(name).type, table.schema.field(name).type
        if wanted == found:
            continue
        try:
            if pa.types.is_list(wanted) and pa.types.is_string(found):
                column = pa.array([json.loads(v) for v in table.column(name).to_pylist()], wanted)
            else:
                column = table.column(name).cast(wanted)
        except (ValueError, TypeError, pa.ArrowException) as error:
            raise XltError(f"{where}: column '{name}' is not {wanted}: {_first_line(error)}") from error
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def rows_to_batch(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """A record batch of ``schema`` from rows as dictionaries; absent values become null."""
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def write_table(output: str, rows: list[dict[str, Any]], schema: pa.Schema, record: Record, force: bool) -> None:
    """Write a small table in one piece; see :func:`table_writer`."""
    with table_writer(output, schema, record, force) as writer:
        writer.write(rows_to_batch(rows, schema))
