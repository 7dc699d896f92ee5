"""What all commands share: how whatever goes wrong is told, and with which status the process ends."""

import functools
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from xlt.cli.align_score import align_score
from xlt.cli.command import command
from xlt.cli.embed import embed
from xlt.cli.eval import eval_
from xlt.cli.finetune import finetune
from xlt.cli.realign import realign
from xlt.cli.show import show
from xlt.errors import FailedRunError, OptionError, StoppedError, XltError

_SWALLOWED = """
import os, signal, time
from xlt.cli.command import command

class Deaf:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})
        time.sleep(0.01)

@command
def run() -> None:
    Deaf()
    time.sleep(20)

import typer
app = typer.Typer(add_completion=False)
app.command()(run)
app()
"""


@pytest.mark.parametrize(("name", "status"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_a_signal_inside_a_destructor_is_not_lost(name: str, status: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _SWALLOWED.format(name=name)], capture_output=True, text=True, timeout=15, check=False
    )
    assert done.returncode == status, done.stderr
    assert "Traceback" not in done.stderr


class OutOfMemoryError(RuntimeError):
    """As torch calls it."""


def ended(real: Callable[..., None], arguments: str, error: BaseException) -> tuple[int, str]:
    """Status and message of a command that takes the real one's options and then meets an error."""

    @functools.wraps(real)
    def failing(**_: Any) -> None:
        raise error

    app = typer.Typer()
    app.command()(command(failing))
    result = CliRunner().invoke(app, arguments.split())
    return result.exit_code, result.stderr


FINETUNE, REALIGN = "--task pos -o x m en", "-o x m p"


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("real", "arguments", "advice"),
    [
        (finetune, FINETUNE, "a smaller --micro-batch, or --dtype bfloat16"),
        (realign, REALIGN, "a smaller --micro-batch, or --dtype bfloat16"),
        (eval_, "m en", "a smaller --batch-tokens, or --dtype bfloat16"),
        (embed, "m p", "a smaller --batch-tokens, or --dtype bfloat16"),
        (align_score, "m p", "a smaller --batch-tokens, or a smaller --block, or --dtype bfloat16"),
    ],
)
def test_a_full_gpu_is_told_with_what_this_command_can_do(
    real: Callable[..., None], arguments: str, advice: str
) -> None:
    message = f"xlt: error: the GPU's memory is full: try {advice}\n"
    assert ended(real, arguments, OutOfMemoryError("CUDA out of memory")) == (1, message)


@pytest.mark.usefixtures("restored")
def test_interrupted() -> None:
    more = "; --resume goes on from the newest checkpoint of the run, if there is one"
    for real, arguments, text in ((finetune, FINETUNE, more), (embed, "m p", "")):
        status = 130, f"xlt: error: interrupted; no output is half written{text}\n"
        assert ended(real, arguments, KeyboardInterrupt()) == status
    # While a package is imported Ctrl-C comes out as something else.
    hidden = ImportError("half a module")
    hidden.__cause__ = KeyboardInterrupt()
    assert ended(show, "x", hidden)[0] == 130


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (XltError("x: no such file"), 2, "x: no such file"),
        (OptionError("rows", "7: give at most 5"), 2, "--rows 7: give at most 5"),
        (OptionError("as_json", "has no effect with {option}", "file"), 2, "--json has no effect with file"),
        (FailedRunError("the loss is no number"), 1, "the loss is no number"),
        (StoppedError(10, "stopped; --resume goes on"), 138, "stopped; --resume goes on"),
        (OSError(28, "No space left on device"), 1, "no space left on the device ([Errno 28] No space left on device)"),
        (PermissionError(13, "Permission denied", "/a/b"), 2, "/a/b: Permission denied"),
        (OSError(36, "File name too long", b"/a"), 2, "/a: File name too long"),
        (OSError(5, "Input/output error", "/a"), 1, "[Errno 5] Input/output error: '/a'"),
        (MemoryError("7 GB"), 1, "out of memory (7 GB)"),
        (RuntimeError("two\nlines"), 1,
         "internal error: RuntimeError: two lines (run with --debug for the traceback)"),
        (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates"), 2,
         "a file name or a value on the command line is not valid UTF-8"),
    ],
)  # fmt: skip
def test_an_error_is_one_line(error: BaseException, status: int, message: str) -> None:
    assert ended(show, "x", error) == (status, f"xlt: error: {message}\n")
