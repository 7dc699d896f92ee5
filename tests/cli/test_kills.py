"""A command that is killed in front of a change in the file system: nothing half, and the same command runs again.

Every change of names is gone through in tests/files/test_atomic.py; here a few, in a command that writes two files.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Call, names
from tests.conftest import ROOT
from xlt.files.tables import open_table

# Counts what is opened for writing, made, renamed and removed here.
KILLED = """
import os, signal, sys

left, here = int(sys.argv.pop(1)), os.getcwd()

def watch(event, args):
    global left
    opened = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR)
    if (opened or event in {"os.rename", "os.remove", "os.mkdir"}) and str(args[0]).startswith(here):
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
from xlt.cli.app import main
main()
"""
COMMAND = ["extract-pairs", "-q", "en", "fr", "--corpus=text.tsv", "--dict=words", "--pretokenized", "--hold-out=20"]
COMMAND += ["-o", "x.parquet"]
OUTPUTS = {"x.parquet", "x.held-out.parquet"}


@pytest.mark.parametrize("force", [False, True], ids=["first", "force"])
def test_a_kill_leaves_nothing_half(call: Call, text: Path, force: bool) -> None:
    (text / "words").write_text("".join(f"e{k}\tF{k}\n" for k in range(20)), encoding="utf-8")
    inputs = names(text)
    words = [*COMMAND, *["--force"] * force]
    for n in (3, 7, 9):
        if force:
            call(*words, "--tag", "run=old")
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(n), *words, "--tag", "run=new"],
            cwd=text, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False,
        )  # fmt: skip
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        there = {name for name in names(text) - inputs if not name.startswith(".")}
        # One alone may have its name until the next call mends the set; the one that is asked for comes last.
        assert there == OUTPUTS if force else "x.parquet" not in there or there == OUTPUTS
        for name in there:
            run = ((open_table(str(text / name)).record or {}).get("tags") or {})["run"]
            assert run in (("old", "new") if force else ("new",))
        if not force and there == OUTPUTS:
            call(*words, status=2)
        else:
            call(*words)
        assert names(text) - inputs == OUTPUTS
        for name in () if force else OUTPUTS:
            (text / name).unlink()
