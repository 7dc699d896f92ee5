"""Arrays by their contents, a language pair, and ragged rows: flat values and where each row starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
AnyFloats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]
T = TypeVar("T", bound=np.generic)
# Codes of source and target language.
LangPair = tuple[str, str]


def offsets(lengths: Ints) -> Ints:
    """Where each row starts, (rows + 1,), from the lengths of the rows."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))


@dataclass(frozen=True)
class Ragged(Generic[T]):
    """Rows of different lengths: flat data instead of padding.

    Attributes:
        values: (total,) the values of all rows, one after the other.
        offsets: (rows + 1,) int64, where each row starts; the last is the total.
    """

    values: npt.NDArray[T]
    offsets: Ints

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]], dtype: type[T]) -> "Ragged[T]":
        """From lists, one a row."""
        lengths = np.fromiter(map(len, rows), np.int64, len(rows))
        flat = np.fromiter(chain.from_iterable(rows), dtype, int(lengths.sum()))
        return cls(flat, offsets(lengths))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> npt.NDArray[T]:
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def lengths(self) -> Ints:
        """(rows,) values of each row."""
        return np.diff(self.offsets)

    @property
    def row(self) -> Ints:
        """(total,) the row of each value."""
        return np.repeat(np.arange(len(self)), self.lengths)

    def take(self, rows: Ints) -> "Ragged[T]":
        """Some rows, in the order given; O(their values)."""
        places, lengths = members(self.offsets, rows)
        return Ragged(self.values[places], offsets(lengths))

    @staticmethod
    def join(parts: "Sequence[Ragged[T]]") -> "Ragged[T]":
        """The rows of all parts, one after the other; there is at least one part."""
        lengths = np.concatenate([part.lengths for part in parts])
        return Ragged(np.concatenate([part.values for part in parts]), offsets(lengths))


def members(starts: Ints, rows: Ints) -> tuple[Ints, Ints]:
    """Places of all values of some rows, in the order of ``rows``, and how many each row has.

    Args:
        starts: (rows + 1,) where each row starts.
        rows: (n,) the rows wanted.
    """
    counts = starts[rows + 1] - starts[rows]
    ends = np.cumsum(counts)
    return np.repeat(starts[rows] - (ends - counts), counts) + np.arange(ends[-1] if len(ends) else 0), counts


def part_bounds(sizes: Ints, most: int) -> list[int]:
    """Where consecutive rows are cut into parts, the end included, so that no part's sizes sum to more than ``most``.

    A row above ``most`` makes a part of its own.
    """
    ends, bounds = np.cumsum(sizes), [0]
    while bounds[-1] < len(ends):
        done = int(ends[bounds[-1] - 1]) if bounds[-1] else 0
        bounds.append(max(bounds[-1] + 1, int(np.searchsorted(ends, done + most, side="right"))))
    return bounds
