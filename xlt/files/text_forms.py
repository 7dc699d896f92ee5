"""Tables of text forms, CSV and JSON lines, read exactly: what was written comes back, nulls and types among it.

Readers that know which kind of table they want are in :mod:`xlt.files.table_readers`. Here nothing is guessed of a kind
of ours: its columns have their types, tags are text. Of any other table a column is numbers where all of its cells are
written as numbers are; ``007`` is text, and so are whole numbers of more digits than a number keeps.
"""

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from xlt.errors import XltError
from xlt.files.schema import Schema
from xlt.files.schemas import ALL, POINTS
from xlt.files.table_checks import check_names, check_text

_WHOLE = "-?(0|[1-9][0-9]*)"
_NUMBER = r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?|-?inf|nan"
_TRUTH = {"True": True, "False": False}


def is_text_form(data: pa.Buffer) -> bool:
    """Whether a table is text, as CSV and JSON lines are, and not one of the binary forms."""
    head = bytes(data[:4096])
    return not head.startswith((b"PAR1", b"ARROW1", b"\xff\xff\xff\xff")) and b"\0" not in head


def read_text_form(data: pa.Buffer, where: str) -> pa.Table:
    """A table from CSV or JSON lines.

    Args:
        data: of the whole file.
        where: name for messages.

    Raises:
        XltError: not such a table, or a cell that is not of its column's type, with the row.
    """
    check_text(data, where)
    if bytes(data[:4096]).lstrip()[:1] == b"{":
        return _read_json_lines(data, where)
    try:
        return _read_csv(data, where)
    except pa.ArrowException as error:
        raise XltError(f"{where} cannot be read: it is broken or cut off ({str(error).splitlines()[0]})") from error


def _read_csv(data: pa.Buffer, where: str) -> pa.Table:
    parse = pacsv.ParseOptions(newlines_in_values=True)
    names = pacsv.open_csv(pa.BufferReader(data), parse_options=parse).schema.names
    check_names(names, where)
    # An empty line is a row of a table with one column, whose cell is null.
    parse.ignore_empty_lines = len(names) > 1
    # A null is nothing between two commas, empty text stands in quotes; pandas and R write and read it so, too.
    convert = pacsv.ConvertOptions(
        column_types=dict.fromkeys(names, pa.string()),
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
    )
    table = pacsv.read_csv(pa.BufferReader(data), parse_options=parse, convert_options=convert)
    types = _types(names)
    columns: list[pa.Array | pa.ChunkedArray] = []
    for name, cells in zip(names, table.columns, strict=True):
        kind = types.get(name) or _guessed(cells)
        column = _cast(cells, kind)
        if column is None:
            column = _column(
                name, [None if cell is None else _parsed(cell, kind) for cell in cells.to_pylist()], kind, where
            )
        columns.append(column)
    return pa.table(columns, names=names)


def _read_json_lines(data: pa.Buffer, where: str) -> pa.Table:
    rows: list[dict[str, Any]] = []
    # Other characters end lines for Python, but not for JSON.
    for number, line in enumerate(str(memoryview(data), "utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise XltError(f"{where}:{number}: not JSON ({str(error)[:100]})") from error
        if not isinstance(row, dict):
            raise XltError(f"{where}:{number}: a row is an object, {{...}}, a value for each column")
        rows.append(row)
    names = list(dict.fromkeys(name for row in rows for name in row))
    types = _types(names)
    columns = [_column(name, [row.get(name) for row in rows], types.get(name), where) for name in names]
    return pa.table(columns, names=names)


def _types(names: Sequence[str]) -> dict[str, pa.DataType]:
    """The types of all columns of a kind of ours; of another table none."""
    kind = _kind(names)
    if kind is None:
        return {}
    known = {field.name: field.type for field in kind.arrow(unusual=[c.name for c in kind.columns])}
    # What correlations are grouped by are columns of points, or tags.
    keys = {f.name: f.type for f in POINTS.arrow(unusual=[c.name for c in POINTS.columns])} if kind.keys else {}
    return {name: known.get(name) or keys.get(name) or pa.string() for name in names}


def _kind(names: Sequence[str]) -> Schema | None:
    fitting = [s for s in ALL if all(c.name in names for c in s.columns if c.required)]
    best = max(fitting, key=lambda s: sum(c.required for c in s.columns))
    return best if any(c.required for c in best.columns) else None


def _guessed(cells: pa.ChunkedArray) -> pa.DataType:
    texts = cells.drop_null()
    if len(texts) == 0:
        return pa.string()
    # -0 is a number, but no whole one.
    if _all_match(texts, _WHOLE) and not pc.any(pc.equal(texts, "-0")).as_py():
        # A number of more digits would lose some of them; it is a name rather.
        return pa.int64() if _cast(texts, pa.int64()) is not None else pa.string()
    if _all_match(texts, _NUMBER) and pc.any(pc.match_substring_regex(texts, "[0-9]$")).as_py():
        return pa.float64()
    return pa.bool_() if _all_match(texts, "True|False") else pa.string()


def _all_match(texts: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, f"^({pattern})$")).as_py())


def _cast(cells: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    """The column in its type, at once; None where its cells have to be looked at one by one."""
    if pa.types.is_string(kind):
        return cells
    pattern = _WHOLE if pa.types.is_integer(kind) else _NUMBER if pa.types.is_floating(kind) else None
    # The library reads more as numbers than is one, such as 0x1F.
    if pattern is None or not _all_match(cells.drop_null(), pattern):
        return None
    try:
        return cells.cast(kind)
    except pa.ArrowException:
        return None


def _parsed(cell: str, kind: pa.DataType) -> Any:
    # What cannot be parsed stays text, which is refused with the column.
    try:
        if pa.types.is_list(kind):
            return json.loads(cell)
        if pa.types.is_integer(kind):
            return int(cell) if len(cell) <= 20 else cell
        if pa.types.is_floating(kind):
            return float(cell)
    except (ValueError, RecursionError):
        return cell
    return _TRUTH.get(cell, cell) if pa.types.is_boolean(kind) else cell


def _column(name: str, values: list[Any], kind: pa.DataType | None, where: str) -> pa.Array:
    try:
        return pa.array(values, kind)
    except (pa.ArrowException, TypeError, ValueError, OverflowError) as error:
        for row, value in enumerate(values):
            try:
                pa.array([value], kind)
            except (pa.ArrowException, TypeError, ValueError, OverflowError):
                what = kind or "one of text, numbers and lists"
                raise XltError(f"{where}:row {row}: column '{name}' is not {what}: {str(value)[:40]!r}") from error
        raise XltError(f"{where}: column '{name}' holds values of several types: write them alike") from error
