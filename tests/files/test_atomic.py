"""Outputs that appear whole or not at all, also when the writer is killed."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from xlt.errors import OutputExistsError, XltError
from xlt.files.atomic import FOLDER_RECORD, check_output, output_file, output_folder

HOST = socket.gethostname()


def names(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir())


def python(code: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def kill_in_the_middle(code: str, path: Path) -> None:
    process = python(code, path)
    assert process.stdout is not None
    assert process.stdout.readline() == "half\n"
    process.kill()
    process.communicate()


HALF_FILE = """
import sys, time, pathlib
from xlt.files.atomic import output_file
with output_file(pathlib.Path(sys.argv[1]), False) as path:
    path.write_text("half")
    print("half", flush=True)
    time.sleep(60)
"""
HALF_FOLDER = """
import sys, time, pathlib
from xlt.files.atomic import output_folder
with output_folder(pathlib.Path(sys.argv[1]), False) as path:
    (path / "sub").mkdir()
    (path / "sub" / "weights").write_text("half")
    print("half", flush=True)
    time.sleep(60)
"""


def test_a_killed_writer_leaves_no_file_and_the_next_one_tidies_up(tmp_path: Path) -> None:
    target = tmp_path / "a[1]*.parquet"  # characters that a glob would read otherwise
    kill_in_the_middle(HALF_FILE, target)
    assert not target.exists()
    assert len(names(tmp_path)) == 1
    with output_file(target, False) as path:
        path.write_text("whole")
    assert names(tmp_path) == [target.name]
    assert target.read_text() == "whole"


def test_a_killed_writer_of_a_folder(tmp_path: Path) -> None:
    target = tmp_path / "model"
    kill_in_the_middle(HALF_FOLDER, target)
    assert not target.exists()
    assert len(names(tmp_path)) == 1
    with output_folder(target, False) as path:
        (path / "weights").write_text("whole")
    assert names(tmp_path) == ["model"]
    assert names(target) == ["weights"]


def test_temporaries_of_others_stay(tmp_path: Path) -> None:
    process = python("")
    process.communicate()
    dead = process.pid
    kept = [
        f".out.partial-{HOST}-{os.getppid()}",  # a process that lives
        f".out.partial-{HOST}-other-{dead}",  # another host (its name begins alike): cannot be asked
        f".out.partial-{HOST}-notes",
        f".output.partial-{HOST}-{dead}",  # another output
    ]
    stale = f".out.partial-{HOST}-{dead}"
    for name in [*kept, stale]:
        (tmp_path / name).write_text("x")
    with output_file(tmp_path / "out", False) as path:
        path.write_text("whole")
    assert names(tmp_path) == sorted([*kept, "out"])


def test_an_exception_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), output_file(tmp_path / "out", False) as path:
        path.write_text("half")
        raise ZeroDivisionError
    with pytest.raises(KeyboardInterrupt), output_folder(tmp_path / "folder", False) as path:
        (path / "half").write_text("half")
        raise KeyboardInterrupt
    assert names(tmp_path) == []


def test_an_exception_keeps_what_force_would_have_replaced(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("old")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / FOLDER_RECORD).write_text("{}")
    with pytest.raises(ZeroDivisionError), output_file(tmp_path / "out", True) as path:
        path.write_text("half")
        raise ZeroDivisionError
    with pytest.raises(ZeroDivisionError), output_folder(folder, True) as path:
        raise ZeroDivisionError
    assert names(tmp_path) == ["folder", "out"]
    assert (tmp_path / "out").read_text() == "old"
    assert names(folder) == [FOLDER_RECORD]


def test_an_existing_file_is_refused_before_the_work_starts(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("old")
    with pytest.raises(OutputExistsError, match="--force"), output_file(tmp_path / "out", False):
        pytest.fail("the work started")
    with output_file(tmp_path / "out", True) as path:
        path.write_text("new")
    assert (tmp_path / "out").read_text() == "new"


def test_a_file_that_appears_during_the_work_is_not_replaced(tmp_path: Path) -> None:
    with pytest.raises(OutputExistsError), output_file(tmp_path / "out", False) as path:
        path.write_text("ours")
        (tmp_path / "out").write_text("theirs")
    assert names(tmp_path) == ["out"]
    assert (tmp_path / "out").read_text() == "theirs"


def test_force_replaces_a_whole_folder_that_xlt_made(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    for name in ("old", "new"):
        with output_folder(folder, name == "new") as path:
            (path / FOLDER_RECORD).write_text(f'{{"files": {{"{name}": {{}}}}}}')
            (path / name).write_text(name)
    assert names(tmp_path) == ["model"]
    assert names(folder) == ["new", FOLDER_RECORD]


def test_what_a_user_put_into_a_folder_of_xlt_is_not_lost(tmp_path: Path) -> None:
    folder = tmp_path / "vectors"
    with output_folder(folder, False) as path:
        (path / FOLDER_RECORD).write_text('{"files": {"src.npy": {}}}')
        (path / "src.npy").write_text("ours")
    (folder / "notes.txt").write_text("mine")
    with pytest.raises(XltError, match=r"holds notes\.txt, which xlt did not write"), output_folder(folder, True):
        pytest.fail("the work started")
    assert (folder / "notes.txt").read_text() == "mine"


def test_a_folder_that_xlt_did_not_make_is_never_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter").write_text("years of work")
    with pytest.raises(XltError, match="did not make"), output_folder(folder, True):
        pytest.fail("the work started")
    with pytest.raises(XltError, match="did not make"):
        check_output(folder, True)
    assert (folder / "chapter").read_text() == "years of work"


def test_a_folder_filled_by_others_during_the_work_is_not_replaced(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    with pytest.raises(XltError, match="did not make"), output_folder(folder, True):
        (folder / "chapter").write_text("years of work")
    assert names(tmp_path) == ["model"]
    assert (folder / "chapter").read_text() == "years of work"


def test_file_for_folder_and_folder_for_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    (tmp_path / "folder").mkdir()
    with pytest.raises(XltError, match="must name a folder"), output_folder(tmp_path / "file", True):
        pytest.fail("the work started")
    with pytest.raises(XltError, match="must name a file"), output_file(tmp_path / "folder", True):
        pytest.fail("the work started")
    assert (tmp_path / "file").read_text() == "old"


def test_a_link_to_a_folder_is_replaced_as_a_link(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (real / FOLDER_RECORD).write_text("{}")
    link = tmp_path / "link"
    link.symlink_to(real)
    with output_folder(link, True) as path:
        (path / "new").write_text("new")
    assert names(tmp_path) == ["link", "real"]
    assert names(link) == ["new"]
    assert names(real) == [FOLDER_RECORD]


def test_a_missing_folder_is_not_invented(tmp_path: Path) -> None:
    with pytest.raises(XltError, match="does not exist"), output_file(tmp_path / "a" / "out", False):
        pytest.fail("the work started")
    assert names(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(XltError, match="no permission"):
            check_output(tmp_path / "out", False)
    finally:
        tmp_path.chmod(0o700)


FULL_DISK = """
import resource, sys, pathlib
from xlt.files.atomic import output_file
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    with output_file(pathlib.Path(sys.argv[1]), False) as path:
        path.write_bytes(bytes(100_000))
except OSError as error:
    print(error.errno)
"""


def test_no_more_space_leaves_nothing(tmp_path: Path) -> None:
    out, err = python(FULL_DISK, tmp_path / "out").communicate()
    assert (out, err) == (f"{errno.EFBIG}\n", "")
    assert names(tmp_path) == []
