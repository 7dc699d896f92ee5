"""Download a file into the cache: resumed, checked, locked, and there under its name only when it is whole."""

import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from xlt.corpora import web
from xlt.corpora.checksums import check_file, difference, read_record, write_record, write_text
from xlt.corpora.web import Broken, OutOfRange
from xlt.errors import OfflineError, XltError
from xlt.files.places import offline_reason
from xlt.files.provenance import file_sha256
from xlt.work import Progress

_WAITS = (0.5, 2.0, 5.0)
_log = logging.getLogger(__name__)


def fetch_url(url: str, path: Path, *, sha256: str | None = None, progress: Progress | None = None) -> Path:
    """Make sure that ``path`` holds the file behind ``url``, and return ``path``.

    A file that is there already is used, also one that was put there by hand. An unfinished download is taken up
    where it broke off, if the server still has the same version. The file must have the checksum ``sha256``; where
    that is None, that of the first download, which is recorded beside it. A second process waits for the first.

    Args:
        url: http or https.
        path: the file's place in the cache.
        sha256: its checksum, where it is known.
        progress: called with the bytes that are there and the bytes of the whole file (None: not known).

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
        raise OfflineError(f"{path.name} is not in the cache, and {reason} forbids the network; put {url} at {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path):
        if path.is_file():
            check_file(path, sha256)
            return path
        part = path.with_name(f".{path.name}.part")
        _download(url, path, part, progress)
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


def _accept(url: str, path: Path, part: Path, sha256: str | None) -> None:
    found = file_sha256(part)
    record = read_record(path)
    wanted = sha256 or (record.sha256 if record else None)
    if wanted is not None and found != wanted:
        _discard(part)
        raise XltError(f"what {url} sends {difference(path, sha256, found)}")
    write_record(path, url, found, part)
    part.replace(path)
    _discard(part)


def _download(url: str, path: Path, part: Path, progress: Progress | None) -> None:
    # Only tries that bring nothing new are counted: a big file may well come in many pieces.
    furthest, tries = _size(part), 0
    while True:
        try:
            _transfer(url, part, progress)
            return
        except Broken as error:
            if _size(part) > furthest:
                furthest, tries = _size(part), 0
            if tries == len(_WAITS):
                mend = f"try again later, or put it by hand at {path}"
                if not error.reached:
                    raise OfflineError(f"{url} cannot be reached ({error}); {mend}") from error
                raise XltError(f"{url} could not be downloaded whole ({error}); {mend}") from error
            _log.info("%s: %s; trying again", url, error)
            time.sleep(_WAITS[tries])
            tries += 1


def _transfer(url: str, part: Path, progress: Progress | None) -> None:
    start, (validator, total) = _size(part), _read_state(part, url)
    if start and start == total:
        return
    try:
        with web.get(url, start, validator) as body:
            same = validator is not None and body.validator in (None, validator) and body.total == total
            if body.start and (body.start != start or not same):
                _discard(part)
                raise Broken("the file has changed on the server")
            if not body.start:
                _discard(part)
                write_text(_state_path(part), json.dumps({"url": url, "etag": body.validator, "total": body.total}))
            done = body.start
            with part.open("ab") as file:
                for chunk in body.chunks():
                    file.write(chunk)
                    done += len(chunk)
                    if progress:
                        progress(done, body.total)
    except OutOfRange as error:
        _discard(part)
        raise Broken("the server does not have the rest of the file") from error
    if body.total is not None and done != body.total:
        if done > body.total:
            _discard(part)
        raise Broken(f"it broke off after {done:,} of {body.total:,} bytes")


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
