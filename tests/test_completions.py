import os
import subprocess
import sys

import pytest

from tests.completions import FILES, FOLDER, generated


@pytest.mark.parametrize("shell", FILES)
def test_the_files_are_those_of_the_program(shell: str) -> None:
    assert (FOLDER / FILES[shell]).read_text(encoding="utf-8") == generated(shell), "run: make completions"


@pytest.mark.parametrize(
    ("line", "offered"),
    [("xlt al", ["align-score"]), ("xlt align-score --cent", ["--center"]), ("xlt data f", ["fetch"])],
)
def test_a_tab_offers_what_there_is(line: str, offered: list[str]) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_XLT_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-m", "xlt"],
        cwd=FOLDER.parent,
        env={**os.environ, **words},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.stdout.split() == offered
