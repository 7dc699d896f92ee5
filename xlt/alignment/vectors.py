"""What is scored: pairs of vectors, grouped by languages; row i of one side belongs to row i of the other.

Wherever such pairs come from, a model or folders, and whatever they stand for, they become these classes, so that every
measure serves all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import torch

from xlt.alignment.options import AlignScoreOptions
from xlt.arrays import AnyFloats, Floats, Ints, LangPair
from xlt.encoders.options import EncodeOptions, Unit
from xlt.files.provenance import Input, content_id
from xlt.files.signature import Signature
from xlt.measures.neighbours import Gold
from xlt.measures.options import Direction
from xlt.measures.unit import check_rows
from xlt.options import signed


class PairVectors(Protocol):
    """The vectors of n pairs of one language pair, and of all that a search among them looks through."""

    @property
    def clusters(self) -> Ints:
        """(n,) the sentence pair of each pair."""

    @property
    def where(self) -> str:
        """A name for messages."""

    def __len__(self) -> int:
        """How many pairs there are."""

    def vectors(self, index: int, layer: int) -> tuple[AnyFloats, AnyFloats]:
        """What is searched on both sides, (Nx, dim) and (Ny, dim), at one leading index of the arrays."""

    def gold(self, device: torch.device) -> Gold | None:
        """Which rows are the pairs; None: row i of one side and row i of the other."""

    def found(self, direction: Direction, rows: Ints) -> Mapping[str, pa.Array]:
        """Columns of a table of items that say what was found, (n,) rows; none where the pairs say it."""


@dataclass(frozen=True)
class Part:
    """Some rows of two arrays.

    Attributes:
        src, tgt: (layers, N, dim).
        rows: (n,) those that are taken.
        name: the folder of the arrays; empty where a model made them.
    """

    src: AnyFloats
    tgt: AnyFloats
    rows: Ints
    name: str = ""


@dataclass(frozen=True)
class LanguagePair:
    """The vectors of one language pair, which may lie in several arrays.

    Attributes:
        parts: what is taken of each array, in order.
        clusters: (n,) the sentence pair of each row, over all parts.
        where: name for messages.
        order: (n,) the rows of all parts in the order that decides ties; None leaves them as they are.
    """

    parts: Sequence[Part]
    clusters: Ints
    where: str
    order: Ints | None = None

    def __len__(self) -> int:
        return len(self.clusters)

    def vectors(self, index: int, layer: int) -> tuple[AnyFloats, AnyFloats]:
        """The (n, dim) vectors of both sides at one leading index of the arrays, which is called ``layer``.

        Raises:
            XltError: NaN, infinite or all-zero vectors; file, layer and rows are named.
        """
        return self._side("src", index, layer), self._side("tgt", index, layer)

    def gold(self, device: torch.device) -> None:
        """Row i of one side belongs to row i of the other."""
        return

    def found(self, direction: Direction, rows: Ints) -> dict[str, pa.Array]:
        """Nothing: a search goes over the pairs alone."""
        return {}

    def _side(self, side: str, index: int, layer: int) -> AnyFloats:
        vectors = []
        for part in self.parts:
            rows: AnyFloats = getattr(part, side)[index][part.rows]
            file = f"{part.name}/{side}.npy" if part.name else f"{_SIDES[side]} side"
            check_rows(rows, f"{file}, layer {layer}", part.rows)
            vectors.append(rows)
        whole = np.concatenate(vectors)
        return whole if self.order is None else whole[self.order]


_SIDES = {"src": "source", "tgt": "target"}


@dataclass(frozen=True, kw_only=True)
class Group:
    """The pairs of one language pair.

    Attributes:
        langs: source and target language; empty where unknown.
        data: their vectors.
        words: the columns of a words table for them, and ``row``, their place among the pairs given.
        identity: columns that say which model it was.
        signature: what defines the numbers, but for what is measured.
        facts: counts for the summary.
        subset: which part of the pairs they are, for the column ``set``.
    """

    langs: LangPair
    data: PairVectors
    words: Mapping[str, pa.Array]
    identity: Mapping[str, Any]
    signature: Signature
    facts: Mapping[str, Any]
    subset: str = ""

    def forms(self) -> tuple[Ints, ...]:
        """Numbers of the words, or sentences, equal for equal ones, of the sides of which all are known, each (n,)."""
        columns = (known_forms(self.words, side) for side in _SIDES)
        return tuple(
            column.dictionary_encode().indices.to_numpy().astype(np.int64) for column, _ in filter(None, columns)
        )

    def grades(self) -> Floats | None:
        """(n,) how near the sides are in meaning, NaN where that is not known; None where nobody says."""
        column = self.words.get("grade")
        if column is None or column.null_count == len(column):
            return None
        values: Floats = column.to_numpy(zero_copy_only=False)
        return values


@dataclass(frozen=True, kw_only=True)
class Groups:
    """All that is scored in one call.

    Attributes:
        groups: one a language pair (and model, where folders differ).
        layers: (index into the arrays, layer number).
        num_layers: number of the last layer of the model.
        inputs: for the record.
        warnings: sentences for the user.
        params: for the record, how the vectors were made where this call made them.
        packages: for the record, what made them.
        unit: what a pair is of.
    """

    groups: Sequence[Group]
    layers: Sequence[tuple[int, int]]
    num_layers: int
    inputs: Sequence[Input]
    warnings: Sequence[str]
    params: Mapping[str, Any] = field(default_factory=dict)
    packages: Sequence[str] = ()
    unit: Unit = "word"


def group_of(
    langs: LangPair,
    parts: Sequence[Part],
    words: pa.RecordBatch,
    *,
    where: str,
    identity: Mapping[str, Any],
    signature: Signature,
    facts: Mapping[str, Any],
) -> Group:
    """The pairs of some parts, in the order that decides ties.

    Args:
        langs: their languages.
        parts: where the vectors lie.
        words: a row a pair, over all parts, with all columns of a words table; nulls where something is not known.
        where: name for messages.
        identity: see :class:`Group`.
        signature: see :class:`Group`.
        facts: counts for the summary, to which those of repeated words are added.
    """
    rows = np.concatenate([part.rows for part in parts])
    columns = {name: words.column(name) for name in words.schema.names}
    columns.setdefault("row", pa.array(rows))
    order = None
    if len(parts) > 1:
        # Shards scored together are what the whole would be, ties included, when they stand in corpus order.
        order = np.lexsort([numbers(columns, name, rows) for name in ("tgt_idx", "src_idx", "sent_id")])
        columns = {name: column.take(pa.array(order)) for name, column in columns.items()}
    data = LanguagePair(parts=parts, clusters=numbers(columns, "sent_id", rows), where=where, order=order)
    return Group(
        langs=langs,
        data=data,
        words=columns,
        identity=identity,
        signature=signature,
        facts={**facts, **repeated(columns)},
    )


def known_forms(words: Mapping[str, pa.Array], side: str) -> tuple[pa.Array, Unit] | None:
    """The words of a side (``src``, ``tgt``), or its sentences, and which of the two; None where not all are known."""
    of: Sequence[tuple[str, Unit]] = (("word", "word"), ("text", "sentence"))
    for name, unit in of:
        column = words.get(f"{side}_{name}")
        if column is not None and not column.null_count:
            return column, unit
    return None


def repeated(words: Mapping[str, pa.Array]) -> dict[str, int]:
    """Counts for the summary: how often a word, or a sentence, stands in a further pair."""
    counts = {}
    for side, name in _SIDES.items():
        if (forms := known_forms(words, side)) is not None:
            column, unit = forms
            counts[f"repeated {name} {unit}s"] = len(column) - len(column.unique())
    return counts


def numbers(columns: Mapping[str, pa.Array], name: str, rows: Ints) -> Ints:
    """A column of whole numbers of a words table.

    Folders made elsewhere name no sentences: the row stands for the sentence then, and 0 for the place in it.
    """
    column = columns[name]
    if column.null_count:
        return rows if name == "sent_id" else np.zeros(len(rows), np.int64)
    values: Ints = column.cast(pa.int64()).to_numpy()
    return values


def drawn_signature(rows: Ints, options: AlignScoreOptions, how: Mapping[str, object]) -> Signature:
    """What defines numbers of these rows: the draw, and how the vectors were made."""
    pairs = f"all({len(rows)})" if options.most is None else str(len(rows))
    unique = {"unique-types": ""} if options.unique_types else {}
    return Signature().with_parts({"pairs": pairs, "seed": options.seed, **how, **unique})


def making(params: Mapping[str, Any]) -> dict[str, str]:
    """How vectors were made, out of a record, as parts of a signature."""
    usual = EncodeOptions().params()
    parts = signed(EncodeOptions, {**usual, **params}, usual)
    return {"unit": "sentence", **parts, "pool": params["sentence_pool"]} if "sentence_pool" in params else parts


def data_id(inputs: Sequence[Input], langs: LangPair) -> str:
    """The identity of the pairs of one language pair: that of all tables that hold any."""
    ids = set()
    for item in inputs:
        params = (item.record or {}).get("params") or {}
        if (params.get("src_lang", langs[0]), params.get("tgt_lang", langs[1])) == langs:
            ids.add(content_id(item.record, item.sha256))
    return "+".join(sorted(ids))
