"""What every table is checked for while it is read: text that is text, numbers that fit, cells of a size that can be.

The readers of Arrow trust what a file says; a damaged one would end the process where its values are first used.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlt.errors import TO_UTF8, XltError
from xlt.files.bounds import LONGEST_LANGUAGE, LONGEST_TEXT, LONGEST_WORD, most_rows
from xlt.files.schema import Column, Schema

_LARGEST = 2**63 - 1
_LANGUAGES = ("src_lang", "tgt_lang", "lang")


def check_names(names: Iterable[str], where: str) -> None:
    """Refuse a table with two columns of one name.

    Raises:
        XltError: there are two.
    """
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise XltError(f"{where}: two columns are called '{twice[0]}'")


def check_text(data: pa.Buffer, where: str) -> None:
    """Refuse a text file that is not UTF-8.

    Raises:
        XltError: it is not, with the line.
    """
    try:
        str(memoryview(data), "utf-8")
    except UnicodeDecodeError as error:
        line = bytes(data[: error.start]).count(b"\n") + 1
        byte = bytes(data[error.start : error.start + 1]).hex()
        raise XltError(f"{where}:{line}: invalid UTF-8 (byte 0x{byte}); {TO_UTF8}") from error


def check_entries(batch: pa.RecordBatch, where: str, first: int, size: int) -> None:
    """Refuse rows, or entries of lists, of which a file holds more than its bytes can: those of nulls take none.

    Args:
        batch: some rows.
        where: name for messages.
        first: number of their first row.
        size: bytes of the file.

    Raises:
        XltError: more than :func:`xlt.files.bounds.most_rows`.
    """
    lists = [column for column in batch.columns if _is_list(column.type)]
    entries = max(first + batch.num_rows, *(len(column.values) for column in lists), 0)
    if entries > most_rows(size):
        raise XltError(f"{where} says that it has {entries:,} rows or entries, in {size:,} bytes; write it anew")


def check_batch(batch: pa.RecordBatch, where: str, first: int) -> None:
    """Refuse values that are not what the table says that they are.

    Args:
        batch: some rows.
        where: name for messages.
        first: number of their first row.

    Raises:
        XltError: such a value, with its column and row.
    """
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            column.validate(full=True)
        except pa.ArrowException as error:
            if "UTF8" in str(error):
                row = first + _row_of_no_text(column)
                raise XltError(f"{where}:row {row}: column '{name}' is not valid UTF-8; write it so") from error
            raise XltError(f"{where}: column '{name}' is broken from row {first} on; write the file anew") from error


def _row_of_no_text(column: pa.Array) -> int:
    if not pa.types.is_list(column.type):
        return _first(column, _is_no_text) or 0
    # Not through the lists: what they point at is not yet known to be there.
    text = _first(column.values, _is_no_text) or 0
    return max(0, int(np.searchsorted(column.offsets.to_numpy(), text, side="right")) - 1)


def check_kind(batch: pa.RecordBatch, kind: Schema, where: str, first: int) -> None:
    """Refuse sound values that cannot be those of a kind of table.

    Args:
        batch: some rows.
        kind: what the table is.
        where: name for messages.
        first: number of their first row.

    Raises:
        XltError: such a value, with its column and row.
    """
    for column in kind.columns:
        index = batch.schema.get_field_index(column.name)
        if index < 0:
            continue
        values = _plain(batch.column(index))
        if column.nulls != "cells":
            _check_nulls(values, column, where, first)
        stored = values.type.value_type if _is_list(values.type) else values.type
        if pa.types.is_uint64(stored):
            row = _first(values, _is_too_large)
            if row is not None:
                raise XltError(f"{where}:row {first + row}: column '{column.name}' holds a number above {_LARGEST}")
        if pa.types.is_string(stored) or pa.types.is_large_string(stored):
            longest = _longest(column)
            row = _first(values, partial(_is_longer, longest=longest))
            if row is not None:
                raise XltError(
                    f"{where}:row {first + row}: column '{column.name}' holds a text of more than {longest:,} bytes, "
                    "which none is"
                )


def _check_nulls(values: pa.Array, column: Column, where: str, first: int) -> None:
    row = _first(values, lambda part: part.null_count > 0)
    if row is not None:
        raise XltError(f"{where}:row {first + row}: column '{column.name}' is null")
    if column.nulls == "none" and _is_list(values.type):
        row = _first(values, lambda part: part.flatten().null_count > 0)
        if row is not None:
            raise XltError(f"{where}:row {first + row}: column '{column.name}' holds a null")


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _plain(values: pa.Array) -> pa.Array:
    # Texts as such, however they are stored.
    kind = values.type.value_type if _is_list(values.type) else values.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string_view(kind):
        kind = pa.large_string()
    return values.cast(pa.large_list(kind) if _is_list(values.type) else kind)


def _longest(column: Column) -> int:
    if column.name in _LANGUAGES:
        return LONGEST_LANGUAGE
    return LONGEST_WORD if column.type == "list<string>" or column.name.endswith("_word") else LONGEST_TEXT


def _first(column: pa.Array, has: Callable[[pa.Array], bool]) -> int | None:
    # Only where something is wrong at all, the row is looked for: by halves, for a column may be long.
    if not has(column):
        return None
    low, length = 0, len(column)
    while length > 1:
        half = length // 2
        if has(column.slice(low, half)):
            length = half
        else:
            low, length = low + half, length - half
    return low


def _is_no_text(column: pa.Array) -> bool:
    try:
        column.validate(full=True)
    except pa.ArrowException:
        return True
    return False


def _is_too_large(column: pa.Array) -> bool:
    largest = pc.max(column.flatten() if _is_list(column.type) else column).as_py()
    return largest is not None and largest > _LARGEST


def _is_longer(column: pa.Array, longest: int) -> bool:
    texts = column.flatten() if _is_list(column.type) else column
    most = pc.max(pc.binary_length(texts)).as_py()
    return most is not None and most > longest
