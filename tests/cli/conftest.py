"""The command line in the test's folder: in this process, or as a program in a line of shell."""

import logging
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.checkpoints import make_trainable
from tests.study import study_files
from tests.warm import Program
from xlt.cli.app import main
from xlt.cli.console import console


class Done(NamedTuple):
    status: int
    out: str
    err: str


Call = Callable[..., Done]
Shell = Callable[..., Done]


def names(folder: Path) -> set[str]:
    """All that lies in a folder."""
    return {p.name for p in folder.iterdir()}


# FastAlign, trained on the text of the fixture `text`.
FAST = "--aligner=fastalign", "--pretokenized", "--corpus=text.tsv"


def sentences(count: int = 60) -> list[tuple[list[str], list[str]]]:
    """Word k of one language is word k of the other; numbers are the same in both."""
    draw = random.Random(1)
    pairs = []
    for _ in range(count):
        source = draw.sample(range(20), draw.randint(1, 7))
        pairs.append(([f"e{w}" if w else "0" for w in source], [f"F{w}" if w else "0" for w in source]))
    pairs[3] = ([], ["F1"])
    pairs[10] = (["e1"], [])
    return pairs


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """A folder with these sentences, whose words stand apart already."""
    lines = [f"{' '.join(a)}\t{' '.join(b)}\n" for a, b in sentences()]
    (tmp_path / "text.tsv").write_text("".join(lines), encoding="utf-8")
    return tmp_path


@pytest.fixture
def restored() -> Iterator[None]:
    """What a command sets for its process is as it was."""
    logger = logging.getLogger("xlt")
    handlers, propagate, level = logger.handlers, logger.propagate, logger.level
    handler, hook = signal.getsignal(signal.SIGTERM), sys.unraisablehook
    yield
    signal.signal(signal.SIGTERM, handler)
    sys.unraisablehook = hook
    logger.handlers, logger.propagate = handlers, propagate
    logger.setLevel(level)
    console.quiet = False


@pytest.fixture
def call(restored: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Call:
    """Run ``xlt`` by its entry point; ``status`` is asserted."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, status: int = 0) -> Done:
        monkeypatch.setattr("sys.argv", ["xlt", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        done = Done(int(ended.value.code or 0), *capfd.readouterr())
        assert done.status == status, done
        return done

    return run


@pytest.fixture
def shell(tmp_path: Path, program: Program) -> Shell:
    """Run a line of bash in which ``xlt`` is a program; ``status`` is asserted, that of the last part that failed."""

    def run(command: str, status: int = 0, **environment: str) -> Done:
        ended = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=tmp_path,
            env=program.environment(**environment),
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        done = Done(ended.returncode, ended.stdout, ended.stderr)
        assert done.status == status, done
        return done

    return run


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


@pytest.fixture
def made(tmp_path: Path) -> dict[str, list[str]]:
    """A study of methods in the test's folder: names of files by kind, ``before``, ``after``, ``results``."""
    return {kind: [Path(n).name for n in names] for kind, names in study_files.make_methods(tmp_path).items()}


@pytest.fixture
def correlated(call: Call, made: dict[str, list[str]]) -> str:
    """Its correlations; its points are ``p.parquet``."""
    tables = [name for names in made.values() for name in names]
    call("correlate", "-q", "--interval", "none", "-o", "c.parquet", "--points", "p.parquet", *tables)
    return "c.parquet"
