"""Reading pairs tables: checked links, batch by batch, with or without the sentences."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from xlt.arrays import Ints
from xlt.errors import XltError
from xlt.files.provenance import Input
from xlt.files.schemas import PAIRS
from xlt.files.tables import Source, open_table

# How near the sides of a row are in meaning, where somebody says.
GRADE = "grade"
_LINK_COLUMNS = ["sent_id", "src_lang", "tgt_lang", "src_idx", "tgt_idx"]


def pair_inputs(sources: Sequence[Source]) -> list[Input]:
    """Pairs tables as inputs of a record."""
    return [Input(role="pairs", name=s.where, sha256=s.sha256, record=s.record) for s in sources]


@dataclass(frozen=True)
class LinkBatch:
    """The links of some rows of a pairs table, flat.

    Attributes:
        row: (k,) row of each link, counted from the start of the batch.
        src, tgt: (k,) word positions.
        sent_id: (k,) sentence pair of each link.
        langs: (rows,) language pair of each row.
        table: the record batch, with the columns that were read.
    """

    row: Ints
    src: Ints
    tgt: Ints
    sent_id: Ints
    langs: list[tuple[str, str]]
    table: pa.RecordBatch


def open_pairs(name: str) -> Source:
    """Open a pairs table by path or ``-``.

    Raises:
        XltError: no such file, broken, or no pairs table.
    """
    return open_table(name, PAIRS)


def link_batches(source: Source, *, with_tokens: bool) -> Iterator[LinkBatch]:
    """All links in file order; with the sentences only where they are wanted, since most of the file is text.

    With the sentences come the grades, where the table has any.

    Raises:
        XltError: a row without values or with invalid UTF-8, whose index lists differ in length, or (with the
            sentences) whose index or grade is out of range; file and row are named.
    """
    columns = [c.name for c in PAIRS.columns if c.required] if with_tokens else _LINK_COLUMNS
    if with_tokens and GRADE in source.schema.names:
        columns = [*columns, GRADE]
    first = 0
    for batch in source.batches(columns):
        where = f"{source.where}:"
        counts, src = _flat(batch.column("src_idx"))
        tgt_counts, tgt = _flat(batch.column("tgt_idx"))
        uneven = np.flatnonzero(counts != tgt_counts)
        if len(uneven):
            row = int(uneven[0])
            raise XltError(
                f"{where}row {first + row}: src_idx has {counts[row]} entries, tgt_idx {tgt_counts[row]}; "
                "word pair k takes entry k of both"
            )
        rows = np.repeat(np.arange(batch.num_rows), counts)
        if with_tokens:
            for side, index in (("src", src), ("tgt", tgt)):
                _check_range(batch, side, index, rows, where, first)
            if GRADE in columns:
                check_grades(batch.column(GRADE), where, first)
        sent_id = batch.column("sent_id").cast(pa.int64()).to_numpy(zero_copy_only=False)
        langs = list(
            zip(
                batch.column("src_lang").cast(pa.string()).to_pylist(),
                batch.column("tgt_lang").cast(pa.string()).to_pylist(),
                strict=True,
            )
        )
        yield LinkBatch(row=rows, src=src, tgt=tgt, sent_id=sent_id[rows], langs=langs, table=batch)
        first += batch.num_rows


def check_grades(column: pa.Array, where: str, first: int) -> None:
    """Refuse grades outside -1 to 1; nulls pass.

    Args:
        column: grades.
        where: the file, for messages.
        first: number of the first row.

    Raises:
        XltError: such a grade; file and row are named.
    """
    values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
    bad = np.flatnonzero(~(np.abs(values) <= 1) & column.is_valid().to_numpy(zero_copy_only=False))
    if len(bad):
        raise XltError(f"{where}row {first + bad[0]}: grade {values[bad[0]]:g} is none; grades lie from -1 to 1")


def _flat(column: pa.Array) -> tuple[Ints, Ints]:
    counts = pc.list_value_length(column).to_numpy(zero_copy_only=False).astype(np.int64)
    return counts, column.flatten().cast(pa.int64()).to_numpy(zero_copy_only=False)


def _check_range(batch: pa.RecordBatch, side: str, index: Ints, rows: Ints, where: str, first: int) -> None:
    lengths = pc.list_value_length(batch.column(f"{side}_tokens")).to_numpy(zero_copy_only=False)
    bad = np.flatnonzero((index < 0) | (index >= lengths[rows]))
    if len(bad):
        row = int(rows[bad[0]])
        raise XltError(
            f"{where}row {first + row}: {side}_idx holds {index[bad[0]]}, but the sentence has {int(lengths[row])} "
            "words (numbered from 0)"
        )
