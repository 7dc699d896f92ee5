"""Arrays by their contents, a language pair, and ragged rows: flat values and where each row starts."""

from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
AnyFloats = npt.NDArray[np.floating[Any]]
Bools = npt.NDArray[np.bool_]
# Codes of source and target language.
LangPair = tuple[str, str]


def offsets(lengths: Ints) -> Ints:
    """Where each row starts, (rows + 1,), from the lengths of the rows."""
    return np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))


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
