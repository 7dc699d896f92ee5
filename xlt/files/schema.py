"""What a kind of table is: its columns with types and meaning, and the check that a table is of the kind.

A table is checked on reading: a missing column or a wrong type is one sentence that names the column.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from xlt.errors import SchemaError, XltError

_TYPES: dict[str, pa.DataType] = {
    "string": pa.string(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "double": pa.float64(),
    "list<string>": pa.list_(pa.string()),
    "list<int32>": pa.list_(pa.int32()),
    "list<double>": pa.list_(pa.float64()),
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: its name.
        type: its Arrow type by name.
        doc: what it means.
        required: whether a reader insists on it.
        values: all that may stand in it, where that is known; empty text also stands for a null.
        usual: what the absence of an optional column means; the column is written only where another value occurs.
        nulls: where a null may stand: for a cell, or only for an entry of a list, or nowhere.
        minor: whether it is left out first where a table is wider than the terminal.
    """

    name: str
    type: str
    doc: str
    required: bool = True
    values: tuple[str, ...] = ()
    usual: str | None = None
    nulls: Literal["cells", "entries", "none"] = "cells"
    minor: bool = False


@dataclass(frozen=True)
class Schema:
    """A kind of table.

    ``tags``: further string columns (one for each ``--tag``) may follow. ``keys``: what stands before the columns, in
    words; such columns differ from table to table.
    """

    kind: str
    doc: str
    columns: tuple[Column, ...]
    tags: bool = False
    keys: str = ""

    def arrow(self, extra: Iterable[str] = (), without: Iterable[str] = (), unusual: Iterable[str] = ()) -> pa.Schema:
        """The Arrow schema.

        Args:
            extra: names of further string columns, behind the others.
            without: optional columns that are left out.
            unusual: columns with another than their usual value, which else are left out.
        """
        left_out = {*without, *(c.name for c in self.columns if c.usual is not None)} - {*unusual}
        fields = [pa.field(c.name, _TYPES[c.type]) for c in self.columns if c.name not in left_out]
        return pa.schema(fields + [pa.field(name, pa.string()) for name in extra])

    def unusual(self, rows: Sequence[Mapping[str, object]]) -> list[str]:
        """The columns that have a usual value and, in some row, another."""
        usual = {c.name: c.usual for c in self.columns if c.usual is not None}
        return [name for name, value in usual.items() if any(row.get(name, value) != value for row in rows)]

    def values(self, name: str) -> tuple[str, ...]:
        """All that may stand in a column; empty where it may be anything."""
        return self._column(name).values

    def place_of(self, name: str) -> int:
        """The number of a column, from 0."""
        return [c.name for c in self.columns].index(name)

    def usual(self, name: str) -> str | None:
        """What the absence of an optional column means."""
        return self._column(name).usual

    def _column(self, name: str) -> Column:
        return next(c for c in self.columns if c.name == name)

    def check(self, table: pa.Schema, where: str) -> None:
        """Refuse a table of another kind.

        Raises:
            SchemaError: a required column is missing or a column has a type that cannot be read as its own.
        """
        for column in self.columns:
            index = table.get_field_index(column.name)
            if index < 0:
                if column.required:
                    raise SchemaError(
                        f"{where}: column '{column.name}' is missing; {self.kind} need "
                        f"{', '.join(c.name for c in self.columns if c.required)}; "
                        f"found {', '.join(table.names) or 'no column'}"
                    )
                continue
            if not _readable_as(table.field(index).type, _TYPES[column.type]):
                raise SchemaError(
                    f"{where}: column '{column.name}' has type {table.field(index).type}, expected {column.type}"
                )
        named = {column.name for column in self.columns}
        for field in table if self.tags else ():
            if field.name not in named and (pa.types.is_nested(field.type) or pa.types.is_binary(field.type)):
                raise SchemaError(
                    f"{where}: column '{field.name}' has type {field.type}; beside those of {self.kind} "
                    "only columns of text and numbers may stand"
                )

    def check_tags(self, tags: Iterable[str], keys: Iterable[str] = ()) -> None:
        """Refuse tags that would be a second column of the same name.

        Args:
            tags: keys of the tags.
            keys: further columns of the table.

        Raises:
            XltError: such a tag.
        """
        taken = set(tags) & {*keys, *(c.name for c in self.columns)}
        if taken:
            raise XltError(f"--tag {sorted(taken)[0]}: a column of that name is there already; choose another key")


def _readable_as(stored: pa.DataType, expected: pa.DataType) -> bool:
    if pa.types.is_dictionary(stored):
        stored = stored.value_type
    if pa.types.is_null(stored):
        return True
    if pa.types.is_list(expected):
        is_list = pa.types.is_list(stored) or pa.types.is_large_list(stored)
        return is_list and _readable_as(stored.value_type, expected.value_type)
    if pa.types.is_string(expected):
        return bool(pa.types.is_string(stored) or pa.types.is_large_string(stored) or pa.types.is_string_view(stored))
    if pa.types.is_floating(expected):
        return bool(pa.types.is_floating(stored) or pa.types.is_integer(stored))
    return bool(pa.types.is_integer(stored))


def nearest_kind(names: Iterable[str], kinds: Sequence[Schema]) -> Schema:
    """Of some kinds the one that a table with these columns lacks the least of, for a message or to go on with."""
    have = set(names)
    return min(kinds, key=lambda s: sum(c.required and c.name not in have for c in s.columns))
