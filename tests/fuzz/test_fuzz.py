"""A small run of the fuzz, always the same; a larger one is ``python -m tests.fuzz --inputs 2000 --seed N``."""

import random
import subprocess
import sys

from tests.conftest import ROOT
from tests.fuzz.mutants import of_json, of_lines
from tests.fuzz.subjects import SUBJECTS


def test_damaged_inputs_end_with_0_or_with_2_and_one_line() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", "--inputs", "30", "--seed", "11"],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "30 inputs, 0 faults" in ended.stdout


def test_what_is_damaged_differs_and_is_always_the_same() -> None:
    sound = b'{"a": [1, 2, {"b": "x"}], "c": null}'
    damaged = [of_json(sound, random.Random(n)) for n in range(50)]
    assert damaged == [of_json(sound, random.Random(n)) for n in range(50)]
    assert len(set(damaged)) > 25
    assert len({of_lines(b"a b\nc d\n", random.Random(n)) for n in range(50)}) > 40
    assert len({subject.kind for subject in SUBJECTS}) > 20
