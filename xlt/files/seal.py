"""The seal of a file: the SHA-256 of all of its bytes but the seal itself, near its end, which a reader compares.

A flipped bit anywhere in the file is told by it, whatever the format makes of the bit. Files from before there were
seals, and those of other programs, have none and are read as they are.
"""

import hashlib
import mmap
import re
from pathlib import Path
from typing import IO

from xlt.errors import XltError

_MARK = b"xlt-seal:"
# Not only hexadecimal digits: one that is none any more is damage as well.
_LENGTH = 64
_SEAL = re.compile(re.escape(_MARK) + b"(.{%d})" % _LENGTH, re.DOTALL)
BLANK = _MARK.decode() + "0" * _LENGTH
"""What stands in the place of a seal until the bytes are known."""
SEAL = "xlt-seal"
"""Its name, where a format has names for such things."""

# From the end of the file; where a record is very long, its seal may stand before it.
_NEAR, _FAR = 1 << 16, 1 << 24


def seal(path: Path) -> None:
    """Put the seal into a file that was written with :data:`BLANK` in its place."""
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as data:
        place = _place(data)
        data[place : place + _LENGTH] = hashlib.sha256(data).hexdigest().encode()


def check_seal(data: bytes | memoryview, where: str, otherwise: str = "make it anew") -> str:
    """The SHA-256 of a whole file, whose seal is compared on the way; one pass over it.

    Args:
        data: all of it.
        where: its name for messages.
        otherwise: what helps where there is no other copy.

    Raises:
        XltError: the file has a seal and is not what was sealed.
    """
    place = _place(data)
    if place < 0:
        return hashlib.sha256(data).hexdigest()
    whole = hashlib.sha256(data[:place])
    sealed = whole.copy()
    stated = bytes(data[place : place + _LENGTH])
    for digest, middle in ((whole, stated), (sealed, b"0" * _LENGTH)):
        digest.update(middle)
        digest.update(data[place + _LENGTH :])
    if sealed.hexdigest().encode() != stated:
        raise XltError(
            f"{where} is damaged or cut off: its bytes are not those that xlt wrote; take a copy that is whole, or "
            f"{otherwise}"
        )
    return whole.hexdigest()


def is_sealed(data: bytes | memoryview | mmap.mmap) -> bool:
    """Whether a file has a seal."""
    return _place(data) >= 0


def _place(data: bytes | memoryview | mmap.mmap) -> int:
    # Where the digest stands; -1 where there is none.
    for window in (_NEAR, _FAR):
        first = max(0, len(data) - window)
        *_, last = [None, *_SEAL.finditer(bytes(data[first:]))]
        if last is not None:
            return first + last.start(1)
    return -1


class SealingSink:
    """A binary stream that passes on what is written, and of what comes after :meth:`hold` puts the seal in.

    Args:
        stream: where to.
    """

    closed = False

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self._held: bytearray | None = None

    def write(self, data: bytes | memoryview) -> int:
        """Take some bytes."""
        if self._held is not None:
            self._held += data
        else:
            self._digest.update(data)
            self._stream.write(data)
        return len(data)

    def flush(self) -> None:
        """Pass the wish on."""
        self._stream.flush()

    def hold(self) -> None:
        """From here on bytes wait for :meth:`release`; the place of the seal is among them."""
        self._held = bytearray()

    def release(self) -> None:
        """Write what waits, with the seal."""
        held = self._held or bytearray()
        self._digest.update(held)
        place = _place(bytes(held))
        held[place : place + _LENGTH] = self._digest.hexdigest().encode()
        self._stream.write(held)
