"""What dead processes left: whose it is, and what is done with it."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from xlt.files.leftovers import exchange, lock_of, release, sweep, temporary_beside

HOST = socket.gethostname()


@pytest.fixture(scope="module")
def dead() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def test_what_the_dead_left_goes_and_all_else_stays(tmp_path: Path, dead: int) -> None:
    kept = [
        f".out.partial-{HOST}-{os.getppid()}",  # a process that lives
        f".out.partial-{HOST}-other-{dead}",  # another host (its name begins alike): cannot be asked
        f".out.partial-{HOST}+4026532000-{dead}",  # another container: its numbers are others
        f".out.partial-{HOST}-notes",
        f"out.partial-{HOST}-{dead}",
        f".out.partial-{HOST}-{dead}.bak",
    ]
    for name in [*kept, f".out.partial-{HOST}-{dead}", f".other\n.partial-{HOST}-{dead}"]:
        (tmp_path / name).write_text("x")
    (tmp_path / f".folder.partial-{HOST}-{dead}" / "sub").mkdir(parents=True)
    sweep(tmp_path)
    assert names(tmp_path) == sorted(kept)


def test_what_this_process_writes_stays_and_what_one_of_its_number_left_goes(tmp_path: Path) -> None:
    temporary = temporary_beside(tmp_path / "out")
    temporary.write_text("x")
    (tmp_path / f".other.partial-{HOST}-{os.getpid()}").write_text("of an earlier process with this number")
    sweep(tmp_path)
    assert names(tmp_path) == [temporary.name]
    release(temporary)
    assert names(tmp_path) == []


def test_a_folder_set_aside_comes_back_where_nothing_took_its_place(tmp_path: Path, dead: int) -> None:
    for name in (f".model.partial-{HOST}-{dead}", f".model.partial-{HOST}-{dead}.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "weights").write_text(name)
    sweep(tmp_path)
    assert names(tmp_path) == ["model"]
    assert (tmp_path / "model" / "weights").read_text().endswith(".old")
    (tmp_path / f".model.partial-{HOST}-{dead}.old").mkdir()
    sweep(tmp_path)
    assert names(tmp_path) == ["model"]
    assert names(tmp_path / "model") == ["weights"]


@pytest.mark.parametrize("text", ["", "{", "null", "[1]", '[{"path": 1}]', '[{"a": 1}]'])
def test_a_list_that_is_half_is_no_list(tmp_path: Path, dead: int, text: str) -> None:
    (tmp_path / f".out.partial-{HOST}-{dead}.set").write_text(text)
    (tmp_path / "out").write_text("whole")
    sweep(tmp_path)
    assert names(tmp_path) == ["out"]


def test_a_file_that_somebody_put_in_the_place_of_a_member_stays(tmp_path: Path, dead: int) -> None:
    members = []
    for name in ("items", "scores"):
        temporary = tmp_path / f".{name}.partial-{HOST}-{dead}"
        temporary.write_text("whole")
        entry = {"temporary": str(temporary), "path": str(tmp_path / name), "replaces": False}
        members.append(entry | {"inode": temporary.stat().st_ino})
    (tmp_path / f".items.partial-{HOST}-{dead}.set").write_text(json.dumps(members))
    (tmp_path / "items").write_text("theirs")
    (tmp_path / f".items.partial-{HOST}-{dead}").unlink()
    sweep(tmp_path)
    assert names(tmp_path) == ["items"]
    assert (tmp_path / "items").read_text() == "theirs"


def test_locks_that_nobody_holds_go(tmp_path: Path) -> None:
    (tmp_path / "unfinished.training").mkdir()
    kept = [".held.training.lock", ".unfinished.training.lock", ".another.lock"]
    for name in [*kept, ".free.training.lock"]:
        (tmp_path / name).touch()
    with FileLock(lock_of(tmp_path / "held.training")):
        sweep(tmp_path)
        assert names(tmp_path) == sorted([*kept, "unfinished.training"])


def test_names_are_exchanged_or_nothing_happens(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
    swapped = exchange(tmp_path / "a", tmp_path / "b")
    assert names(tmp_path / "a") == (["b"] if swapped else ["a"])
    assert not exchange(tmp_path / "a", tmp_path / "missing")
    assert names(tmp_path) == ["a", "b"]
