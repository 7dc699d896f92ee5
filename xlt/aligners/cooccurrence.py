"""Parallel text as the statistical aligners see it: every pair of words that occur in the same sentence pair, numbered.

A *cell* is one source position with one target position of one sentence pair. Sentence pairs of one shape (number of
words on either side) stand together, so that the cells of a run of them form a full array and whatever depends on
positions alone is computed once a run. Cells are held in slabs of bounded size, whose own co-occurrences are numbered
anew: the tables that a slab works on stay in a processor's cache.
"""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from xlt.arrays import Bools, Ints, Ragged, part_bounds
from xlt.errors import XltError
from xlt.work import in_order

Int32s = npt.NDArray[np.int32]
T = TypeVar("T")

# A sentence pair may have as many as 2,000 words on either side: memory grows with their product.
MOST_CELLS = 4_000_000

# Large enough that numpy's own overhead vanishes, small enough that position and word numbers fit 64 bits together.
_SLAB_CELLS = 1 << 21


@dataclass(frozen=True)
class Bitext:
    """Sentence pairs as word numbers.

    Attributes:
        src, tgt: a row a sentence, the number of each word.
        src_types, tgt_types: how many words are numbered on each side.
    """

    src: Ragged[np.int32]
    tgt: Ragged[np.int32]
    src_types: int
    tgt_types: int

    def __len__(self) -> int:
        return len(self.src)

    @property
    def usable(self) -> Ints:
        """Numbers of the sentence pairs with words on both sides and no more cells than a pair may have."""
        return np.flatnonzero((self._cells > 0) & (self._cells <= MOST_CELLS))

    @property
    def too_long(self) -> Ints:
        """Numbers of the sentence pairs with more cells."""
        return np.flatnonzero(self._cells > MOST_CELLS)

    @property
    def _cells(self) -> Ints:
        return np.asarray(self.src.lengths * self.tgt.lengths)


@dataclass(frozen=True)
class Run:
    """Consecutive sentence pairs of a slab that have the same shape.

    Attributes:
        shape: sentence pairs, source words, target words.
        cell, src, tgt: where its cells, source words and target words start in the slab.
    """

    shape: tuple[int, int, int]
    cell: int
    src: int
    tgt: int


@dataclass(frozen=True)
class Slab:
    """A bounded part of the cells.

    Attributes:
        sentences: (n,) numbers of the sentence pairs, sorted by shape.
        runs: the shapes, in order.
        src, tgt: (tokens,) word numbers in the order of ``sentences``.
        pairs: (local co-occurrences,) number of each among all co-occurrences, ascending.
        cells: (cells,) local number of each cell's co-occurrence, run after run; each run is an array (sentence pairs,
            source words, target words). Held on disk where the corpus is large.
    """

    sentences: Ints
    runs: list[Run]
    src: Int32s
    tgt: Int32s
    pairs: Int32s
    _cells: Int32s | Path = field(repr=False)

    @property
    def cells(self) -> Int32s:
        """See the class."""
        return self._cells if isinstance(self._cells, np.ndarray) else np.load(self._cells, allow_pickle=False)


@dataclass(frozen=True)
class Cooccurrences:
    """All cells of a corpus.

    Attributes:
        bitext: the corpus.
        slabs: the cells.
        src, tgt: (co-occurrences,) word numbers of each, sorted by ``src``, then ``tgt``.
        sizes: (shapes, 2) distinct numbers of source and target words.
        size_counts: (shapes,) sentence pairs of each.
    """

    bitext: Bitext
    slabs: list[Slab]
    src: Int32s
    tgt: Int32s
    sizes: Ints
    size_counts: Ints

    def __len__(self) -> int:
        return len(self.src)


