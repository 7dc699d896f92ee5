"""Text files in blocks: UTF-8 whatever the locale says, lines end at ``\\n`` only, ``.gz`` by content."""

import atexit
import gzip
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from functools import cache
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, cast

from xlt.errors import TO_UTF8, XltError
from xlt.files.bounds import LONGEST_TEXT, most_unpacked

_BOM = b"\xef\xbb\xbf"


def existing(path: Path) -> Path | None:
    """The file itself, or the same with ``.gz``; None where neither is there.

    What a shell puts in a file's place (``<(zcat ...)``, ``/dev/stdin``) can be read once only, so it is copied to a
    temporary file, which goes when the process ends.
    """
    if path.is_file():
        return path
    if path.exists() and not path.is_dir():
        return _copied(path, path.stat().st_ino)
    if not path.name:
        return None
    zipped = path.with_name(path.name + ".gz")
    return zipped if zipped.is_file() else None


@cache
def _copied(pipe: Path, number: int) -> Path:
    # A pipe that was read is empty: whoever looks at it again finds the copy. Another pipe has another number.
    del number
    with pipe.open("rb") as stream, tempfile.NamedTemporaryFile(prefix="xlt-", delete=False) as copy:
        atexit.register(Path(copy.name).unlink, missing_ok=True)
        shutil.copyfileobj(stream, copy)
    return Path(copy.name)


def line_blocks(
    path: Path | None, stream: BufferedReader | None = None, *, block_bytes: int = 1 << 20
) -> Iterator[list[str]]:
    """The lines of a file (or of a byte stream), in lists of some thousands, without their line ends.

    A carriage return before the line end and a byte order mark are removed. Memory: O(``block_bytes`` + longest line).

    Raises:
        XltError: invalid UTF-8 (the line is named), a compressed file that is cut off, a line or what comes out of a
            compressed file beyond the bounds of :mod:`xlt.files.bounds`.
    """
    where = str(path) if path else "standard input"
    try:
        if stream is None:
            assert path is not None
            with path.open("rb") as file:
                yield from _decoded(file, where, block_bytes)
        else:
            yield from _decoded(stream, where, block_bytes)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise XltError(f"{where}: the compressed file is broken or cut off ({error}); fetch it again") from error


def _decoded(raw: BufferedReader, where: str, block_bytes: int) -> Iterator[list[str]]:
    zipped = raw.peek(2)[:2] == b"\x1f\x8b"
    packed = _Counted(raw)
    file = cast(BinaryIO, gzip.open(cast(BinaryIO, packed)) if zipped else raw)  # noqa: SIM115 - ends with the file underneath
    rest = file.read(3)
    rest = b"" if rest == _BOM else rest
    line = unpacked = 0
    while True:
        block = file.read(block_bytes)
        unpacked += len(block)
        if zipped and unpacked > most_unpacked(packed.count):
            raise XltError(
                f"{where} unpacks to more than {unpacked:,} bytes from {packed.count:,}, which no text does; unpack it "
                "to see what it is"
            )
        data = rest + block
        cut = data.rfind(b"\n") + 1 if block else len(data)
        data, rest = data[:cut], data[cut:]
        if data:
            lines = _lines(data, where, line)
            line += len(lines)
            yield lines
        if not block:
            return
        if len(rest) > LONGEST_TEXT:
            raise XltError(
                f"{where}:{line + 1}: a line of more than {LONGEST_TEXT:,} bytes, which none has; are there line ends?"
            )


class _Counted:
    # What a decompressor reads, counted; a pipe does not tell where it is.
    def __init__(self, raw: BufferedReader) -> None:
        self._raw, self.count = raw, 0

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self.count += len(data)
        return data


def _lines(data: bytes, where: str, line: int) -> list[str]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        bad = line + data.count(b"\n", 0, error.start) + 1
        raise XltError(f"{where}:{bad}: invalid UTF-8 (byte 0x{data[error.start]:02x}); {TO_UTF8}") from error
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return lines


def regrouped(blocks: Iterator[list[str]], size: int) -> Iterator[list[str]]:
    """The same lines in lists of exactly ``size`` (the last may be shorter)."""
    lines: list[str] = []
    for block in blocks:
        lines.extend(block)
        start = 0
        while len(lines) - start >= size:
            yield lines[start : start + size]
            start += size
        del lines[:start]
    if lines:
        yield lines
