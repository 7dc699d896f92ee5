"""What all commands have in common."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.cli.conftest import Call, Shell
from tests.conftest import ROOT, Run
from xlt import __version__
from xlt.cli.app import app

HEAVY = {
    "torch", "transformers", "tokenizers", "pyarrow", "scipy", "nltk", "jieba", "numpy", "matplotlib", "pandas",
    "huggingface_hub",
}  # fmt: skip


def commands(group: Any, name: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield name, group
    for key in group.list_commands(None) if hasattr(group, "list_commands") else ():
        yield from commands(group.get_command(None, key), (*name, key))


EVERY = list(commands(typer.main.get_command(app)))


def test_the_commands_of_the_design_are_there() -> None:
    names = {" ".join(name) for name, _ in EVERY}
    assert {"extract-pairs", "embed", "align-score", "show", "data list", "data show", "data fetch"} <= names


@pytest.mark.parametrize(("name", "command"), EVERY, ids=lambda v: " ".join(v) if isinstance(v, tuple) else "")
def test_every_command_and_option_has_a_help_text(name: tuple[str, ...], command: Any) -> None:
    assert command.help
    for parameter in command.params:
        if parameter.name != "help":
            assert getattr(parameter, "help", None), f"{' '.join(name)}: {parameter.name} has no help"
    if not hasattr(command, "list_commands"):
        options = {o for p in command.params for o in p.opts}
        assert {"--quiet", "-q", "--verbose", "-v", "--debug"} <= options


ALL_HELP = """
import io, sys
from contextlib import redirect_stdout
from xlt.cli.app import main
for line in sys.stdin.read().splitlines():
    sys.argv = ["xlt", *line.split(), "--help"]
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(out):
        try:
            main()
        except SystemExit as ended:
            assert not ended.code, line
    out.flush()
    assert b"Usage: xlt" in out.buffer.getvalue(), line
    print(line or "xlt", *sorted({name.partition(".")[0] for name in sys.modules} & HEAVY), file=sys.__stdout__)
"""


def test_help_loads_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALL_HELP.replace("HEAVY", repr(HEAVY))],
        input="\n".join(" ".join(name) for name, _ in EVERY) + "\n",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [" ".join(name) or "xlt" for name, _ in EVERY]


def test_no_arguments_shows_the_help(call: Call) -> None:
    done = call(status=2)
    assert done.out + done.err != ""
    assert "align-score" in done.out + done.err


def test_the_version(call: Call) -> None:
    assert call("--version") == (0, f"xlt {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "No such command 'nothing'"),
        (["embed"], "Missing argument 'MODEL'"),
        (["embed", "--frobnicate"], "No such option: --frobnicate"),
        (["embed", "--pool", "max", "m", "p"], "'max' is not one of 'first', 'last', 'mean'"),
        (["embed", "--n-pairs", "0", "m", "p"], "Invalid value for '--n-pairs': Input should be greater"),
        (["align-score", "--csls-k", "ten", "m", "p"], "Invalid value for '--csls-k': Input should be a valid integer"),
        (["align-score", "--strength", "medium", "m", "p"], "'medium' is not one of"),
        (["align-score", "--tag", "corpus", "m", "p"], "write KEY=VALUE"),
        (["embed", "--tag", "a=1", "--tag", "a=2", "m", "p"], "--tag a is given twice"),
    ],
)
def test_wrong_usage_is_one_line(call: Call, arguments: list[str], said: str) -> None:
    done = call(*arguments, status=2)
    assert done.out == ""
    assert done.err.count("\n") == 1
    assert done.err.startswith("xlt: error: ")
    assert said in done.err


def test_the_traceback_only_on_request(xlt: Run) -> None:
    assert xlt("show", "missing", status=2).stderr == "xlt: error: missing: no such file\n"
    found = xlt("show", "missing", "--debug", status=1).stderr
    assert found.startswith("Traceback")
    assert "XltError: missing: no such file" in found


def test_a_reader_that_has_had_enough(shell: Shell) -> None:
    done = shell("xlt data list | head -1")
    assert done.err == ""
    assert done.out.count("\n") == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no full device")
@pytest.mark.parametrize(
    "command", ["xlt --help", "xlt embed --help", "xlt --version", "xlt data list", "xlt show t.csv"]
)
def test_a_full_disk_where_help_goes_is_one_line(shell: Shell, tmp_path: Path, command: str) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    done = shell(f"{command} > /dev/full", status=1)
    assert done.err.count("\n") == 1
    assert done.err.startswith("xlt: error: ")
    assert "pace left on" in done.err
