"""What was downloaded first is held to: a small JSON record beside each file in the cache.

The record keeps the SHA-256 of the first download, and the size and time of the file when it was last looked at, so
that it need not be hashed again at every use.
"""

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from xlt.errors import XltError
from xlt.files.provenance import file_sha256


@dataclass(frozen=True)
class FileRecord:
    """What is known of a file in the cache; ``url`` is None for a file that was put there by hand."""

    url: str | None
    sha256: str
    size: int
    mtime_ns: int
    time: str


def record_path(path: Path) -> Path:
    """Where the record of ``path`` lies."""
    return path.with_name(path.name + ".record.json")


def read_record(path: Path) -> FileRecord | None:
    """The record of ``path``; None where there is none or it cannot be read."""
    try:
        return FileRecord(**json.loads(record_path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_record(path: Path, url: str | None, sha256: str, file: Path | None = None) -> None:
    """Record ``path``, whose bytes lie in ``file`` (the same, unless it is still to be renamed)."""
    stat = (file or path).stat()
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    record = FileRecord(url, sha256, stat.st_size, stat.st_mtime_ns, now)
    write_text(record_path(path), json.dumps(asdict(record), indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a small file that appears whole or not at all."""
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)


def check_file(path: Path, sha256: str | None = None) -> str:
    """Hold a file in the cache to its known checksum, else to its record; return its SHA-256.

    A file without a record was put there by hand: it is accepted, and recorded.

    Raises:
        XltError: the file is not the one that is expected.
    """
    record, stat = read_record(path), path.stat()
    wanted = sha256 or (record.sha256 if record else None)
    if record and (record.size, record.mtime_ns) == (stat.st_size, stat.st_mtime_ns) and record.sha256 == wanted:
        return record.sha256
    found = file_sha256(path)
    if wanted is not None and found != wanted:
        raise XltError(f"{path} {difference(path, sha256, found)}")
    with suppress(OSError):  # a cache that is shared for reading only
        write_record(path, record.url if record else None, found)
    return found


def difference(path: Path, sha256: str | None, found: str) -> str:
    """The end of the sentence that says how a file differs from what is expected, and how to mend it."""
    if sha256 is not None:
        return (
            f"is not the expected file: its SHA-256 is {found}, the manifest says {sha256}; "
            f"delete it and fetch again, or get the right file by hand"
        )
    return (
        f"is not the file that was downloaded first (SHA-256 {found[:12]}… is not the recorded one); to accept the new "
        f"one delete {path} and {record_path(path).name} beside it, and fetch again"
    )
