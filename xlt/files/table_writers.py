"""Writers of tables, one a format: each takes record batches while it is open; the face is :mod:`xlt.files.tables`."""

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from xlt.files.markup import is_formula, json_text, latex_line, latex_text, markdown_line
from xlt.files.provenance import KEY, Record, to_bytes
from xlt.files.seal import BLANK, SEAL, SealingSink, seal

logger = logging.getLogger(__name__)

# What a cell of CSV must be in quotes for.
_QUOTED = re.compile('[,"\r\n]')
_ROW_GROUP = 16384

Write = Callable[[pa.RecordBatch], None]
# Path, schema and record to a function that writes a batch.
Open = Callable[[Path, pa.Schema, Record], AbstractContextManager[Write]]
# The same to a path or an open text.
OpenText = Callable[[IO[str] | Path, pa.Schema, Record], AbstractContextManager[Write]]


@contextmanager
def _parquet(path: Path, schema: pa.Schema, record: Record) -> Iterator[Write]:
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

    with (
        pq.ParquetWriter(path, schema, compression="zstd", write_page_checksum=True) as writer,
        ThreadPoolExecutor(1) as pool,
    ):
        yield write
        flush()
        flush()
        writer.add_key_value_metadata({KEY: to_bytes(record), SEAL: BLANK})
    seal(path)


@contextmanager
def arrow_stream(sink: IO[bytes] | Path, schema: pa.Schema, record: Record) -> Iterator[Write]:
    """Open an Arrow stream, to a file or to a pipe."""
    # The schema goes out first, when the summary is not yet known: an empty last batch carries the whole record.
    with ExitStack() as stack:
        sealing = SealingSink(stack.enter_context(sink.open("wb")) if isinstance(sink, Path) else sink)
        with pa.ipc.new_stream(sealing, schema.with_metadata({KEY: to_bytes(record)})) as writer:
            yield writer.write_batch
            sealing.hold()
            end = pa.RecordBatch.from_pylist([], schema=schema)
            writer.write_batch(end, custom_metadata={KEY: to_bytes(record), SEAL: BLANK})
        sealing.release()


@contextmanager
def _text(sink: IO[str] | Path) -> Iterator[IO[str]]:
    if isinstance(sink, Path):
        with sink.open("w", encoding="utf-8", newline="") as file:
            yield file
    else:
        yield sink


def _csv_line(cells: Iterable[Any]) -> str:
    """A line of CSV: nothing for a null, quotes around empty text and what has commas, quotes or line breaks in it."""
    return ",".join(map(_csv_cell, cells)) + "\n"


def _csv_cell(value: Any) -> str:
    text = _as_text(value)
    return '"' + text.replace('"', '""') + '"' if value == "" or _QUOTED.search(text) else text


@contextmanager
def _csv(sink: IO[str] | Path, schema: pa.Schema, record: Record) -> Iterator[Write]:
    with _text(sink) as file:
        file.write(_csv_line(schema.names))
        formulas, first = 0, ""

        def write(batch: pa.RecordBatch) -> None:
            nonlocal formulas, first
            for row in batch.to_pylist():
                file.write(_csv_line(row.values()))
                for cell in row.values():
                    if isinstance(cell, str) and is_formula(cell):
                        formulas, first = formulas + 1, first or cell

        yield write
        if formulas:
            # They are written as they are, for every reader that is no spreadsheet.
            logger.warning(
                "cells of the CSV file that begin as formulas do: %s, such as '%s'; in a spreadsheet import the "
                "columns as text",
                f"{formulas:,}", first[:40],
            )  # fmt: skip


@contextmanager
def _jsonl(sink: IO[str] | Path, schema: pa.Schema, record: Record) -> Iterator[Write]:
    with _text(sink) as file:
        yield lambda batch: file.writelines(json_text(row) + "\n" for row in batch.to_pylist())


@contextmanager
def _markdown(sink: IO[str] | Path, schema: pa.Schema, record: Record) -> Iterator[Write]:
    with _text(sink) as file:
        file.write(markdown_line(schema.names) + markdown_line(["---"] * len(schema.names)))
        yield lambda batch: file.writelines(markdown_line(row) for row in _text_rows(batch))


@contextmanager
def _latex(sink: IO[str] | Path, schema: pa.Schema, record: Record) -> Iterator[Write]:
    def line(cells: list[str]) -> str:
        return latex_line(list(map(latex_text, cells))) + "\n"

    with _text(sink) as file:
        file.write(f"\\begin{{tabular}}{{{'l' * len(schema.names)}}}\n\\toprule\n")
        file.write(line(schema.names) + "\\midrule\n")
        yield lambda batch: file.writelines(line(row) for row in _text_rows(batch))
        file.write("\\bottomrule\n\\end{tabular}\n")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def _text_rows(batch: pa.RecordBatch) -> Iterator[list[str]]:
    return ([_as_text(value) for value in row.values()] for row in batch.to_pylist())


TEXT_FORMATS: dict[str, OpenText] = {".csv": _csv, ".jsonl": _jsonl, ".md": _markdown, ".tex": _latex}
FORMATS: dict[str, Open] = {".parquet": _parquet, ".arrow": arrow_stream, **TEXT_FORMATS}
