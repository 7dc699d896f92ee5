"""The program ``xlt`` of the tests is the command line: a process a call, which ends as it does and with it."""

import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.warm import ROOT, Program
from tests.warm.server import can_fork, loads_alike

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/task").is_dir(), reason="no /proc: every call is a new interpreter"
)
SERVER = "tests/warm/server.py"


def traceback(program: Program, **environment: str) -> str:
    result = subprocess.run(
        [program.path, "show", "missing", "--debug"],
        env=program.environment(**environment), capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert result.returncode == 1
    assert "XltError: missing: no such file" in result.stderr
    return result.stderr


@needs_proc
def test_a_call_is_forked_where_it_makes_no_difference(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "set by torch, some time")
    assert SERVER in traceback(program)
    assert SERVER in traceback(program, XLT_CACHE="elsewhere", MKL_NUM_THREADS="1")
    for difference in ({"LC_ALL": "C"}, {"HF_HUB_OFFLINE": "0"}, {"MKL_NUM_THREADS": "2"}):
        assert SERVER not in traceback(program, **difference)


def test_environments_that_load_alike() -> None:
    server = {"HOME": "/h", "OMP_NUM_THREADS": "1"}
    assert loads_alike(server, server | {"XLT_CACHE": "x", "PATH": "y", "VECLIB_MAXIMUM_THREADS": "1"})
    assert loads_alike(server, server | {"TMPDIR": tempfile.gettempdir()})
    assert not loads_alike(server, server | {"TMPDIR": "/nowhere"})
    assert not loads_alike(server, {"OMP_NUM_THREADS": "1"})
    assert not loads_alike(server, server | {"HOME": "/other"})
    assert not loads_alike(server, server | {"OMP_NUM_THREADS": "2"})
    assert not loads_alike({"OMP_NUM_THREADS": "2"}, {"OMP_NUM_THREADS": "1"})
    assert not loads_alike(server, server | {"TRANSFORMERS_CACHE": "x"})


def test_a_process_with_threads_is_not_forked() -> None:
    # pytest-xdist and torch have some here.
    from threading import Event, Thread

    end = Event()
    thread = Thread(target=end.wait)
    thread.start()
    assert not can_fork()
    end.set()
    thread.join()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_signal_to_the_program_is_one_to_the_call(program: Program, tmp_path: Path, number: signal.Signals) -> None:
    (tmp_path / "dict.txt").write_text("the le\n", encoding="utf-8")
    arguments = ["extract-pairs", "--corpus", "-", "--dict", "dict.txt", "-q", "-o", "x.parquet", "en", "fr"]
    process = subprocess.Popen(
        [program.path, *arguments],
        cwd=tmp_path,
        env=program.environment(),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".x.parquet.*")):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait() == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}[number]
    program.settle()
    assert program.running() == 0
    process.communicate()
    # Killed, nobody tidies up.
    assert len(list(tmp_path.glob(".x.parquet.*"))) == (number == signal.SIGKILL)


def test_the_call_has_the_folder_streams_arguments_and_limits_of_the_program(program: Program, tmp_path: Path) -> None:
    (tmp_path / "dict.txt").write_text("the le\n", encoding="utf-8")
    (tmp_path / "text.tsv").write_text("the the\tle le\n" * 9, encoding="utf-8")
    line = "umask 077; xlt extract-pairs --corpus - --dict dict.txt -q -o 'a b.csv' en fr <text.tsv >out 2>err"
    subprocess.run(["sh", "-c", line], cwd=tmp_path, env=program.environment(), check=True)
    assert (tmp_path / "out").read_text(encoding="utf-8") == "a b.csv\n"
    assert (tmp_path / "err").read_text(encoding="utf-8").startswith("xlt: warning: ")
    assert (tmp_path / "a b.csv").stat().st_mode & 0o777 == 0o600
    assert not (ROOT / "a b.csv").exists()
    closed = subprocess.run(
        ["sh", "-c", "xlt --version >&-"], env=program.environment(), capture_output=True, encoding="utf-8", check=False
    )
    assert closed.returncode == 1
    assert closed.stderr == "xlt: error: standard output is closed: there is nowhere to write to\n"
