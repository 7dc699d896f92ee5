"""The examples run as they stand, also when they are started again."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.warm import Program

SCRIPTS = sorted((ROOT / "examples").glob("*.sh"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.name)
def test_the_shell_can_parse_it(script: Path) -> None:
    shell = shutil.which("dash") or "sh"
    result = subprocess.run([shell, "-n", script], capture_output=True, encoding="utf-8", check=False)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_quickstart_ends_in_words_and_goes_on_when_started_again(program: Program, tmp_path: Path) -> None:
    environment = program.environment(TARGETS="qab", SENTENCES="150", EPOCHS="1")
    said = []
    for _ in range(2):
        result = subprocess.run(
            ["sh", ROOT / "examples" / "quickstart.sh", "out"],
            cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        said.append(result)
    first, second = ("\n".join(line for line in s.stdout.splitlines() if "%" in line) for s in said)
    assert first == second
    assert "In words: without realignment" in first
    assert said[1].stderr.count("is finished already") == 5
