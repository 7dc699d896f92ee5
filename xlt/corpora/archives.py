"""Unpack zip and tar archives that nobody vouches for.

Nothing leaves the folder: names that are absolute or hold ``..`` are refused, and so is every link and device, wanted
or not. The size is bounded, so that a small archive does not fill the disk.
"""

import bz2
import gzip
import hashlib
import io
import json
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, cast

from xlt.errors import XltError
from xlt.files.atomic import FOLDER_RECORD, output_folder
from xlt.files.bounds import LEAST_ON_DISK, most_unpacked
from xlt.files.provenance import file_sha256
from xlt.files.stamps import FileStamp

_MOST_MEMBERS = 100_000
_LONGEST_NAME, _ROOM = 255, 40
_LONGEST_HEAD = 1 << 22

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


def portable_name(name: str) -> str:
    """A name that any file system takes: itself where it is one, else without what is none, and not too long.

    Names that differ stay different: what is changed gets some digits of a hash.
    """
    plain = "".join("_" if char in "/\\" or not char.isprintable() else char for char in name)
    plain = plain.encode("utf-8", "replace").decode()
    plain = "_" + plain[1:] if plain.startswith((".", "~")) else plain or "_"
    # Beside it lie files with some letters more.
    if plain == name and len(plain.encode()) <= _LONGEST_NAME - _ROOM:
        return plain
    digits = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    end = "".join(PurePosixPath(plain).suffixes[-2:])[-20:]
    return f"{plain.removesuffix(end)[:40]}-{digits}{end}"


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
        stamps: dict[str, FileStamp] = {}
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
                    stamps[path.as_posix()] = _write(archive, member, temporary / path)
        record = {"archive": sha256, "files": sorted(path.name for path in temporary.iterdir()), "members": stamps}
        (temporary / FOLDER_RECORD).write_text(json.dumps(record) + "\n", encoding="utf-8")


def unpacked_from(folder: Path) -> str | None:
    """The checksum of the archive that ``folder`` was unpacked from; None where it is not there."""
    try:
        record = json.loads((folder / FOLDER_RECORD).read_text(encoding="utf-8"))
        return str(record["archive"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def check_unpacked(folder: Path, files: Iterable[Path]) -> None:
    """Hold unpacked files to what came out of the archive; what was unpacked before that was kept is believed.

    Raises:
        XltError: a file is another now.
    """
    try:
        stamps = json.loads((folder / FOLDER_RECORD).read_text(encoding="utf-8")).get("members", {})
    except (OSError, ValueError, AttributeError):
        return
    for path in files:
        stamp, stat = stamps.get(path.relative_to(folder).as_posix()), path.stat()
        if not isinstance(stamp, dict) or (stamp.get("size"), stamp.get("mtime_ns")) == (
            stat.st_size,
            stat.st_mtime_ns,
        ):
            continue
        if file_sha256(path) != stamp.get("sha256"):
            raise XltError(f"{path} is not what was unpacked there; delete the folder {folder} to unpack it again")


def _checked(archive: Path, member: _Member) -> PurePosixPath:
    if member.kind not in ("file", "folder"):
        raise XltError(f"{archive} holds {member.kind} ({member.name!r}); only plain files are unpacked")
    try:
        return safe_name(member.name)
    except ValueError as error:
        raise XltError(f"{archive} holds a file whose name {error} ({member.name!r}); not unpacked") from error


def _write(archive: Path, member: _Member, path: Path) -> FileStamp:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.open("xb")
    except (FileExistsError, NotADirectoryError) as error:
        raise XltError(f"{archive} holds {member.name!r} twice, or as file and folder; not unpacked") from error
    left, digest = member.size, hashlib.sha256()
    with target, member.open() as source:
        while chunk := _read(source):
            left -= len(chunk)
            if left < 0:
                raise XltError(f"{archive}: {member.name!r} is bigger than the archive says; not unpacked")
            target.write(chunk)
            digest.update(chunk)
    if left:
        raise XltError(f"{archive}: {member.name!r} is cut off; delete the archive and fetch it again")
    stat = path.stat()
    return {"sha256": digest.hexdigest(), "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


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
    with ExitStack() as stack:
        try:
            tar = _open_tar(archive, stack)
        except (tarfile.TarError, EOFError) as error:
            raise XltError(
                f"{archive} is neither a zip nor a tar archive, or it is damaged; delete it and fetch it again"
            ) from error
        yield (_tar_member(tar, info) for info in tar)


class _Sparing(io.RawIOBase):
    # A member's head says how long it is, and is read in one piece.
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _LONGEST_HEAD:
            raise tarfile.ReadError(f"the head of a member has {size:,} bytes")
        return self._file.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()


def _open_tar(archive: Path, stack: ExitStack) -> tarfile.TarFile:
    # The magic numbers, rather than mode "r:*", which tries each and hides the error of a damaged one.
    file: IO[bytes] = stack.enter_context(archive.open("rb"))
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        file = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=file)))
    elif head.startswith(b"BZh"):
        file = cast(IO[bytes], stack.enter_context(bz2.BZ2File(file)))
    elif head.startswith(b"\xfd7zXZ\x00"):
        file = cast(IO[bytes], stack.enter_context(lzma.LZMAFile(file)))  # noqa: SIM115 - by the stack
    return stack.enter_context(tarfile.open(fileobj=_Sparing(file), mode="r:"))


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
