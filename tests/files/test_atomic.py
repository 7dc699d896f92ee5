"""Outputs that appear whole or not at all, also when the writer is killed."""

import errno
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.conftest import ROOT
from xlt.errors import OutputExistsError, XltError
from xlt.files import atomic
from xlt.files.atomic import FOLDER_RECORD, check_output, output_file, output_folder, outputs_together


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


# Ends itself in front of the n-th change of a name in the file system, as a kill or a power cut would.
KILLED = """
import os, signal, sys
from pathlib import Path
from xlt.files.atomic import FOLDER_RECORD, output_file, output_folder, outputs_together

left, folder, force, text = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "True", sys.argv[4]

def watch(event, args):
    global left
    if event in {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "xlt.exchange"}:
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(watch)
"""
SET = (
    KILLED
    + """
with outputs_together():
    for name in ("items", "plots/items", "scores"):
        with output_file(folder / name, force) as path:
            path.write_text(text)
"""
)
FOLDER = (
    KILLED
    + """
with output_folder(folder / "model", force) as path:
    (path / FOLDER_RECORD).write_text('{"files": {"a": {}, "b": {}}}')
    for name in ("a", "b"):
        (path / name).write_text(text)
"""
)


def states_after_kills(code: str, folder: Path, *, force: bool) -> Iterator[int]:
    """Run ``code`` on and on, killed one change later each time, until it comes to its end."""
    for n in count(1):
        process = python(code, n, folder, force, "new")
        _, err = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), err
        yield n
        if process.returncode == 0:
            return


def texts(folder: Path, *paths: str) -> list[str | None]:
    return [(folder / p).read_text() if (folder / p).is_file() else None for p in paths]


MEMBERS = ("items", "plots/items", "scores")


def write_set(folder: Path, text: str, *, force: bool) -> None:
    with outputs_together():
        for name in MEMBERS:
            with output_file(folder / name, force) as path:
                path.write_text(text)


def test_a_kill_anywhere_in_a_set_leaves_nothing_half_to_the_next_call(tmp_path: Path) -> None:
    (tmp_path / "plots").mkdir()
    for _ in states_after_kills(SET, tmp_path, force=False):
        before = texts(tmp_path, *MEMBERS)
        # The one that others go by is the last.
        assert before[-1] is None or before == ["new"] * 3
        if before == ["new"] * 3:
            with pytest.raises(OutputExistsError):
                write_set(tmp_path, "next", force=False)
        else:
            write_set(tmp_path, "next", force=False)
        assert len(set(texts(tmp_path, *MEMBERS))) == 1
        assert names(tmp_path) == ["items", "plots", "scores"]
        assert names(tmp_path / "plots") == ["items"]
        for name in MEMBERS:
            (tmp_path / name).unlink()


def test_a_kill_while_a_set_replaces_another_leaves_one_of_both(tmp_path: Path) -> None:
    (tmp_path / "plots").mkdir()
    write_set(tmp_path, "old", force=False)
    seen = set()
    for n in states_after_kills(SET, tmp_path, force=True):
        # Whatever is written next beside them mends the set.
        with output_file(tmp_path / ("other", "plots/other")[n % 2], True) as path:
            path.write_text("other")
        after = texts(tmp_path, *MEMBERS)
        assert after in (["old"] * 3, ["new"] * 3)
        seen.add(after[0])
        check_output(tmp_path / "plots" / "new", False)
        check_output(tmp_path / "new", False)
        assert not [name for f in (tmp_path, tmp_path / "plots") for name in names(f) if name.startswith(".")]
        write_set(tmp_path, "old", force=True)
    assert seen == {"old", "new"}


def test_a_full_disk_at_the_last_of_a_set_leaves_none(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no space"), outputs_together():
        with output_file(tmp_path / "items", False) as path:
            path.write_text("whole")
        with output_file(tmp_path / "scores", False) as path:
            path.write_text("ha")
            raise OSError(errno.ENOSPC, "no space")
    assert names(tmp_path) == []


def test_a_member_that_appears_during_the_work_keeps_all_others_back(tmp_path: Path) -> None:
    with pytest.raises(OutputExistsError), outputs_together():
        for name in ("items", "scores"):
            with output_file(tmp_path / name, False) as path:
                path.write_text("ours")
        (tmp_path / "scores").write_text("theirs")
    assert names(tmp_path) == ["scores"]
    assert (tmp_path / "scores").read_text() == "theirs"


def test_a_set_in_a_set_is_part_of_it(tmp_path: Path) -> None:
    with outputs_together():
        with outputs_together(), output_file(tmp_path / "items", False) as path:
            path.write_text("items")
        assert not (tmp_path / "items").exists()
    assert names(tmp_path) == ["items"]


def test_files_inside_a_folder_appear_with_it(tmp_path: Path) -> None:
    with outputs_together():
        with output_folder(tmp_path / "vectors", False) as folder, output_file(folder / "words", False) as path:
            path.write_text("words")
        assert names(tmp_path / "vectors") == ["words"]


def write_folder(folder: Path, text: str) -> None:
    with output_folder(folder / "model", True) as path:
        (path / FOLDER_RECORD).write_text('{"files": {"a": {}, "b": {}}}')
        for name in ("a", "b"):
            (path / name).write_text(text)


TWO_RENAMES = KILLED.replace(
    "sys.addaudithook", "from xlt.files import atomic\natomic.exchange = lambda *_: False\nsys.addaudithook"
)


@pytest.mark.parametrize("exchanging", [True, False], ids=["exchanged", "where the system cannot exchange"])
def test_a_kill_while_a_folder_is_replaced_keeps_the_old_or_the_new(tmp_path: Path, exchanging: bool) -> None:
    code = FOLDER if exchanging else FOLDER.replace(KILLED, TWO_RENAMES)
    write_folder(tmp_path, "old")
    seen = set()
    for _ in states_after_kills(code, tmp_path, force=True):
        if exchanging:
            assert texts(tmp_path / "model", "a", "b") in (["old"] * 2, ["new"] * 2)
        with pytest.raises(OutputExistsError):
            check_output(tmp_path / "model", False)
        assert names(tmp_path) == ["model"]
        assert texts(tmp_path / "model", "a", "b") in (["old"] * 2, ["new"] * 2)
        seen.add((tmp_path / "model" / "a").read_text())
        write_folder(tmp_path, "old")
    assert seen == {"old", "new"}


def test_a_folder_is_replaced_where_names_cannot_be_exchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "exchange", lambda *_: False)
    for text in ("old", "new"):
        write_folder(tmp_path, text)
    assert names(tmp_path) == ["model"]
    assert texts(tmp_path / "model", "a", "b") == ["new", "new"]
