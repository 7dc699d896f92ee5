"""Pharaoh lines: the links of one sentence pair a line, ``i-j`` separated by blanks, numbered from 0."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from xlt.files.atomic import output_file


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
