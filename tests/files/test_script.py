"""The commands that made some files as a script: it runs, and says what it cannot know."""

import subprocess

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.files.test_making import made
from xlt.files.provenance import Input
from xlt.files.script import PIPE, commands_before, quoted, shell_script

HEAD = ["#!/usr/bin/env bash", "# Makes it again: each command once, after those whose outputs it reads."]


def script(*items: Input, last: str = "") -> list[str]:
    lines = shell_script(items, "it", last).splitlines()
    assert lines[:2] == HEAD
    return lines[2:]


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_words_come_back_from_the_shell_as_they_were(words: list[str]) -> None:
    words += [
        "it's",
        'a "b"',
        "a\nb",
        "\x1b[31m",
        "$(rm x)",
        "`x`",
        "!!",
        "~",
        "*",
        "a\\",
        "\u202eab",
        "é",
        "",
        "\udcff",
    ]
    line = " ".join(map(quoted, words))
    assert "\n" not in line
    assert "\x1b" not in line
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    assert done.stdout.split(b"\0")[:-1] == [word.encode("utf-8", "surrogateescape") for word in words]


def test_folders_are_made_but_not_those_that_a_command_makes() -> None:
    a = made("w/x", "xlt lab -o w")
    b = made("out/deep/b", "xlt embed -o out/deep/b w/x", "1", a)
    c = made("w/c", "xlt score -o w/c out/deep/b", "2", b)
    assert script(c) == [
        "set -euo pipefail", "mkdir -p -- out/deep", "xlt lab -o w", "xlt embed -o out/deep/b w/x",
        "xlt score -o w/c out/deep/b",
    ]  # fmt: skip


def test_folders_of_outputs_that_no_option_names() -> None:
    item = made("deep/x.csv", "xlt convert a deep/x.csv", "1", made("a", "xlt a -o a"))
    assert "mkdir -p -- deep" in script(item)


def test_pipes_and_streams() -> None:
    stream = made(PIPE, "xlt pairs -o - en fr")
    piped = made("e", "xlt embed -o e m -", "1", stream)
    assert script(piped) == ["set -euo pipefail", "xlt pairs -o - en fr | xlt embed -o e m -"]
    kept = made("p.arrow", "xlt pairs -o - en fr")
    lines = script(made("e", "xlt embed -o e m p.arrow", "1", kept))
    assert lines[1:] == ["xlt pairs -o - en fr > p.arrow", "xlt embed -o e m p.arrow"]
    unclear = script(made("e", "xlt embed -o e m -", "1", made(PIPE, "xlt pairs -o x.parquet en fr")))
    assert unclear[2] == "# What it reads from a pipe was made by: xlt pairs -o x.parquet en fr"


def test_what_cannot_be_told_is_told() -> None:
    text = Input("corpus", "a\n b.txt", "0123456789abcdef")
    lines = script(made("p", "xlt pairs -o /abs/p", "", text))
    assert lines[0].startswith("# It needs what no record says how to make")
    assert lines[1] == "#   a\\n b.txt (corpus, sha256 0123456789ab…)"
    assert lines[2] == "# It writes outside of the folder where it is run: /abs/p"
    assert "# It reads p, written above as /abs/p: moved, or run elsewhere" in script(
        made("q", "xlt x -o q p", "1", made("p", "xlt pairs -o /abs/p"))
    )
    assert script(made("p", "study.py --x\n rm -r /")) == [
        "set -euo pipefail",
        "# Not a command of xlt; how it is run again cannot be told: study.py --x\\n rm -r /",
    ]
    # Whatever a record says, the script runs xlt alone.
    assert script(made("p", "xlt a -o p; rm -r x $(y)"))[-1] == "xlt a -o 'p;' rm -r x '$(y)'"
    assert script(made("p", "xlt 'a"))[-1].startswith("# Not a command of xlt")
    assert script(Input("scores", "s.csv", None))[1] == "#   s.csv (scores)"
    again = made("m", "xlt a -o m", "1", Input("text", "t", "1"))
    other = made("m", "xlt b -o m", "2", again, Input("text", "t", "2"))
    assert "# Another command writes m, too: run in two folders, or it was moved between" in script(other)
    twice = made("x", "xlt c m", "3", again, made("m", "xlt a -o m", "1", Input("text", "t", "2")))
    assert "# Was run several times, with other contents of t; here it is run once:" in script(twice)
    trained = made("m", "xlt realign -o m")
    assert trained.record is not None
    trained.record["training"] = {"processes": 4}
    assert "# Was run in 4 processes: torchrun --nproc-per-node 4 -m xlt …" in script(trained)


def test_the_last_command_comes_last_and_needs_its_inputs() -> None:
    scores, plain = made("s", "xlt align-score -o s"), Input("results", "r.csv", "5")
    lines = script(scores, plain, last="xlt report html -o out/p.html s r.csv")
    assert lines[1] == "#   r.csv (results, sha256 5…)"
    assert lines[-3:] == ["mkdir -p -- out", "xlt align-score -o s", "xlt report html -o out/p.html s r.csv"]


def test_commands_before_a_file() -> None:
    item = made("b", "xlt b -o b a", "2", made("a", "xlt a -o 'a'", "3"))
    assert commands_before(item.record) == ["xlt a -o a"]
    assert commands_before(None) == []
