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
    """The executable file ``path``, called ``xlt``; beside it lies ``python``, this interpreter."""

    def __init__(self, path: Path, address: str, root: Path) -> None:
        self.path = path
        self._environment = {
            **os.environ,
            "PATH": f"{path.parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(root),
        }
        self._address = address
        python = shlex.quote(sys.executable)
        call = f"{python} -IS {shlex.quote(str(Path(__file__).with_name('client.py')))} {shlex.quote(address)}"
        _script(path, f'PYTHONPATH={shlex.quote(str(root))} exec {call} "$@"')
        _script(path.with_name("python"), f'exec {python} "$@"')

    def environment(self, **more: str) -> dict[str, str]:
        """That of this process when the program was made, with ``xlt`` and ``python`` of this folder.

        What libraries have set here since then (torch does) is nothing that a shell would have.
        """
        return {**self._environment, **more}

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
def program_of(root: Path = ROOT) -> Iterator[Program]:
    """The program of the package below ``root``; it works until the end of the block."""
    # The address of a socket has room for a hundred characters, pytest's folders have more.
    with tempfile.TemporaryDirectory(prefix="xlt-") as folder:
        path, address = Path(folder) / "bin" / "xlt", f"{folder}/socket"
        path.parent.mkdir()
        with subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("server.py")), address],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        ) as server:
            assert server.stdout is not None
            assert server.stdout.readline() == "listening\n"
            yield Program(path, address, root)


def _script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o755)
