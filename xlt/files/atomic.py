"""Outputs that appear whole or not at all.

Every output is written beside its final name, under a hidden name that holds the host and the process id, and
renamed at the end. What a killed process left behind is removed by the next one that writes the same output.
"""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from xlt.errors import OutputExistsError, XltError

FOLDER_RECORD = "xlt.json"


def check_output(path: Path, force: bool) -> None:
    """Refuse an output that cannot or must not be written; called before the work starts.

    Raises:
        OutputExistsError: ``path`` exists and ``force`` is false.
        XltError: the folder to write into is missing, or ``force`` would remove a folder that xlt did not make.
    """
    if not path.parent.is_dir():
        raise XltError(f"{path}: the folder {path.parent} does not exist; make it first")
    if not os.access(path.parent, os.W_OK):
        raise XltError(f"{path}: no permission to write into the folder {path.parent}")
    if not path.exists():
        return
    if not path.is_file() and not path.is_dir():
        raise XltError(f"{path} is neither a file nor a folder; it is never replaced (- writes to standard output)")
    if not force:
        raise OutputExistsError(f"{path} exists already; give --force to replace it, or another name")
    if path.is_dir() and any(path.iterdir()) and not (path / FOLDER_RECORD).is_file():
        raise XltError(f"{path} is a folder that xlt did not make (no {FOLDER_RECORD} in it); not replaced")
    if path.is_dir():
        foreign = sorted({p.name for p in path.iterdir()} - _written(path))
        if foreign:
            raise XltError(f"{path} holds {foreign[0]}, which xlt did not write there; move it away first")


def _written(folder: Path) -> set[str]:
    # What a folder's record says that xlt wrote into it.
    try:
        record = json.loads((folder / FOLDER_RECORD).read_text(encoding="utf-8"))
        files = set(record["files"])
    except (OSError, ValueError, KeyError, TypeError):
        files = set()
    return files | {FOLDER_RECORD, "words.parquet"}


@contextmanager
def output_file(path: Path, force: bool) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it to ``path`` when the block ends well, else remove it."""
    check_output(path, force)
    if path.is_dir():
        raise XltError(f"{path} is a folder; -o must name a file")
    temporary = _temporary(path)
    try:
        yield temporary
        check_output(path, force)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def output_folder(path: Path, force: bool) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; it takes the name ``path`` when the block ends well, else goes."""
    check_output(path, force)
    if path.is_file():
        raise XltError(f"{path} is a file; -o must name a folder")
    temporary = _temporary(path)
    temporary.mkdir()
    try:
        yield temporary
        check_output(path, force)
        if path.exists():
            old = temporary.with_name(temporary.name + ".old")
            path.rename(old)
            temporary.rename(path)
            _remove(old)
        else:
            temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _temporary(path: Path) -> Path:
    prefix = f".{path.name}.partial-{socket.gethostname()}-"
    for stale in path.parent.glob(f"{_glob_escape(prefix)}*"):
        # Only digits may follow: the host "node" must not take the files of "node-2" for its own.
        pid = stale.name.removesuffix(".old").removeprefix(prefix)
        if pid.isdecimal() and not _alive(int(pid)):
            with suppress(OSError):
                _remove(stale)
    return path.with_name(f"{prefix}{os.getpid()}")


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _glob_escape(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
