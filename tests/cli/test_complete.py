"""What a shell offers at a Tab: names of resources, and the languages of the one that is named."""

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("xlt data fetch opu", ["opus100"]),
        ("xlt data fetch multiun e", ["en", "es"]),
        # Each once.
        ("xlt data fetch multiun en ", ["ar", "de", "es", "fr", "ru", "zh"]),
        ("xlt data fetch no-such-thing ", []),
        ("xlt extract-pairs --corpus un", ["un_pc"]),
        ("xlt extract-pairs --dict ", ["muse"]),
        # Those that corpus and dictionary have.
        ("xlt extract-pairs --corpus un_pc --dict muse en ", ["ar", "es", "fr", "ru", "zh"]),
        ("xlt extract-pairs --corpus europarl --aligner fastalign en s", ["sk", "sl", "sv"]),
        ("xlt extract-pairs --corpus europarl --dict muse en mt", []),
        ("xlt finetune --task sl", ["slots"]),
        ("xlt finetune --task nli model s", ["sw"]),
        ("xlt finetune --task nli --data xn", ["xnli"]),
        ("xlt data path flores200 --split d", ["dev"]),
    ],
)
def test_what_is_offered(line: str, offered: list[str]) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": str(line.count(" ")), "_XLT_COMPLETE": "complete_bash"}
    done = subprocess.run(
        [sys.executable, "-m", "xlt"], cwd=ROOT, env={**os.environ, **words}, capture_output=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert (done.stdout.split(), done.stderr) == (offered, "")
