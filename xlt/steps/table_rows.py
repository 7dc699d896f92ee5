"""Rows of tables of several kinds, told apart by their columns."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlt.errors import XltError
from xlt.files.identity import lineages
from xlt.files.provenance import Input
from xlt.files.schemas import Schema
from xlt.files.tables import open_table

Row = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """What tables hold.

    Attributes:
        rows: by kind, in the order of the files; each also holds ``where``, the name of its file.
        extra: by kind the columns that the kind does not name, such as tags.
        lineage: by the hash of a model's weights those of itself and its ancestors, as far as records tell.
        inputs: for the record.
    """

    rows: dict[str, list[Row]]
    extra: dict[str, list[str]]
    lineage: dict[str, list[str]]
    inputs: list[Input]


def read_rows(names: Sequence[str], kinds: Sequence[Schema]) -> Read:
    """Read tables of some kinds in any order; the columns say which is which.

    Raises:
        XltError: a table of another kind, or one that is given twice.
    """
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise XltError(f"{twice[0]} is given twice")
    found = Read({kind.kind: [] for kind in kinds}, {kind.kind: [] for kind in kinds}, {}, [])
    for name in names:
        source = open_table(name, kinds)
        kind = source.kind or kinds[0]
        found.inputs.append(Input(kind.kind, source.where, source.sha256, source.record))
        for weights, line in lineages(source.record).items():
            known = found.lineage.setdefault(weights, [])
            known += [w for w in line if w not in known]
        named, extra = {c.name for c in kind.columns}, found.extra[kind.kind]
        extra += [column for column in source.schema.names if column not in named and column not in extra]
        for batch in source.batches(None):
            rows = batch.to_pylist()
            for row in rows:
                row["where"] = source.where
            found.rows[kind.kind] += rows
    return found
