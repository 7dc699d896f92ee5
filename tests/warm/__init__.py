"""A program ``xlt`` for the tests whose calls begin in milliseconds, and are processes of their own all the same.

Loading torch and transformers takes seconds, and the tests start the command line hundreds of times. ``server.py``
loads them once and forks; ``client.py`` is what a test, a shell or Snakemake starts. What only a new interpreter shows
(what is loaded for a command, locales, closed streams, chance in the order of sets and hash tables) is tested with
``python -m xlt``.
"""

import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Program:
    """The executable file ``path``, called ``xlt``, alone in its folder."""

    def __init__(self, path: Path, address: str) -> None:
        self.path = path
        self._address = address
        call = shlex.join([sys.executable, "-IS", str(Path(__file__).with_name("client.py")), address])
        path.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {call} "$@"\n', encoding="utf-8")
        path.chmod(0o755)

    def environment(self, **more: str) -> dict[str, str]:
        """That of this process, where ``xlt`` is this program."""
        return {**os.environ, "PATH": f"{self.path.parent}{os.pathsep}{os.environ['PATH']}", **more}

    def settle(self) -> None:
        """Wait until no call runs: after callers were killed by a signal to all of their group."""
        while self.running():
            time.sleep(0.01)

    def running(self) -> int:
        """How many calls run."""
        with socket.socket(socket.AF_UNIX) as server:
            server.connect(self._address)
            server.sendall(bytes(4))
            return int(server.recv(16))


@contextmanager
def program() -> Iterator[Program]:
    """The program; it works until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="xlt-") as folder:
        path, address = Path(folder) / "bin" / "xlt", f"{folder}/socket"
        path.parent.mkdir()
        with subprocess.Popen(
            [sys.executable, "-m", "tests.warm.server", address],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == "listening\n"
            yield Program(path, address)
