"""What all commands share, beyond what each command's own tests see."""

import subprocess
import sys

import pytest

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
