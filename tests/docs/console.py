"""Runs the ``console`` blocks of a document: lines after ``$`` are typed into a shell, the others are its answer."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from tests.docs.markdown import Block
from tests.warm import Program

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

    def __init__(self, folder: Path, program: Program) -> None:
        self.folder = folder
        # Both streams go into one pipe: unbuffered they come in the order in which a terminal shows them.
        self._environment = program.environment(PYTHONUNBUFFERED="1")

    def run(self, command: str) -> "subprocess.CompletedProcess[str]":
        """Type a command; what it says on either stream comes in one text, as a terminal shows it."""
        return subprocess.run(
            [_SHELL, "-o", "pipefail", "-c", command],
            cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", check=False,
        )  # fmt: skip
