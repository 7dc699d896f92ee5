"""Unpack zip and tar archives that nobody vouches for.

Nothing leaves the folder: names that are absolute or hold ``..`` are refused, and so is every link and device, wanted
or not. The size is bounded, so that a small archive does not fill the disk.
"""

import gzip
import json
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from xlt.errors import XltError
from xlt.files.atomic import FOLDER_RECORD, output_folder
from xlt.files.bounds import LEAST_ON_DISK, most_unpacked

_MOST_MEMBERS = 100_000
_LONGEST_NAME = 255

_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    gzip.BadGzipFile,
    lzma.LZMAError,
    zlib.error,
    EOFError,
    RuntimeError,  # zipfile: encrypted
    NotImplementedError,  # zipfile: unknown compression
    UnicodeError,
    ValueError,
)


@dataclass(frozen=True)
class _Member:
    name: str
    size: int
    kind: str  # file, folder, or what it is else
    open: Callable[[], IO[bytes]]


def safe_name(name: str) -> PurePosixPath:
    """The name of a member as a path below the folder.

    Raises:
        ValueError: it leads out of the folder, or is no portable name.
    """
    path = PurePosixPath(name)
    if not path.parts:
        raise ValueError("is empty")
    if path.is_absolute() or name.startswith("~"):
        raise ValueError("is absolute")
    if ".." in path.parts:
        raise ValueError("leads out of the folder")
    if any(char in name for char in "\\:") or any(ord(char) < 32 for char in name):
        raise ValueError("holds a backslash, colon or control character")
    if any(len(part.encode(errors="surrogatepass")) > _LONGEST_NAME for part in path.parts):
        raise ValueError("is too long")
    return path


def unpack(
    archive: Path, folder: Path, select: Callable[[str], bool], *, sha256: str, limit: int | None = None
) -> None:
    """Unpack some files of ``archive`` into ``folder``; it appears when all is there, and replaces an old one.

    Args:
        archive: zip, or tar with gzip, bzip2, xz or no compression; the content says which.
        folder: where the members go, below their own folders.
        select: whether a file of this name is unpacked.
        sha256: checksum of the archive; kept in the folder, see :func:`unpacked_from`.
        limit: the most bytes that the archive may hold; None means 200 times its own size, at least 256 MiB.

    Raises:
        XltError: it is no archive, is broken, too big, or holds something that has no business in a data archive.
    """
    limit = most_unpacked(archive.stat().st_size, LEAST_ON_DISK) if limit is None else limit
    with output_folder(folder, force=True) as temporary:
        left = limit
        with _reading(archive), _members(archive) as members:
            for count, member in enumerate(members, 1):
                path = _checked(archive, member)
                left -= member.size
                if left < 0 or count > _MOST_MEMBERS:
                    raise XltError(
                        f"{archive} unpacks to more than {limit:,} bytes or {_MOST_MEMBERS:,} files, which no data "
                        f"set here does; not unpacked"
                    )
                if member.kind == "file" and select(member.name):
                    _write(archive, member, temporary / path)
        record = {"archive": sha256, "files": sorted(path.name for path in temporary.iterdir())}
        (temporary / FOLDER_RECORD).write_text(json.dumps(record) + "\n", encoding="utf-8")


def unpacked_from(folder: Path) -> str | None:
    """The checksum of the archive that ``folder`` was unpacked from; None where it is not there."""
    try:
        record = json.loads((folder / FOLDER_RECORD).read_text(encoding="utf-8"))
        return str(record["archive"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _checked(archive: Path, member: _Member) -> PurePosixPath:
    if member.kind not in ("file", "folder"):
        raise XltError(f"{archive} holds {member.kind} ({member.name!r}); only plain files are unpacked")
    try:
        return safe_name(member.name)
    except ValueError as error:
        raise XltError(f"{archive} holds a file whose name {error} ({member.name!r}); not unpacked") from error


def _write(archive: Path, member: _Member, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        raise XltError(f"{archive} holds {member.name!r} twice, or as file and folder; not unpacked") from error
    left = member.size
    with target, member.open() as source:
        while chunk := _read(source):
            left -= len(chunk)
            if left < 0:
                raise XltError(f"{archive}: {member.name!r} is bigger than the archive says; not unpacked")
            target.write(chunk)
    if left:
        raise XltError(f"{archive}: {member.name!r} is cut off; delete the archive and fetch it again")


def _read(source: IO[bytes]) -> bytes:
    try:
        return source.read(1 << 20)
    except OSError as error:  # what bz2 raises for damaged data; a failed write must stay what it is
        raise EOFError(str(error)) from error


@contextmanager
def _reading(archive: Path) -> Iterator[None]:
    try:
        yield
    except _BROKEN as error:
        raise XltError(f"{archive} is damaged ({error}); delete it and fetch it again") from error


@contextmanager
def _members(archive: Path) -> Iterator[Iterator[_Member]]:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            yield (_zip_member(opened, info) for info in opened.infolist())
        return
    try:
        tar = _open_tar(archive)
    except (tarfile.TarError, EOFError) as error:
        raise XltError(
            f"{archive} is neither a zip nor a tar archive, or it is damaged; delete it and fetch it again"
        ) from error
    with tar:
        yield (_tar_member(tar, info) for info in tar)


def _open_tar(archive: Path) -> tarfile.TarFile:
    # The magic numbers, rather than mode "r:*", which tries each and hides the error of a damaged one.
    with archive.open("rb") as file:
        head = file.read(6)
    if head.startswith(b"\x1f\x8b"):
        return tarfile.open(archive, "r:gz")
    if head.startswith(b"BZh"):
        return tarfile.open(archive, "r:bz2")
    if head.startswith(b"\xfd7zXZ\x00"):
        return tarfile.open(archive, "r:xz")
    return tarfile.open(archive, "r:")


def _zip_member(opened: zipfile.ZipFile, info: zipfile.ZipInfo) -> _Member:
    mode = stat.S_IFMT(info.external_attr >> 16)
    kind = "folder" if info.is_dir() else "file" if mode in (0, stat.S_IFREG) else "a link or a device"
    return _Member(info.filename, info.file_size, kind, lambda: opened.open(info))


def _tar_member(opened: tarfile.TarFile, info: tarfile.TarInfo) -> _Member:
    def open_() -> IO[bytes]:
        content = opened.extractfile(info)
        if content is None:
            raise EOFError("no content")
        return content

    kind = "folder" if info.isdir() else "file" if info.isreg() else "a link or a device"
    return _Member(info.name, info.size, kind, open_)
