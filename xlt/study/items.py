"""Tables of items: what each query of a score found, and from their records whose vectors they are of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from xlt.arrays import Floats, Ints
from xlt.errors import XltError
from xlt.files.identity import model_identity
from xlt.files.provenance import Input, InputRecord, Record
from xlt.files.rows import some
from xlt.files.schemas import FOUND, ITEMS
from xlt.files.tables import Source, open_table

_USUAL_MEASURE = ITEMS.usual("measure")
# Of both directions at once: what is told of it follows from the two.
_LEFT_OUT = "mean"


@dataclass(frozen=True)
class ScoredItems:
    """The items of one table, those of each direction.

    Attributes:
        source: the file.
        table: all of its columns, absent ones filled.
        row: (n,) their rows in the file.
        identity: of the model, as columns of scores.
        num_layers: of the model; None where no record tells it.
        candidates: what was searched.
        subset: ``unseen`` where word pairs of training were left out.
        tags: what the user called the scores.
    """

    source: Source
    table: pa.Table
    row: Ints
    identity: dict[str, Any]
    num_layers: int | None
    candidates: str
    subset: str
    tags: dict[str, str]

    def __len__(self) -> int:
        return len(self.table)

    @property
    def input(self) -> Input:
        """The table as an input of a record."""
        return Input("items", self.source.where, self.source.sha256, self.source.record)

    @property
    def direction(self) -> npt.NDArray[np.object_]:
        """(n,) which side searches."""
        directions: npt.NDArray[np.object_] = self._column("direction").to_numpy(zero_copy_only=False)
        return directions

    def searching(self) -> list[str]:
        """The side of the word that searches, ``src`` or ``tgt``; where no side does, the source."""
        return ["tgt" if direction == "tgt-src" else "src" for direction in self.direction]

    @property
    def cluster(self) -> Ints:
        """(n,) the sentence of each item; where that is not known, each is alone with its row."""
        clusters: Ints = pc.coalesce(self._column("sent_id"), self._column("row")).cast(pa.int64()).to_numpy()
        return clusters

    @property
    def outcome(self) -> Floats:
        """(n,) of accuracy 1 for a hit and 0 for none, of any other measure what it says of the pair.

        Raises:
            XltError: an item without.
        """
        hit = pc.cast(pc.equal(self._column("rank"), 1), pa.float64())
        values = hit
        if "outcome" in self.table.column_names:
            usual = pc.equal(self._column("measure"), _USUAL_MEASURE)
            values = pc.if_else(usual, hit, self._column("outcome").cast(pa.float64()))
        if values.null_count:
            row = pc.index(pc.is_null(values), True).as_py()
            raise XltError(f"{self.source.where}:row {self.row[row]}: there is neither rank nor outcome")
        outcomes: Floats = values.to_numpy(zero_copy_only=False)
        return outcomes

    def words(self) -> Iterator[tuple[str, str]]:
        """Source and target word of each item.

        Raises:
            XltError: words of which nobody knows what they are.
        """
        return zip(self.known("src_word"), self.known("tgt_word"), strict=True)

    def known(self, name: str) -> list[Any]:
        """The cells of a column, none of which is empty.

        Raises:
            XltError: one is; the row is named.
        """
        column = self._column(name)
        if column.null_count:
            row = pc.index(pc.is_null(column), True).as_py()
            raise XltError(f"{self.source.where}:row {self.row[row]}: {name} is empty: nobody knows which word it is")
        cells: list[Any] = column.to_pylist()
        return cells

    def settings(self, columns: Sequence[str]) -> Iterator[tuple[dict[str, Any], Ints]]:
        """The cells of some columns, and which items have them, in the order of the first of these."""
        codes = np.zeros(len(self), np.int64)
        for name in columns:
            own = self._column(name).dictionary_encode(null_encoding="encode").indices.to_numpy(zero_copy_only=False)
            codes = np.unique(codes * (int(own.max(initial=0)) + 1) + own, return_inverse=True)[1]
        order = np.argsort(codes, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(self) else []
        for members in sorted(parts, key=lambda part: int(part[0])):
            yield self.table.select(list(columns)).slice(int(members[0]), 1).to_pylist()[0], members

    def _column(self, name: str) -> pa.Array:
        return self.table.column(name).combine_chunks()


def read_items(name: str) -> ScoredItems:
    """Read a table of items.

    Raises:
        XltError: no such table; items of several models; of a whole corpus, but without a record, which knows what was
            searched.
    """
    source = open_table(name, ITEMS)
    table = pa.Table.from_batches(list(source.batches(None)), source.schema)
    for column in ("measure", "set"):
        if column not in table.column_names:
            table = table.append_column(column, pa.repeat(ITEMS.usual(column), len(table)).cast(pa.string()))
    for column in ("measure", "set", "strength", "similarity", "direction"):
        cells = pc.fill_null(table.column(column).cast(pa.string()), ITEMS.usual(column) or "")
        table = table.set_column(table.schema.get_field_index(column), column, cells)
    rows = np.flatnonzero(pc.not_equal(table.column("direction"), _LEFT_OUT).to_numpy())
    identity, num_layers = _model(source)
    record: Mapping[str, Any] = source.record or {}
    candidates = (record.get("params") or {}).get("candidates", "pairs")
    if source.record is None and FOUND[0] in table.column_names:
        raise XltError(
            f"{source.where} has no record, and so nobody knows what was searched: give the table that align-score "
            "wrote as .parquet or .arrow"
        )
    unseen = any(item.get("role") == "unseen" for item in record.get("inputs", []))
    return ScoredItems(
        source=source,
        table=table.take(pa.array(rows)),
        row=rows,
        identity=identity,
        num_layers=num_layers,
        candidates=candidates,
        subset="unseen" if unseen else "",
        tags=dict(record.get("tags") or {}),
    )


def _model(source: Source) -> tuple[dict[str, Any], int | None]:
    # Identity and number of layers; of items that know of no model the name of the file stands for it.
    models = list(_models(source.record))
    by_hash = {(item.get("sha256") or item["name"]): (item, layers) for item, layers in models}
    if len(by_hash) > 1:
        names = some(item["name"] for item, _ in by_hash.values())
        raise XltError(f"{source.where} holds items of several models ({names}): score them in a call each")
    if not by_hash:
        return model_identity(None) | {"model": source.where}, None
    (item, layers) = next(iter(by_hash.values()))
    return model_identity(item), layers


def _models(record: Record | None) -> Iterator[tuple[InputRecord, int | None]]:
    for item in (record or {}).get("inputs", []):
        if item.get("role") == "model":
            yield item, item.get("num_layers")
        elif item.get("role") == "embeddings":
            folder: Mapping[str, Any] = item.get("record") or {}
            for own, layers in _models(item.get("record")):
                yield own, folder.get("num_layers") or layers