def cooccurrences(
    bitext: Bitext, *, workers: int = 1, folder: Path | None = None, slab_cells: int = _SLAB_CELLS
) -> Cooccurrences:
    """Number the co-occurrences of a corpus.

    Args:
        bitext: the corpus; its sentence pairs that are not usable are in no slab.
        workers: threads; the result does not depend on it.
        folder: where the cells go; None holds them in memory (4 bytes a cell).
        slab_cells: cells of a slab, unless one sentence pair has more.

    Raises:
        XltError: more than 2^31 distinct co-occurrences.
    """
    rows = bitext.usable
    lengths = np.stack((bitext.src.lengths[rows], bitext.tgt.lengths[rows]), axis=1)
    order = np.lexsort((lengths[:, 1], lengths[:, 0]))
    rows, lengths = rows[order], lengths[order]
    bounds = part_bounds(lengths[:, 0] * lengths[:, 1], slab_cells)

    def make(number: int) -> tuple[Slab, Ints]:
        part = slice(bounds[number], bounds[number + 1])
        path = None if folder is None else folder / f"cells-{number}.npy"
        return _slab(bitext, rows[part], lengths[part], path)

    made = list(by_threads(make, range(len(bounds) - 1), workers))
    keys = _distinct(np.concatenate([k for _, k in made])) if made else np.empty(0, np.int64)
    if len(keys) >= 2**31:
        raise XltError("more than 2^31 distinct pairs of words: give less text at once")
    slabs = [replace(s, pairs=np.searchsorted(keys, k).astype(np.int32)) for s, k in made]
    sizes, counts = np.unique(lengths, axis=0, return_counts=True)
    width = max(1, bitext.tgt_types)
    return Cooccurrences(
        bitext=bitext,
        slabs=slabs,
        src=(keys // width).astype(np.int32),
        tgt=(keys % width).astype(np.int32),
        sizes=sizes,
        size_counts=counts,
    )


def by_threads(work: Callable[[int], T], numbers: range, workers: int) -> Iterator[T]:
    """Results in the order of ``numbers``, made by threads a few steps ahead."""
    if workers <= 1:
        yield from map(work, numbers)
        return
    with ThreadPoolExecutor(workers) as pool:
        yield from in_order(pool, work, numbers, workers)


def scratch_folder() -> "tempfile.TemporaryDirectory[str]":
    """A folder for cells that goes when it is closed; ``TMPDIR`` says where it lies."""
    return tempfile.TemporaryDirectory(prefix="xlt-cells-")


def _slab(bitext: Bitext, rows: Ints, lengths: Ints, path: Path | None) -> tuple[Slab, Ints]:
    src, tgt = bitext.src.take(rows).values, bitext.tgt.take(rows).values
    runs, keys = _runs(lengths), np.empty(int((lengths[:, 0] * lengths[:, 1]).sum()), np.int64)
    for run in runs:
        b, n, m = run.shape
        left = src[run.src : run.src + b * n].reshape(b, n, 1).astype(np.int64) * bitext.tgt_types
        right = tgt[run.tgt : run.tgt + b * m].reshape(b, 1, m)
        np.add(left, right, out=keys[run.cell : run.cell + b * n * m].reshape(run.shape))
    distinct, cells = _numbered(keys, bitext.src_types * bitext.tgt_types)
    if path is not None:
        np.save(path, cells)
    own = cells if path is None else path
    return Slab(sentences=rows, runs=runs, src=src, tgt=tgt, pairs=np.empty(0, np.int32), _cells=own), distinct


def _runs(lengths: Ints) -> list[Run]:
    changes = np.flatnonzero(np.any(np.diff(lengths, axis=0), axis=1)) + 1
    runs, cell, src, tgt = [], 0, 0, 0
    for start, stop in pairwise([0, *changes.tolist(), len(lengths)]):
        b, (n, m) = stop - start, lengths[start].tolist()
        runs.append(Run((b, n, m), cell=cell, src=src, tgt=tgt))
        cell, src, tgt = cell + b * n * m, src + b * n, tgt + b * m
    return runs


def _numbered(keys: Ints, limit: int) -> tuple[Ints, Int32s]:
    # Sorting plain integers is several times faster than sorting indices: the position rides in the low bits.
    bits = len(keys).bit_length()
    if limit.bit_length() + bits > 64:
        distinct, inverse = np.unique(keys, return_inverse=True)
        return distinct, inverse.astype(np.int32)
    packed = (keys.view(np.uint64) << np.uint64(bits)) | np.arange(len(keys), dtype=np.uint64)
    packed.sort()
    ordered = (packed >> np.uint64(bits)).view(np.int64)
    first = _changes(ordered)
    cells = np.empty(len(keys), np.int32)
    cells[(packed & np.uint64((1 << bits) - 1)).view(np.int64)] = np.cumsum(first, dtype=np.int32) - 1
    return ordered[first], cells


def _distinct(keys: Ints) -> Ints:
    # numpy's own goes through a hash table, which is slower by far on so many.
    keys.sort()
    return keys[_changes(keys)]


def _changes(ordered: Ints) -> Bools:
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first
