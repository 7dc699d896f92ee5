"""Pharaoh lines: the links of one sentence pair a line, ``i-j`` separated by blanks, numbered from 0."""

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from xlt.arrays import Ints
from xlt.errors import XltError
from xlt.files.atomic import output_file

_LINK = re.compile(r"[0-9]{1,9}-[0-9]{1,9}")
_LINE = re.compile(rf"[ \t]*({_LINK.pattern}([ \t]+|$))*")


@contextmanager
def pharaoh_writer(output: str, force: bool = False) -> Iterator[Callable[[pa.RecordBatch], None]]:
    """Open ``output`` (a path or ``-``) for batches of pairs: a line a row, empty where a row has no link."""
    if output == "-":

        def write(batch: pa.RecordBatch) -> None:
            sys.stdout.write(_lines(batch))

        yield write
        return
    with output_file(Path(output), force) as path, path.open("w", encoding="utf-8", newline="\n") as file:

        def write_file(batch: pa.RecordBatch) -> None:
            file.write(_lines(batch))

        yield write_file


def _lines(batch: pa.RecordBatch) -> str:
    rows = zip(batch.column("src_idx").to_pylist(), batch.column("tgt_idx").to_pylist(), strict=True)
    return "".join(" ".join(f"{i}-{j}" for i, j in zip(*row, strict=True)) + "\n" for row in rows)


@dataclass(frozen=True)
class PharaohLines:
    """Links of some consecutive lines: ``counts`` (lines,) links of each, ``src`` and ``tgt`` (links,) positions."""

    counts: Ints
    src: Ints
    tgt: Ints


def parse_pharaoh(lines: Sequence[str], where: str, numbers: Sequence[int]) -> PharaohLines:
    """Links as written, ``i-j`` separated by blanks.

    Args:
        lines: without line ends; an empty line has no link.
        where: name for messages.
        numbers: number of each line, from 1, for messages.

    Raises:
        XltError: something else than ``i-j`` in a line, which is named.
    """
    for number, line in zip(numbers, lines, strict=True):
        if not _LINE.fullmatch(line):
            word = next((w for w in line.split() or [line] if not _LINK.fullmatch(w)), line)
            raise XltError(f"{where}: line {number}: '{word[:40]}' is no link; write i-j, separated by blanks")
    counts = np.fromiter((line.count("-") for line in lines), np.int64, len(lines))
    positions = np.array(" ".join(lines).replace("-", " ").split(), np.int64).reshape(-1, 2)
    return PharaohLines(counts, positions[:, 0].copy(), positions[:, 1].copy())
