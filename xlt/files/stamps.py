"""What the record of a folder says of the files beside it, and whether they are still these."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from xlt.errors import XltError
from xlt.files.atomic import FOLDER_RECORD
from xlt.files.provenance import file_sha256, read_folder_record


class FileStamp(TypedDict):
    """What tells whether a file is still the one that was written."""

    sha256: str
    size: int
    mtime_ns: int


def file_stamps(paths: Sequence[Path]) -> dict[str, FileStamp]:
    """Name, hash, size and time of files, kept in a folder's record so that a reader can compare."""
    return {
        path.name: {
            "sha256": file_sha256(path),
            "size": path.stat().st_size,
            "mtime_ns": path.stat().st_mtime_ns,
        }
        for path in paths
    }


def checked_sha256(path: Path, most: float = math.inf) -> str:
    """SHA-256 of a file, compared with what the record of its folder says, where there is one that does.

    Args:
        path: of the file.
        most: bytes; the stamp of a larger file is believed where its size and time still match.

    Raises:
        XltError: it is not the file that xlt wrote.
    """
    return _checked(path, _stamps(path.parent).get(path.name), most)


def checked_folder(folder: Path, unread: Sequence[str] = ()) -> dict[str, str]:
    """SHA-256 of the files of a folder that its record names, each compared with it; none where there is no record.

    Args:
        folder: a checkpoint, say.
        unread: names that may be missing or other.

    Raises:
        XltError: a file is missing, or is not the one that xlt wrote.
    """
    stamps = {name: stamp for name, stamp in _stamps(folder).items() if name not in unread and _hash_of(stamp)}
    return {name: _checked(folder / name, stamp, math.inf) for name, stamp in stamps.items()}


def _stamps(folder: Path) -> Mapping[str, Any]:
    files = (read_folder_record(folder) or {}).get("files")
    return files if isinstance(files, dict) else {}


def _hash_of(stamp: Any) -> str | None:
    digest = stamp.get("sha256") if isinstance(stamp, dict) else None
    return digest if isinstance(digest, str) else None


def _checked(path: Path, stamp: Any, most: float) -> str:
    digest = _hash_of(stamp)
    if digest is None:
        return file_sha256(path)
    mended = f"take a copy that is whole, or remove {path.with_name(FOLDER_RECORD)} if the change is meant"
    if not path.is_file():
        raise XltError(f"{path} is missing, which xlt wrote there; {mended}")
    stat = path.stat()
    if stat.st_size > most and (stamp.get("size"), stamp.get("mtime_ns")) == (stat.st_size, stat.st_mtime_ns):
        return digest
    if file_sha256(path) != digest:
        raise XltError(f"{path} is damaged or was changed: it is not the file that xlt wrote there; {mended}")
    return digest
