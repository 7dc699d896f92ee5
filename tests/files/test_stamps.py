"""Stamps: what is compared with the record of a folder, and what is believed."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from xlt.errors import XltError
from xlt.files.provenance import file_sha256, write_folder_record
from xlt.files.stamps import checked_folder, checked_sha256, file_stamps


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("config", "weights"):
        (tmp_path / name).write_bytes(name.encode())
    files: dict[str, Any] = {**file_stamps([tmp_path / name for name in ("config", "weights")])}
    write_folder_record(tmp_path, {"step": "finetune", "files": files})
    return tmp_path


def change_in_secret(path: Path, content: bytes) -> None:
    """As damage on a disk does: neither size nor time are others."""
    before = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_file_that_changed_in_secret_is_told(folder: Path) -> None:
    assert checked_sha256(folder / "weights") == sha256(b"weights")
    assert checked_folder(folder) == {"config": sha256(b"config"), "weights": sha256(b"weights")}
    change_in_secret(folder / "weights", b"weighty")
    for check in (lambda: checked_sha256(folder / "weights"), lambda: checked_folder(folder)):
        with pytest.raises(XltError, match=r"weights is damaged or was changed: .* or remove .*xlt\.json if the chan"):
            check()
    (folder / "xlt.json").unlink()
    assert checked_sha256(folder / "weights") == sha256(b"weighty")
    assert checked_folder(folder) == {}


def test_copies_are_sound_whatever_their_time(folder: Path) -> None:
    os.utime(folder / "weights", ns=(0, 0))
    assert checked_sha256(folder / "weights") == sha256(b"weights")


def test_a_large_file_is_believed_while_size_and_time_match(folder: Path) -> None:
    change_in_secret(folder / "weights", b"weighty")
    assert checked_sha256(folder / "weights", most=6) == sha256(b"weights")
    with pytest.raises(XltError, match="damaged"):
        checked_sha256(folder / "weights", most=7)
    os.utime(folder / "weights", ns=(0, 0))
    with pytest.raises(XltError, match="damaged"):
        checked_sha256(folder / "weights", most=6)


def test_a_file_that_is_missing_is_told(folder: Path) -> None:
    (folder / "config").unlink()
    with pytest.raises(XltError, match="config is missing, which xlt wrote there"):
        checked_folder(folder)
    assert checked_folder(folder, unread=["config"]) == {"weights": sha256(b"weights")}


@pytest.mark.parametrize("content", [None, "{}", '{"files": {"other": {}}}'])
def test_without_a_stamp_the_file_is_hashed(tmp_path: Path, content: str | None) -> None:
    weights = tmp_path / "weights"
    weights.write_bytes(b"one")
    if content is not None:
        (tmp_path / "xlt.json").write_text(content)
    assert checked_sha256(weights) == sha256(b"one")


@pytest.mark.parametrize("files", [[], None, {"weights": 3}, {"weights": {"size": 3}}, {"weights": {"sha256": 3}}])
def test_a_strange_stamp_is_no_stamp(tmp_path: Path, files: object) -> None:
    weights = tmp_path / "weights"
    weights.write_bytes(b"one")
    (tmp_path / "xlt.json").write_text(json.dumps({"files": files}))
    assert checked_sha256(weights) == file_sha256(weights)
    assert checked_folder(tmp_path) == {}
