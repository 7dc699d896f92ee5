"""Calls of the command line that are stopped on their way, and several that are one run, as torchrun starts them."""

import random
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.warm import Program

Process = subprocess.Popen[bytes]


class Calls:
    """Calls in a folder; each says what it says in two files there, ``NAME.out`` and ``NAME.err``."""

    def __init__(self, program: Program, folder: Path) -> None:
        self._program = program
        self.folder = folder

    def run(self, arguments: Sequence[str], name: str, limit: int | None = None) -> int:
        """The exit status; ``limit``: bytes that a file may hold."""
        return self._start(arguments, name, limit=limit).wait()

    def stop(self, arguments: Sequence[str], output: str, name: str, number: signal.Signals, more: int) -> int:
        """Resume a run, and send it a signal a moment after so many more steps are saved."""
        before = self._saved(output)
        process = self._start([*arguments, "-o", output, "--resume"], name)
        self._wait(process, output, before + more)
        time.sleep(random.uniform(0, 0.03))
        process.send_signal(number)
        return process.wait()

    def together(self, count: int, arguments: Sequence[str], name: str) -> list[int]:
        """The statuses of a run of several processes, whose names are that of the run and their numbers."""
        return [process.wait() for process in self._several(count, arguments, name)]

    def stop_last(
        self, count: int, arguments: Sequence[str], output: str, name: str, number: signal.Signals
    ) -> list[int]:
        """The same of a run of which the last process alone hears a signal, once steps are saved."""
        processes = self._several(count, [*arguments, "-o", output], name)
        self._wait(processes[-1], output, 2)
        processes[-1].send_signal(number)
        return [process.wait() for process in processes]

    def errors(self) -> str:
        """All that calls said on standard error, for the message of a failure."""
        return "\n".join(f"{p.name}: {p.read_text(encoding='utf-8')}" for p in sorted(self.folder.glob("*.err")))

    def _start(
        self, arguments: Sequence[str], name: str, *, limit: int | None = None, several: Mapping[str, str] | None = None
    ) -> Process:
        bounded = [] if limit is None else ["sh", "-c", f'ulimit -f {limit // 512}; exec "$@"', "sh"]
        with (self.folder / f"{name}.out").open("wb") as out, (self.folder / f"{name}.err").open("wb") as err:
            return subprocess.Popen(
                [*bounded, str(self._program.path), *arguments],
                cwd=self.folder, env=self._program.environment(**several or {}), stdin=subprocess.DEVNULL,
                stdout=out, stderr=err,
            )  # fmt: skip

    def _several(self, count: int, arguments: Sequence[str], name: str) -> list[Process]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        shared = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(count)}
        return [
            self._start(arguments, f"{name}{rank}", several={**shared, "RANK": str(rank), "LOCAL_RANK": str(rank)})
            for rank in range(count)
        ]

    def _saved(self, output: str) -> int:
        steps = (p.name.rsplit("-", 1)[1] for p in (self.folder / f"{output}.training").glob("step-*"))
        return max(map(int, steps), default=0)

    def _wait(self, process: Process, output: str, steps: int) -> None:
        while self._saved(output) < steps:
            assert process.poll() is None, f"ended too early\n{self.errors()}"
            time.sleep(0.002)
