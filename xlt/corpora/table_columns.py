"""Columns of a user's Parquet table: found by name, without missing values; labels that are stored as numbers."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from xlt.errors import XltError
from xlt.files.bounds import most_unpacked
from xlt.files.parquet import bounded_batches
from xlt.files.table_checks import check_names

_BATCH_ROWS = 8192


def is_parquet(path: Path) -> bool:
    """Whether the file begins as Parquet does.

    Raises:
        XltError: no such file.
    """
    if not path.is_file():
        raise XltError(f"{path}: no such file")
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def find_column(names: Sequence[str], accepted: Sequence[str], where: str) -> str:
    """The first of the ``accepted`` names that is among ``names``.

    Raises:
        XltError: none of them; the message lists what there is.
    """
    column = next((name for name in accepted if name in names), None)
    if column is None:
        raise XltError(f"{where}: no column called {' or '.join(accepted)}; found {', '.join(names) or 'none'}")
    return column


def table_schema(path: Path) -> pa.Schema:
    """The columns of a Parquet file.

    Raises:
        XltError: a broken file.
    """
    return _open(path).schema_arrow


def read_columns(path: Path, names: Sequence[str]) -> pa.Table:
    """Some columns of a Parquet file, in memory.

    Raises:
        XltError: a broken file, an empty table, a missing value.
    """
    batches: list[pa.RecordBatch] = []
    most, held = most_unpacked(path.stat().st_size), 0
    try:
        for batch in bounded_batches(path, _BATCH_ROWS, names, str(path)):
            batches.append(batch)
            held += batch.nbytes
            if held > most:
                raise XltError(f"{path}: the columns {', '.join(names)} take more than {most:,} bytes; write them anew")
        table = pa.Table.from_batches(batches, batches[0].schema if batches else _open(path).schema_arrow)
        table = table.combine_chunks()
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, error) from error
    if not table.num_rows:
        raise XltError(f"{path}: the table has no rows")
    for name in names:
        column = table.column(name)
        if column.null_count:
            row = pc.index(pc.is_null(column), True).as_py() + 1
            raise XltError(f"{path}:{row}: column '{name}' is missing a value in this row")
    return table


def class_names(schema: pa.Schema, column: str) -> tuple[str, ...]:
    """The names of a column's labels out of the metadata that the library ``datasets`` writes; empty for none."""
    try:
        stored = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        return _names_in(stored["info"]["features"][column])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ()


def _names_in(feature: Any) -> tuple[str, ...]:
    if isinstance(feature, list):
        feature = feature[0] if feature else None
    if isinstance(feature, dict):
        if isinstance(feature.get("names"), list):
            return tuple(map(str, feature["names"]))
        return _names_in(feature.get("feature"))
    return ()


def as_labels(values: pa.Array, names: Sequence[str], where: str, *, none: frozenset[str] = frozenset()) -> list[str]:
    """Labels as texts: those stored as whole numbers get their ``names``, or stay numbers where there are none.

    Args:
        values: of a column.
        names: of labels, from 0.
        where: for messages.
        none: numbers, as texts, that say that there is no label, and stay as they are.

    Raises:
        XltError: neither texts nor whole numbers, a number without a name, or an empty text.
    """
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    if pa.types.is_integer(values.type):
        numbers = values.to_pylist()
        bad = next((i for i, n in enumerate(numbers) if names and not 0 <= n < len(names) and str(n) not in none), None)
        if bad is not None:
            raise XltError(
                f"{where}: label {numbers[bad]} has no name; there are {len(names)} ({', '.join(names)}), from 0: "
                "are the labels of this split withheld?"
            )
        return [names[n] if n >= 0 else str(n) for n in numbers] if names else [str(n) for n in numbers]
    texts = as_texts(values, where)
    if "" in texts:
        raise XltError(f"{where}: a label is empty")
    return texts


def as_texts(values: pa.Array, where: str) -> list[str]:
    """Values of a column of texts.

    Raises:
        XltError: another type, or invalid UTF-8.
    """
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    if not any(kind(values.type) for kind in kinds):
        raise XltError(f"{where}: texts are expected here, found {values.type}")
    try:
        texts: list[str] = values.to_pylist()
    except UnicodeDecodeError as error:
        raise XltError(f"{where}: invalid UTF-8 (byte 0x{error.object[error.start]:02x})") from error
    return texts


def flat_lists(array: pa.Array, where: str) -> tuple[pa.Array, list[int]]:
    """The values of a column of lists, one after the other, and the length of each list.

    Raises:
        XltError: no lists, or a missing value inside one.
    """
    if not (pa.types.is_list(array.type) or pa.types.is_large_list(array.type)):
        raise XltError(f"{where}: lists are expected here, a row a sentence; found {array.type}")
    values = array.flatten()
    if values.null_count:
        raise XltError(f"{where}: a missing value inside a list")
    return values, pc.list_value_length(array).to_pylist()


def _open(path: Path) -> pq.ParquetFile:
    try:
        file = pq.ParquetFile(path)
        check_names(file.schema_arrow.names, str(path))
        return file
    except (pa.ArrowException, OSError) as error:
        raise _broken(path, error) from error


def _broken(path: Path, error: Exception) -> XltError:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return XltError(f"{path} cannot be read: it is broken or cut off ({reason})")
