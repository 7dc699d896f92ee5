"""Commands are loaded when they are asked for; lists of them read their words alone."""

import subprocess
import sys
from typing import Any

import typer

from tests.conftest import ROOT, Run
from xlt.cli.app import COMMANDS, app
from xlt.cli.lazy import CommandGroup


def loaded_by(*words: str) -> set[str]:
    """The files of the room ``cli`` that a call loads."""
    code = (
        "import sys\n"
        "from xlt.cli.app import app\n"
        "try:\n"
        "    app(sys.argv[1:])\n"
        "finally:\n"
        "    print(*(m.removeprefix('xlt.cli.') for m in sys.modules if m.startswith('xlt.cli.')), file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    return set(done.stderr.split())


def test_help_loads_no_command() -> None:
    assert loaded_by("--help") == {"app", "console", "help_text", "lazy"}
    assert loaded_by("report", "--help") <= {"app", "console", "help_text", "lazy", "command", "complete", "flatten"}


def test_a_call_loads_its_own_command() -> None:
    files = {entry.split(":")[0] for entry in COMMANDS.values() if isinstance(entry, str)}
    assert loaded_by("embed", "--help") & files == {"embed"}


def test_a_list_tells_what_the_commands_tell() -> None:
    root: Any = typer.main.get_command(app)
    context = root.make_context("xlt", [], resilient_parsing=True)
    listed = {item.value: item.help for item in root.shell_complete(context, "")}
    assert set(listed) == set(COMMANDS)
    for name in COMMANDS:
        assert listed[name] == root.get_command(context, name).get_short_help_str()
    section = root.get_command(context, "report")
    entry = COMMANDS["report"]
    assert isinstance(entry, CommandGroup)
    assert section.list_commands(context) == list(entry.commands)
    assert section.help == entry.help


def test_a_misspelt_name_is_answered_with_the_right_one(xlt: Run) -> None:
    assert "No such command 'aerr'. Did you mean 'aer'?" in xlt("aerr", status=2).stderr


def test_another_name_is_no_command() -> None:
    root: Any = typer.main.get_command(app)
    assert root.get_command(None, "embedd") is None
