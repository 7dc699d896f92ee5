"""What people see: summaries, progress on a terminal and elsewhere, the end of a training run."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from xlt.cli.console import Console, set_up_messages

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


def test_names_reach_the_terminal_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    console = Console()
    console.error("a\x1b[2J\nb")
    console.note("a\x1b[2J\nb")
    console.summary("t\x1b", {"n\r": "v\nw"})
    console.fact("f", "a\nb")
    console.fact("g", "a\x1b", "b")
    out, err = capsys.readouterr()
    assert err == "xlt: error: a\\x1b[2J b\na\\x1b[2J b\nt\\x1b\n  n\\r  v\\nw\n"
    assert out == "f: a\\nb\ng:\na\\x1b\nb\n"


def test_a_script_gets_the_name_of_a_file_as_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Console().result(Path("a\x1bb"))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    Console().result(Path("a\x1bb"))
    assert capsys.readouterr().out == "a\x1bb\na\\x1bb\n"
