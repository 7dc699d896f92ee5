"""The command line in this process, in the test's folder: starting Python and torch anew takes seconds."""

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.checkpoints import make_trainable
from xlt.cli.app import main
from xlt.cli.console import console


class Done(NamedTuple):
    status: int
    out: str
    err: str


Call = Callable[..., Done]


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """Run ``xlt`` by its entry point; ``status`` is asserted."""
    logger = logging.getLogger("xlt")
    before = signal.getsignal(signal.SIGTERM), logger.handlers, logger.propagate, logger.level
    hook = sys.unraisablehook
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, status: int = 0) -> Done:
        monkeypatch.setattr("sys.argv", ["xlt", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        done = Done(int(ended.value.code or 0), *capfd.readouterr())
        assert done.status == status, done
        return done

    yield run
    signal.signal(signal.SIGTERM, before[0])
    sys.unraisablehook = hook
    logger.handlers, logger.propagate = before[1:3]
    logger.setLevel(before[3])
    console.quiet = False


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Tiny models on one thread: more of them wait for each other longer than they compute."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def lively(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A tiny encoder with dropout."""
    return make_trainable(tmp_path_factory.mktemp("lively"), dropout=0.1)
