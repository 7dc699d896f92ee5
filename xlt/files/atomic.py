"""Outputs that appear whole or not at all.

Every output is written beside its final name, under a hidden name that holds the host and the process id, and
renamed at the end; outputs that belong together are renamed together. What a killed process left behind is mended and
removed by the next one that writes into the folder, see :mod:`xlt.files.leftovers`.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from xlt.errors import OutputExistsError, XltError
from xlt.files.leftovers import Member, exchange, old_of, release, remove, rename_together, sweep, temporary_beside

FOLDER_RECORD = "xlt.json"


@dataclass(frozen=True)
class _Written:
    # An output that is whole and waits for the others.
    temporary: Path
    path: Path
    force: bool


_waiting: ContextVar[list[_Written] | None] = ContextVar("waiting", default=None)


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
    sweep(path.parent)
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
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        files = set()
    return files | {FOLDER_RECORD, "words.parquet"}


@contextmanager
def outputs_together() -> Iterator[None]:
    """Files of :func:`output_file` that end inside the block take their names when it ends well, all or none.

    They do so in the order in which they ended: let the one that others go by be the last. A block inside another is
    part of it.
    """
    if _waiting.get() is not None:
        yield
        return
    written: list[_Written] = []
    token = _waiting.set(written)
    try:
        yield
        _rename(written)
    finally:
        _waiting.reset(token)
        for output in written:
            release(output.temporary)


def _rename(written: list[_Written]) -> None:
    for output in written:
        check_output(output.path, output.force)
    if len(written) == 1:
        written[0].temporary.replace(written[0].path)
        return
    rename_together(
        [
            Member(
                temporary=str(output.temporary),
                path=str(output.path.absolute()),
                replaces=output.path.exists(),
                inode=output.temporary.stat().st_ino,
            )
            for output in written
        ]
    )


@contextmanager
def output_file(path: Path, force: bool) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it to ``path`` when the block ends well, else remove it.

    Inside :func:`outputs_together` it is renamed at the end of that.
    """
    check_output(path, force)
    if path.is_dir():
        raise XltError(f"{path} is a folder; -o must name a file")
    temporary = temporary_beside(path)
    try:
        yield temporary
    except BaseException:
        release(temporary)
        raise
    written = _Written(temporary, path, force)
    waiting = _waiting.get()
    if waiting is not None:
        waiting.append(written)
        return
    try:
        _rename([written])
    finally:
        release(temporary)


@contextmanager
def output_folder(path: Path, force: bool) -> Iterator[Path]:
    """Give a temporary folder beside ``path``; it takes the name ``path`` when the block ends well, else goes."""
    check_output(path, force)
    if path.is_file():
        raise XltError(f"{path} is a file; -o must name a folder")
    # Where the system can exchange them, the hidden name is the old folder's in the end.
    temporary = temporary_beside(path)
    # What is written inside appears with the folder.
    token = _waiting.set(None)
    try:
        temporary.mkdir()
        yield temporary
        check_output(path, force)
        if not path.exists():
            temporary.rename(path)
        elif not exchange(temporary, path):
            old = old_of(temporary)
            path.rename(old)
            temporary.rename(path)
            remove(old)
    finally:
        _waiting.reset(token)
        release(temporary)
