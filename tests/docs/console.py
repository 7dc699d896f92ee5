"""Runs the ``console`` blocks of a document: lines after ``$`` are typed into a shell, all other lines are its answer.

Starting Python with torch takes seconds a call, so a server starts once and forks for each call of ``xlt``
(:mod:`tests.docs.server`): real arguments, streams, working folder and exit status, and the shell cannot tell.
"""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT
from tests.docs.markdown import Block

_SHELL = shutil.which("bash") or "bash"


class Typed(NamedTuple):
    """A command, the lines that the document shows after it, the number of its line."""

    command: str
    answer: list[str]
    line: int


def typed(block: Block) -> list[Typed]:
    """The commands of a block, each with its continuation lines and the answer that is shown.

    Raises:
        ValueError: the block does not begin with a command.
    """
    lines = block.text.splitlines()
    if not lines or not lines[0].startswith("$ "):
        raise ValueError(f"line {block.line}: a console block begins with '$ '")
    commands: list[Typed] = []
    for number, line in enumerate(lines):
        if line.startswith("$ "):
            commands.append(Typed(line.removeprefix("$ "), [], block.line + number))
        elif _is_open(commands[-1].command):
            last = commands.pop()
            commands.append(last._replace(command=f"{last.command}\n{line}"))
        else:
            commands[-1].answer.append(line.rstrip())
    return commands


def _is_open(command: str) -> bool:
    # A backslash at the end, a quotation mark or a here-document that waits for its end.
    if command.endswith("\\"):
        return True
    here = re.search(r"<<'(\w+)'", command)
    if here:
        return not command.endswith(f"\n{here[1]}")
    try:
        shlex.split(command)
    except ValueError:
        return True
    return False


def answers(expected: list[str], printed: str) -> bool:
    """Whether the printed lines are those expected; ``...`` stands for anything, alone on a line for any lines."""
    pattern = "".join(
        r"(?:.*\n)*?" if line == "..." else r"[^\n]*".join(map(re.escape, line.split("..."))) + r"\n"
        for line in expected
    )
    lines = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    return re.fullmatch(pattern, lines) is not None


class Shell:
    """A shell in which ``xlt`` and ``python`` are those of this environment."""

    def __init__(self, folder: Path, bin_: Path, root: Path = ROOT) -> None:
        self.folder = folder
        self._environment = os.environ | {
            "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(root),
            "OMP_NUM_THREADS": "1",
        }

    def run(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Type a command; what it says on either stream comes in one text, as a terminal shows it."""
        return subprocess.run(
            [_SHELL, "-o", "pipefail", "-c", command],
            cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", check=False,
        )  # fmt: skip


@contextmanager
def programs(root: Path = ROOT) -> Iterator[Path]:
    """A folder with ``xlt`` and ``python`` for a shell, as long as the block runs; ``xlt`` is that below ``root``."""
    # The address of a socket has room for a hundred characters, pytest's folders have more.
    with tempfile.TemporaryDirectory(prefix="xlt-docs-") as name:
        folder = Path(name)
        address = folder / "server"
        _script(folder / "xlt", f'exec {sys.executable} -S -E {ROOT / "tests/docs/client.py"} {address} "$@"')
        _script(folder / "python", f'exec {sys.executable} "$@"')
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(address))
            listener.listen()
            server = subprocess.Popen(
                [sys.executable, "-m", "tests.docs.server", str(listener.fileno()), str(os.getpid())],
                cwd=root, env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(root)},
                pass_fds=[listener.fileno()],
            )  # fmt: skip
        try:
            yield folder
        finally:
            server.terminate()
            server.wait()


def _script(path: Path, line: str) -> None:
    path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
    path.chmod(0o755)
