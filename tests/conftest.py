"""Fixtures that all tests share: the command line as a subprocess, test data, tiny encoders."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from tests import warm
from tests.warm import Program

# Read at import by libraries that test modules import: no test asks the hub, and none takes both cores for tiny models.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Started in the background by a shell, a process ignores Ctrl-C, and so do those that it starts: tests would find no
# command that answers it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine that is busy for a moment is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

ROOT = warm.ROOT
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session", autouse=True)
def _offline(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reaches beyond loopback, and none touches the user's caches."""
    os.environ["XLT_CACHE"] = str(tmp_path_factory.mktemp("xlt-cache"))
    os.environ.setdefault("XLT_TEST_DATA", str(ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def program() -> Iterator[Program]:
    """The command line as a program of its own: ``program.path``, or ``xlt`` in ``program.environment()``."""
    with warm.program_of() as program:
        yield program


@pytest.fixture
def xlt(tmp_path: Path, program: Program) -> Run:
    """Run the real command line in an empty folder; ``status`` is asserted, outputs are text."""

    def run(
        *arguments: object, status: int = 0, input: str | None = None, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        result = subprocess.run(
            [program.path, *map(str, arguments)],
            cwd=tmp_path,
            env=program.environment(**(env or {})),
            input=input,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert result.returncode == status, f"status {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result

    return run


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real data; tests that need it are skipped, and say so, where it is absent."""
    path = Path(os.environ["XLT_TEST_DATA"]).resolve()
    if not path.is_dir():
        pytest.skip(f"no real data at {path}: set XLT_TEST_DATA")
    return path


@pytest.fixture(scope="session")
def golden(test_data: Path) -> Path:
    """Inputs and values computed with the papers' published code; skipped where absent."""
    path = test_data.parent / "golden"
    if not path.is_dir():
        pytest.skip(f"no golden values at {path}")
    return path


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """A tiny checkpoint of a family (see tests/checkpoints.py), made once a session."""
    made: dict[tuple[str, int | None], Path] = {}

    def get(family: str = "bert", limit: int | None = 32) -> Path:
        from tests.checkpoints import make_checkpoint

        if (family, limit) not in made:
            folder = tmp_path_factory.mktemp(family)
            made[family, limit] = make_checkpoint(folder, family, limit=limit)
        return made[family, limit]

    return get


@pytest.fixture(scope="session")
def model(checkpoints: Callable[..., Path]) -> str:
    """A tiny BERT, by its path."""
    return str(checkpoints("bert"))
