"""Shell completions: ``python -m tests.completions --write`` makes the files in completions/ from the program."""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "completions"
FILES = {"bash": "xlt.bash", "zsh": "_xlt", "fish": "xlt.fish"}


def generated(shell: str) -> str:
    """What ``xlt --show-completion`` prints in this shell."""
    done = subprocess.run(
        [sys.executable, "-m", "xlt", "--show-completion", shell],
        cwd=FOLDER.parent,
        env={**os.environ, "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


if __name__ == "__main__":
    for name, file in FILES.items():
        (FOLDER / file).write_text(generated(name), encoding="utf-8")
