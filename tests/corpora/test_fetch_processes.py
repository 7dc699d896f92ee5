"""Two processes that fetch the same file, and one that is killed."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpora.server import Server
from xlt.corpora.fetch import fetch_url

BODY = bytes(range(256)) * 4000


@pytest.fixture
def path(cache: Path) -> Path:
    return cache / "some" / "file.bin"


SCRIPT = """
import sys
from pathlib import Path
from xlt.corpora.fetch import fetch_url
print(fetch_url(sys.argv[1], Path(sys.argv[2])))
"""


def start(url: str, path: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", SCRIPT, url, str(path)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_a_second_process_waits_and_does_not_download_again(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, pause=1.0)
    runs = [start(url, path), start(url, path)]
    for run in runs:
        out, err = run.communicate(timeout=20)
        assert (run.returncode, out) == (0, f"{path}\n"), err
    assert path.read_bytes() == BODY
    assert len(server.requests) == 1


def test_killed_in_the_middle_leaves_no_file_and_the_next_run_goes_on(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, pause=60.0)
    part = path.with_name(".file.bin.part")
    run = start(url, path)
    wait_until(lambda: part.exists() and part.stat().st_size >= len(BODY) // 4)
    run.kill()
    run.communicate(timeout=10)
    assert not path.exists()
    server.pages["/f"].pause = 0.0
    fetch_url(url, path)
    assert path.read_bytes() == BODY
    resumed = server.ranges("/f")[-1]
    assert resumed is not None
    assert int(resumed.removeprefix("bytes=").rstrip("-")) >= len(BODY) // 4
    assert not list(path.parent.glob(".*.part*"))
