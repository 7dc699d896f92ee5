"""Parquet in batches whose memory is bounded, whatever few bytes of the file stand for."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xlt.errors import XltError
from xlt.files.bounds import BATCH_BYTES, most_rows, most_unpacked

# Bytes of a column a value, and the rows that are looked at first.
_SHARED, _PROBE = 8, 16


def check_parquet(file: pq.ParquetFile, size: int, where: str) -> None:
    """Refuse a file that says of itself that it holds more than its bytes can.

    Args:
        file: opened, of which the footer is read.
        size: its bytes.
        where: name for messages.

    Raises:
        XltError: more rows, entries of lists, or bytes in a column; see :mod:`xlt.files.bounds`.
    """
    metadata, most = file.metadata, most_rows(size)
    entries = [metadata.num_rows] + [0] * metadata.num_columns
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(column)
            entries[column + 1] += chunk.num_values
            if chunk.total_uncompressed_size > most_unpacked(min(chunk.total_compressed_size, size)):
                raise XltError(
                    f"{where}: column '{chunk.path_in_schema}' unpacks to {chunk.total_uncompressed_size:,} bytes from "
                    f"{chunk.total_compressed_size:,}, which no data do; write the file anew"
                )
    if max(entries) > most:
        raise XltError(f"{where} says that it has {max(entries):,} rows or entries, in {size:,} bytes; write it anew")


def bounded_batches(
    source: pa.Buffer | Path, rows: int, columns: Sequence[str] | None, where: str
) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet file, at most so many at a time, and fewer where their texts are long.

    A text that stands once in the file is held once until it is known what all rows of a batch take. Memory:
    O(``BATCH_BYTES`` + the dictionary of a row group + the longest row).

    Args:
        source: the file.
        rows: at a time.
        columns: their names, ``struct.field`` for a part of one; None takes all.
        where: name for messages.

    Raises:
        XltError: see :func:`check_parquet`; a row that takes more than ``BATCH_BYTES``.
        pyarrow.ArrowException, OSError: the file is broken.
    """
    opened, size = (
        (source, source.stat().st_size) if isinstance(source, Path) else (pa.BufferReader(source), source.size)
    )
    plain = pq.ParquetFile(opened)
    check_parquet(plain, size, where)
    types = [kind for field in plain.schema_arrow for kind in _leaves(field.type)]
    names = [plain.schema.column(i).path for i in range(len(types))]
    texts = [name for name, kind in zip(names, types, strict=True) if _is_text(kind)]
    first = 0
    # Each row group has dictionaries of its own, and lists of two of them do not go into one batch.
    for number in range(plain.num_row_groups):
        group = plain.metadata.row_group(number)
        shared = [name for name in texts if _is_shared(group.column(names.index(name)))]
        if not isinstance(source, Path):
            opened = pa.BufferReader(source)
        file = pq.ParquetFile(opened, metadata=plain.metadata, read_dictionary=shared, page_checksum_verification=True)
        at_a_time = _rows_at_a_time(file, number, columns)
        for batch in file.iter_batches(min(rows, at_a_time), row_groups=[number], columns=columns):
            schema = pa.schema([_field(plain.schema_arrow.field(f.name), f) for f in batch.schema])
            for part in bounded_parts(batch, where, first):
                arrays = [a.cast(f.type) for a, f in zip(part.columns, schema, strict=True)]
                yield pa.RecordBatch.from_arrays(arrays, schema=schema)
            first += batch.num_rows


def _rows_at_a_time(file: pq.ParquetFile, number: int, columns: Sequence[str] | None) -> int:
    # As many as take BATCH_BYTES, going by the stored bytes and by the first rows.
    group = file.metadata.row_group(number)
    a_row = group.total_byte_size / max(1, group.num_rows)
    for batch in file.iter_batches(_PROBE, row_groups=[number], columns=columns):
        a_row = max(a_row, batch.nbytes / max(1, batch.num_rows))
        break
    return max(1, int(BATCH_BYTES / max(1.0, a_row)))


def _is_shared(chunk: pq.ColumnChunkMetaData) -> bool:
    # Texts that stand in the file once and are meant often. Of others a dictionary would have to be made first.
    return bool(chunk.total_uncompressed_size < _SHARED * chunk.num_values)


def _leaves(kind: pa.DataType) -> list[pa.DataType]:
    if pa.types.is_map(kind):
        return _leaves(kind.key_type) + _leaves(kind.item_type)
    if pa.types.is_struct(kind):
        return [leaf for field in kind for leaf in _leaves(field.type)]
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _leaves(kind.value_type)
    return [kind]


def _is_text(kind: pa.DataType) -> bool:
    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(test(kind) for test in tests)


def _field(whole: pa.Field, read: pa.Field) -> pa.Field:
    # Of a struct some fields may have been asked for.
    if pa.types.is_struct(whole.type):
        inner = [_field(whole.type.field(f.name), f) for f in read.type]
        return whole.with_type(pa.struct(inner))
    return whole


def bounded_parts(batch: pa.RecordBatch, where: str, first: int) -> Iterator[pa.RecordBatch]:
    """The rows of a batch, in so many parts that the texts of its dictionaries take at most ``BATCH_BYTES`` in each.

    Args:
        batch: some rows.
        where: name for messages.
        first: number of their first row.

    Raises:
        XltError: a single row takes more.
    """
    if sum(map(_decoded_bytes, batch.columns)) <= BATCH_BYTES:
        yield batch
    elif batch.num_rows == 1:
        raise XltError(
            f"{where}:row {first}: the texts of this row take more than {BATCH_BYTES:,} bytes, which none do"
        )
    else:
        half = batch.num_rows // 2
        yield from bounded_parts(batch.slice(0, half), where, first)
        yield from bounded_parts(batch.slice(half), where, first + half)


def _decoded_bytes(column: pa.Array) -> int:
    # At least what the texts take that stand in a dictionary, once they are no longer shared.
    kind = column.type
    if pa.types.is_struct(kind):
        return sum(map(_decoded_bytes, column.flatten()))
    if pa.types.is_map(kind):
        return _decoded_bytes(column.keys) + _decoded_bytes(column.items)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return _decoded_bytes(column.flatten())
    if not pa.types.is_dictionary(kind) or not _is_text(kind.value_type):
        return 0
    lengths = pc.binary_length(column.dictionary)
    most = len(column) * int(pc.max(lengths).as_py() or 0)
    return most if most <= BATCH_BYTES else int(pc.sum(lengths.take(column.indices).cast(pa.int64())).as_py() or 0)
