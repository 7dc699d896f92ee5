"""A command in a process of its own, forked from one that has loaded everything, with a limit of memory and of time."""

import os
import resource
import select
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

# Bytes; what a process may take beside what was loaded, and in all.
MOST_MEMORY = 2 << 30
_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a call ended.

    Attributes:
        status: of the exit; negative, the number of the signal that ended it.
        err: what it wrote to standard error.
        peak: bytes of memory that it held at most.
        seconds: how long it took.
    """

    status: int
    err: str
    peak: int
    seconds: float

    def fault(self) -> str | None:
        """What is wrong with it, or None."""
        lines = [line for line in self.err.splitlines() if line]
        errors = [line for line in lines if line.startswith("xlt: error: ")]
        if self.peak > MOST_MEMORY:
            return f"{self.peak >> 20} MB of memory"
        if self.status == -signal.SIGALRM:
            return f"no end in {_SECONDS:.0f} seconds"
        if self.status < 0:
            return f"signal {-self.status}"
        if "Traceback" in self.err:
            return "a traceback"
        if self.status not in (0, 2):
            return f"status {self.status}: {(errors or lines or ['no word'])[-1][:300]}"
        if self.status == 2 and (len(errors) != 1 or lines[-1] != errors[0]):
            return f"{len(errors)} lines of error"
        if self.status == 2 and len(errors[0]) > 2000:
            return f"an error of {len(errors[0]):,} characters"
        return None


def call(arguments: list[str], folder: Path) -> Ended:
    """Run ``xlt`` in a folder, in a fork of this process."""
    start = time.monotonic()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _become(arguments, folder, writing)
    os.close(writing)
    err = bytearray()
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, _SECONDS - (time.monotonic() - start)))
        if not ready:
            os.kill(child, signal.SIGALRM)
        chunk = os.read(reading, 1 << 16)
        if not chunk:
            break
        err += chunk[: max(0, (1 << 20) - len(err))]
    os.close(reading)
    _, status, used = os.wait4(child, 0)
    return Ended(
        status=os.waitstatus_to_exitcode(status),
        err=err.decode(errors="replace"),
        peak=used.ru_maxrss << 10,
        seconds=time.monotonic() - start,
    )


def _become(arguments: list[str], folder: Path, errors: int) -> None:
    from tests.warm.server import open_streams
    from xlt.cli.app import main

    status = 70
    try:
        os.chdir(folder)
        mapped = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0]) * resource.getpagesize()
        limit = mapped + MOST_MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        os.dup2(errors, 2)
        open_streams()
        sys.argv = ["xlt", *arguments]
        main()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0 if end.code is None else 71
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(status)
