"""Tables on disk and in pipes: Parquet, Arrow IPC, CSV, JSON lines; for people also Markdown and LaTeX.

A file is written by its suffix and read by its first bytes. ``-`` is standard input or output, as an Arrow IPC
stream. Provenance travels in the metadata entry ``xlt`` (Parquet and Arrow; the formats for people have no place).
"""

import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa

from xlt.errors import SchemaError, XltError
from xlt.files.atomic import check_output, output_file
from xlt.files.provenance import Record
from xlt.files.schema import Schema
from xlt.files.schemas import kind_of
from xlt.files.seal import check_seal
from xlt.files.table_checks import check_kind
from xlt.files.table_readers import Batches, Kinds, kind_in, read_table
from xlt.files.table_writers import FORMATS, Write, arrow_stream
from xlt.files.text_forms import is_text_form, read_text_form

SUFFIXES = tuple(FORMATS)


@dataclass
class Writer:
    """An open output: ``write`` takes record batches, ``record`` may be completed (its ``summary``) until the end."""

    write: Write
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
    given = [output for output in outputs if output is not None]
    named = [output if output == "-" else str(Path(output).resolve()) for output in given]
    if len(set(named)) < len(named):
        raise XltError(f"{given[0]}: {what} need two names")
    read = {str(Path(name).resolve()): name for name in inputs if name != "-"}
    for output, name in zip(given, named, strict=True):
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
            write = stack.enter_context(arrow_stream(sys.stdout.buffer, schema, record))
        else:
            path = stack.enter_context(output_file(Path(output), force))
            write = stack.enter_context(FORMATS[Path(output).suffix](path, schema, record))
        yield Writer(write, record)


@dataclass
class Source:
    """A table opened for reading; ``batches`` may be called again and again, also for what came through a pipe.

    Attributes:
        where: name for messages.
        schema: Arrow schema as it stands there.
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
    batches: Batches = field(repr=False)
    kind: Schema | None = None


def open_table(name: str, schema: Kinds = None) -> Source:
    """Open a table by path, or ``-`` for an Arrow stream on standard input, and check it against ``schema``.

    Of several kinds its columns say which it is; ``kind`` of the result tells.

    Raises:
        XltError: no such file, not a table, broken, not what xlt wrote, or of another kind than ``schema``.
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
        source = _source(_mapped(path), name, schema)
    return _checked(source, schema)


def open_exact_table(name: str) -> Source:
    """Open a table as it is, of whatever kind: what text forms hold is read exactly, see :mod:`xlt.files.text_forms`.

    Raises:
        XltError: as :func:`open_table`.
    """
    path = Path(name)
    if name == "-" or (path.exists() and not path.is_file() and not path.is_dir()):
        with nullcontext(sys.stdin.buffer) if name == "-" else path.open("rb") as stream:
            data = _spool(stream)
        where = "standard input" if name == "-" else name
    elif path.is_file() and path.stat().st_size:
        data, where = _mapped(path), name
    else:
        return open_table(name)
    if not is_text_form(data):
        return _source(data, where, None)
    table = read_text_form(data, where)

    def batches(columns: list[str] | None) -> Iterator[pa.RecordBatch]:
        yield from (table.select(columns) if columns else table).to_batches()

    sha256 = check_seal(memoryview(data), where)
    return Source(where, table.schema, record=None, sha256=sha256, num_rows=table.num_rows, batches=batches)


def _checked(source: Source, schema: Kinds) -> Source:
    source.kind = kind_in(source.schema.names, schema)
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
    source.batches = _of_kind(source.batches, source.kind, source.where)
    return source


def _of_kind(batches: Batches, kind: Schema, where: str) -> Batches:
    def checked(columns: list[str] | None) -> Iterator[pa.RecordBatch]:
        first = 0
        for batch in batches(columns):
            check_kind(batch, kind, where, first)
            yield batch
            first += batch.num_rows

    return checked


def _open_stream(stream: IO[bytes], where: str, schema: Kinds) -> Source:
    return _source(_spool(stream), where, schema)


def _source(data: pa.Buffer, where: str, kinds: Kinds) -> Source:
    # Before anything is made of the bytes.
    sha256 = check_seal(memoryview(data), where)
    content = read_table(data, where, kinds)
    return Source(
        where=where,
        schema=content.schema,
        record=content.record,
        sha256=sha256,
        num_rows=content.num_rows,
        batches=content.batches,
    )


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


def rows_to_batch(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    """A record batch of ``schema`` from rows as dictionaries; absent values become null."""
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def write_table(output: str, rows: list[dict[str, Any]], schema: pa.Schema, record: Record, force: bool) -> None:
    """Write a small table in one piece; see :func:`table_writer`."""
    with table_writer(output, schema, record, force) as writer:
        writer.write(rows_to_batch(rows, schema))
