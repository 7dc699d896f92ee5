import re
import subprocess
import sys

from tests.docs import README, with_chapter

COMMANDS = (
    "extract-pairs", "embed", "align-score", "realign", "finetune", "eval", "correlate", "report", "import", "pretrain",
    "lab", "show", "data",
)  # fmt: skip
_SUBCOMMAND = {"report": "transfer", "data": "fetch", "lab": "languages", "import": "wide"}


def test_the_chapter_on_files_is_that_of_the_code() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_chapter(text) == text, "run: make docs"


def test_every_command_has_a_chapter_and_every_option_in_the_readme_exists() -> None:
    text = README.read_text(encoding="utf-8")
    helps = {}
    for command in COMMANDS:
        assert f"xlt {command}" in text
        words = [command, _SUBCOMMAND[command]] if command in _SUBCOMMAND else [command]
        done = subprocess.run(
            [sys.executable, "-m", "xlt", *words, "--help"],
            cwd=README.parent,
            capture_output=True,
            encoding="utf-8",
            check=True,
        )
        helps[command] = done.stdout
    for line in re.findall(r"^(?:\$ )?xlt ([a-z-]+) (.*)$", text, re.MULTILINE):
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", line[1].split("|")[0]):
            assert line[0] not in helps or option in helps[line[0]], f"xlt {line[0]} has no {option}"
