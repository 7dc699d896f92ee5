"""What people see: summaries, progress on a terminal and elsewhere, tables, the end of a training run."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from xlt.cli.console import Console, print_table, report, set_up_messages

pytestmark = pytest.mark.usefixtures("restored")


@dataclass
class Run:
    """The end of a training run, as the step tells it."""

    output: Path = Path("model")
    summary: dict[str, Any] = field(default_factory=lambda: {"steps": 1200, "loss": 0.123456, "best": "step 7"})
    already: bool = False


def test_a_summary_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    Console().summary("out", {"pairs": 12345, "share of them": 0.123456, "dropped": True})
    assert capsys.readouterr() == ("", "out\n  pairs          12,345\n  share of them  0.1235\n  dropped        True\n")
    Console().summary("out", {})
    assert capsys.readouterr().err == "out\n"


def test_quiet_is_silent_but_for_errors(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.quiet = True
    console.summary("out", {"a": 1})
    console.note("by the way")
    with console.progress("words") as progress:
        progress(1, 2)
    with console.training() as steps:
        steps(1, 2, 0.5, 100.0)
    assert capsys.readouterr() == ("", "")
    console.error("two\nlines")
    assert capsys.readouterr().err == "xlt: error: two lines\n"


def test_the_end_of_training(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    Console().trained(Run())
    assert capsys.readouterr() == ("model\n", "model\n  steps  1,200\n  loss   0.1235\n  best   step 7\n")
    Console().trained(Run(already=True))
    assert capsys.readouterr() == ("model\n", "model is finished already; nothing was done\n")
    # Of several processes the first speaks.
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank, out in (("0", "model\n"), ("1", "")):
        monkeypatch.setenv("RANK", rank)
        Console().trained(Run())
        assert capsys.readouterr().out == out


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_progress_off_a_terminal_is_a_line_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    console = Console(clock)
    with console.progress("words") as progress, console.training() as steps:
        for clock.now, done in ((1.0, 10), (30.0, 1000), (31.0, 1100), (59.0, 1500), (61.0, 2000)):
            progress(done, 4000)
            steps(done, 4000, 0.25, 1234.5)
        clock.now = 99.0
        progress(3000, None)
    assert capsys.readouterr().err.splitlines() == [
        "words: 1,000 of 4,000",
        "step 1,000 of 4,000: loss 0.2500, 1,234 words a second",
        "words: 2,000 of 4,000",
        "step 2,000 of 4,000: loss 0.2500, 1,234 words a second",
        "words: 3,000",
    ]


def test_the_rate_counts_from_the_first_call(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    logging.getLogger("xlt").propagate = True
    caplog.set_level(logging.INFO, "xlt")
    with Console(clock).progress("words") as progress:
        # Twenty seconds until the model is loaded.
        for clock.now, done in ((20.0, 100), (22.0, 500), (24.0, 900), (50.0, 900)):
            progress(done, 900)
    assert caplog.messages == ["words: 900, 200 a second"]


def test_messages_of_the_library(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logging.getLogger("xlt.somewhere")
    set_up_messages(quiet=True, verbose=False)
    logger.info("on cpu")
    logger.warning("odd\nthing")
    assert capsys.readouterr().err == "xlt: warning: odd thing\n"
    set_up_messages(quiet=False, verbose=True)
    logger.info("on cpu")
    assert capsys.readouterr().err == "xlt: on cpu\n"


def test_a_table_cuts_nothing_off_behind_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    long = "w" * 500
    print_table("a title", ["word", "n", "share"], [[long, "1,000", "-0.5"], ["[b]", "7", "50%"]])
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert (lines[0], err) == ("a title", "")
    rows = [line.strip("│").split("│") for line in lines if line.startswith("│")]
    # Numbers to the right, words to the left; what looks like markup is text.
    assert rows == [[f" {long} ", " 1,000 ", "  -0.5 "], [f" {'[b]':<500} ", "     7 ", "   50% "]]
    print_table("", ["word"], [["x"]], to_stderr=True)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("output", "beside", "out", "err"),
    [
        (None, None, ["a title", "p.svg"], ["counts", "n"]),
        (None, "b.csv", ["a title", "b.csv", "p.svg"], ["counts"]),
        ("a.csv", None, ["a.csv", "p.svg"], ["a title", "counts"]),
        # A stream has standard output for itself.
        ("-", "b.csv", [], ["a title", "counts", "b.csv", "p.svg"]),
        ("a.csv", "-", [], ["a title", "counts", "a.csv", "p.svg"]),
        (None, "-", [], ["a title", "counts", "p.svg"]),
    ],
)
def test_the_end_of_a_command_that_measures(
    output: str | None, beside: str | None, out: list[str], err: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    report([("a title", ["word"], [["x"]])], {"counts": {"n": 1}}, output, beside, Path("p.svg"))
    streams = capsys.readouterr()
    assert all(text in streams.out for text in out)
    assert all(text in streams.err for text in err)
    assert not any(text in streams.out for text in set(err) - {"n"})
    assert not any(text in streams.err for text in out)
