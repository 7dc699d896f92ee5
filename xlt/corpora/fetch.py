"""Download a file into the cache: resumed, checked, locked, and there under its name only when it is whole.

What was downloaded first is held to. A small JSON record beside each file keeps the SHA-256 of the first download, and
the size and time of the file when it was last looked at, so that it need not be hashed again at every use.
"""

import json
import logging
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from xlt.corpora import web
from xlt.corpora.web import Broken, OutOfRange, Pace
from xlt.errors import NotFetchedError, OfflineError, XltError
from xlt.files.places import offline_reason
from xlt.files.provenance import file_sha256
from xlt.work import Progress

# Seconds before each new try.
WAITS = (0.5, 2.0, 5.0)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for.

    Attributes:
        for_an_answer: seconds until it begins to answer, and between two pieces.
        in_all: seconds of tries that bring nothing, or too little, after which there is no other.
        pace: the slowest that it may be.
    """

    for_an_answer: float = web.TIMEOUT
    in_all: float = 35.0
    pace: Pace = web.PACE


PATIENCE = Patience()


def fetch_url(
    url: str,
    path: Path,
    *,
    sha256: str | None = None,
    progress: Progress | None = None,
    waits: Sequence[float] = WAITS,
    patience: Patience = PATIENCE,
) -> Path:
    """Make sure that ``path`` holds the file behind ``url``, and return ``path``.

    A file that is there already is used, also one that was put there by hand. An unfinished download is taken up
    where it broke off, if the server still has the same version. The file must have the checksum ``sha256``; where
    that is None, that of the first download, which is recorded beside it. A second process waits for the first.

    Args:
        url: http or https.
        path: the file's place in the cache.
        sha256: its checksum, where it is known.
        progress: called with the bytes that are there and the bytes of the whole file (None: not known).
        waits: seconds before each new try, after which it gives up.
        patience: how long it waits for a server.

    Raises:
        OfflineError: it is not there, and the network is forbidden or no server answers.
        XltError: the server does not have it, breaks off again and again, or it is not the expected file.
    """
    if not url.startswith(web.SCHEMES):
        raise XltError(f"{url}: only http and https addresses are downloaded")
    if path.is_file():
        check_file(path, sha256)
        return path
    reason = offline_reason()
    if reason:
        raise NotFetchedError(path.name, reason, f"put {url} at {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path):
        if path.is_file():
            check_file(path, sha256)
            return path
        part = path.with_name(f".{path.name}.part")
        _download(url, path, part, progress, waits, patience)
        _accept(url, path, part, sha256)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of ``path`` in the cache against other processes; it goes with the process that holds it."""
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=0.5)
    except Timeout:
        _log.warning("another process is fetching %s: waiting for it", path.name)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


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
    expected = _expected(record, sha256)
    if record and (record.size, record.mtime_ns) == (stat.st_size, stat.st_mtime_ns) and record.sha256 == expected:
        return record.sha256
    actual = file_sha256(path)
    if expected is not None and actual != expected:
        raise XltError(f"{path} {_difference(path, sha256, actual)}")
    with suppress(OSError):  # a cache that is shared for reading only
        write_record(path, record.url if record else None, actual)
    return actual


def _expected(record: FileRecord | None, sha256: str | None) -> str | None:
    return sha256 or (record.sha256 if record else None)


def _difference(path: Path, sha256: str | None, actual: str) -> str:
    # The end of the sentence that says how a file differs from what is expected, and how to mend it.
    if sha256 is not None:
        return (
            f"is not the expected file: its SHA-256 is {actual}, the manifest says {sha256}; "
            f"delete it and fetch again, or get the right file by hand"
        )
    return (
        f"is not the file that was downloaded first (SHA-256 {actual[:12]}… is not the recorded one); to accept the "
        f"new one delete {path} and {record_path(path).name} beside it, and fetch again"
    )


def _accept(url: str, path: Path, part: Path, sha256: str | None) -> None:
    actual = file_sha256(part)
    expected = _expected(read_record(path), sha256)
    if expected is not None and actual != expected:
        _discard(part)
        raise XltError(f"what {url} sends {_difference(path, sha256, actual)}")
    write_record(path, url, actual, part)
    part.replace(path)
    _discard(part)


def _download(
    url: str, path: Path, part: Path, progress: Progress | None, waits: Sequence[float], patience: Patience
) -> None:
    # Only tries that bring nothing new are counted: a big file may well come in many pieces.
    furthest, tries, since = _size(part), 0, time.monotonic()
    while True:
        try:
            _transfer(url, part, progress, patience)
            return
        except XltError as error:
            raise type(error)(f"{error}; or put the file by hand at {path}") from error
        except Broken as error:
            if _size(part) > furthest and not error.slow:
                furthest, tries, since = _size(part), 0, time.monotonic()
            if tries == len(waits) or time.monotonic() - since > patience.in_all:
                mend = f"try again later, or put it by hand at {path}"
                if not error.reached:
                    raise OfflineError(f"{url} cannot be reached ({error}); {mend}") from error
                raise XltError(f"{url} could not be downloaded whole ({error}); {mend}") from error
            _log.info("%s: %s; trying again", url, error)
            time.sleep(waits[tries])
            tries += 1


def _transfer(url: str, part: Path, progress: Progress | None, patience: Patience) -> None:
    start, (validator, total) = _size(part), _read_state(part, url)
    if start and start == total:
        return
    try:
        with web.get(url, start, validator, patience.for_an_answer) as body:
            same = validator is not None and body.validator in (None, validator) and body.total == total
            if body.start and (body.start != start or not same):
                _discard(part)
                raise Broken("the file has changed on the server")
            if not body.start:
                _discard(part)
                write_text(_state_path(part), json.dumps({"url": url, "etag": body.validator, "total": body.total}))
            size = body.start
            with part.open("ab") as file:
                for chunk in body.chunks(pace=patience.pace):
                    file.write(chunk)
                    size += len(chunk)
                    if progress:
                        progress(size, body.total)
    except OutOfRange as error:
        _discard(part)
        raise Broken("the server does not have the rest of the file") from error
    if body.total is not None and size != body.total:
        if size > body.total:
            _discard(part)
        raise Broken(f"it broke off after {size:,} of {body.total:,} bytes")


def _state_path(part: Path) -> Path:
    return part.with_name(part.name + ".json")


def _read_state(part: Path, url: str) -> tuple[str | None, int | None]:
    # What the unfinished download is a part of: (what identifies the version, its length).
    try:
        state = json.loads(_state_path(part).read_text(encoding="utf-8"))
        return (state["etag"], state["total"]) if state["url"] == url else (None, None)
    except (OSError, ValueError, KeyError, TypeError):
        return None, None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _discard(part: Path) -> None:
    part.unlink(missing_ok=True)
    _state_path(part).unlink(missing_ok=True)
