"""What a pairs table holds, for the tests of the commands that write one."""

from pathlib import Path
from typing import Any

from xlt.files.provenance import Record
from xlt.files.schemas import PAIRS
from xlt.files.tables import open_table


def rows(path: Path) -> list[dict[str, Any]]:
    """All rows."""
    return [r for batch in open_table(str(path), PAIRS).batches(None) for r in batch.to_pylist()]


def record(path: Path) -> Record:
    """The provenance, which must be there."""
    stored = open_table(str(path)).record
    assert stored is not None
    return stored
