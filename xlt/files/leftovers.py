"""What a killed process left beside its outputs: told by its name, mended, and removed.

Beside ``NAME`` may lie ``.NAME.partial-HOST-PID``, the unfinished output of a process; with ``.old`` behind it the
folder that was about to be replaced; with ``.set`` the list of outputs that were about to be renamed together; and
``.NAME.training.lock``, held by the process that trains ``NAME``.
"""

import json
import os
import re
import shutil
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

# Process numbers mean nothing in another container, which may have the name of this host and write into this folder.
_FIRST_PID_NAMESPACE = "pid:[4026531836]"


def _host() -> str:
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        namespace = _FIRST_PID_NAMESPACE
    name = socket.gethostname()
    return name if namespace == _FIRST_PID_NAMESPACE else f"{name}+{re.sub('[^0-9]', '', namespace)}"


_HOST = _host()
# Only digits may follow the host: "node" must not take the files of "node-2" for its own.
_LEFTOVER = re.compile(rf"\.(?P<name>.+)\.partial-{re.escape(_HOST)}-(?P<pid>[0-9]{{1,9}})(?P<kind>|\.old|\.set)", re.S)
_LOCK = re.compile(r"\.(?P<run>.+)\.lock", re.S)

_in_use: set[str] = set()


def lock_of(run: Path) -> Path:
    """The file that is locked against a second process, beside the folder of an unfinished run."""
    return run.with_name(f".{run.name}.lock")


def temporary_beside(path: Path) -> Path:
    """The hidden name under which this process writes ``path``, in use until :func:`release`."""
    temporary = Path(os.path.realpath(path.parent), f".{path.name}.partial-{_HOST}-{os.getpid()}")
    _in_use.add(str(temporary))
    return temporary


def release(temporary: Path) -> None:
    """Remove what is left of a temporary; its name may be used again."""
    with suppress(OSError):
        remove(temporary)
    _in_use.discard(str(temporary))


def old_of(temporary: Path) -> Path:
    """Where a folder goes that ``temporary`` takes the place of."""
    return temporary.with_name(f"{temporary.name}.old")


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@dataclass(frozen=True, kw_only=True)
class Member:
    """An output of a set that is renamed together.

    Attributes:
        temporary, path: its names before and after, absolute.
        replaces: whether something had the name.
        inode: what tells that the file under the final name is this one.
    """

    temporary: str
    path: str
    replaces: bool
    inode: int

    @property
    def waits(self) -> bool:
        """Whether it has its first name still."""
        return Path(self.temporary).exists()

    @property
    def arrived(self) -> bool:
        """Whether it has its final name."""
        path = Path(self.path)
        return path.exists() and path.stat().st_ino == self.inode


def rename_together(members: Sequence[Member]) -> None:
    """Give all members their final names, in order; a kill in between is mended by :func:`sweep` of any folder of them.

    Raises:
        OSError: a rename failed; none has its final name then, unless it has replaced something.
    """
    lists = [_list_of(member) for member in members]
    try:
        for path in lists:
            path.write_text(json.dumps([asdict(member) for member in members]), encoding="utf-8")
        for member in members:
            Path(member.temporary).replace(member.path)
    except BaseException:
        _mend(members)
        raise
    for path in lists:
        path.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Mend and remove what dead processes of this machine left in a folder; what cannot be removed stays."""
    folder = Path(os.path.realpath(folder))
    try:
        names = [path.name for path in folder.iterdir()]
    except OSError:
        return
    leftovers = [m for m in map(_LEFTOVER.fullmatch, names) if m and _is_ours(folder / m[0]) and _is_dead(folder, m)]
    # A list first: it says what the others are there for. A folder set aside next: its successor may not be there.
    for leftover in sorted(leftovers, key=lambda m: (".set", ".old", "").index(m["kind"])):
        path = folder / leftover[0]
        with suppress(OSError):
            if leftover["kind"] == ".set":
                _mend(_members(path))
            if leftover["kind"] == ".old" and not (folder / leftover["name"]).exists():
                path.rename(folder / leftover["name"])
            else:
                remove(path)
    for lock in filter(None, map(_LOCK.fullmatch, names)):
        # Of a run that lies here still the next call of it takes the lock.
        if lock["run"].endswith(".training") and not (folder / lock["run"]).exists() and _is_ours(folder / lock[0]):
            _remove_free(folder / lock[0])


def _remove_free(lock: Path) -> None:
    # Whoever holds it is at work, in this process as in another.
    from filelock import FileLock, Timeout

    with suppress(OSError, NotImplementedError, Timeout), FileLock(lock, timeout=0):
        lock.unlink()


def _is_ours(path: Path) -> bool:
    # A list of somebody else in a folder of all must not say what is renamed and removed here.
    try:
        return path.lstat().st_uid == os.geteuid()
    except OSError:
        return False


def _is_dead(folder: Path, leftover: re.Match[str]) -> bool:
    pid = int(leftover["pid"])
    if pid == os.getpid():
        # Of an earlier process with this number: in a container the numbers are few.
        return str(folder / leftover[0].removesuffix(leftover["kind"])) not in _in_use
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _list_of(member: Member) -> Path:
    return Path(f"{member.temporary}.set")


def _members(path: Path) -> list[Member]:
    # A list that is half was written before any rename.
    try:
        return [Member(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []


def _mend(members: Sequence[Member]) -> None:
    # All have their final names, or none; what they replaced is gone, so that then the new ones are all that is left.
    waiting = [member for member in members if member.waits]
    arrived = [member for member in members if member.arrived]
    if any(member.replaces for member in arrived) and len(waiting) + len(arrived) == len(members):
        for member in waiting:
            Path(member.temporary).replace(member.path)
    elif waiting:
        for member in arrived:
            Path(member.path).unlink(missing_ok=True)
        for member in waiting:
            Path(member.temporary).unlink(missing_ok=True)
    for member in members:
        _list_of(member).unlink(missing_ok=True)


def exchange(one: Path, other: Path) -> bool:
    """Swap two names in one step, where the system can; False where it cannot, and nothing has changed."""
    import ctypes

    sys.audit("xlt.exchange", str(one), str(other))
    libc = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(other)
    swap, here = 2, -100
    if hasattr(libc, "renameat2"):
        return bool(libc.renameat2(here, names[0], here, names[1], swap) == 0)
    if hasattr(libc, "renamex_np"):
        return bool(libc.renamex_np(*names, swap) == 0)
    return False
