"""Being asked to stop: a training run writes a checkpoint first."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)


@dataclass
class StopFlag:
    """Set by the first signal; 0 until then."""

    signum: int = 0


@contextmanager
def stop_signals() -> Iterator[StopFlag]:
    """Catch SIGINT, SIGTERM and SIGUSR1 inside the block. The second one does what it did before."""
    flag = StopFlag()
    if threading.current_thread() is not threading.main_thread():
        yield flag
        return
    before = {s: signal.getsignal(s) for s in _SIGNALS}

    def restore() -> None:
        for signum, handler in before.items():
            signal.signal(signum, handler)

    def note(signum: int, frame: FrameType | None) -> None:
        flag.signum = signum
        restore()

    for signum in _SIGNALS:
        signal.signal(signum, note)
    try:
        yield flag
    finally:
        restore()
