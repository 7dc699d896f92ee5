"""Real text for the benchmarks: the Bible and MUSE out of the folder of test data."""

import gzip
import os
from pathlib import Path


def data_folder() -> Path | None:
    """``$XLT_TEST_DATA``, else ``../shared/data``; None where absent."""
    path = Path(os.environ.get("XLT_TEST_DATA", "../shared/data")).resolve()
    return path if (path / "parallel" / "bible").is_dir() else None


def bible(folder: Path, src: str, tgt: str) -> tuple[list[str], list[str]]:
    """The verses that two languages share."""
    sides = []
    for lang in (src, tgt):
        with gzip.open(folder / "parallel" / "bible" / f"{lang}.tsv.gz", "rt", encoding="utf-8", newline="\n") as file:
            sides.append(dict(line.rstrip("\n").split("\t", 1) for line in file))
    keys = [k for k in sides[0] if k in sides[1]]
    return [sides[0][k] for k in keys], [sides[1][k] for k in keys]
