"""Hashes beside the files of an unfinished run."""

import hashlib
import json
from pathlib import Path

import pytest

from xlt.files.digests import check_digests, is_whole_log, read_digests, write_digests


def test_what_is_written_is_compared(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"w")
    write_digests(tmp_path, "weights", b"line\n")
    assert read_digests(tmp_path) == {
        "weights": hashlib.sha256(b"w").hexdigest(),
        "log.jsonl": [5, hashlib.sha256(b"line\n").hexdigest()],
    }
    check_digests(tmp_path)
    (tmp_path / "weights").write_bytes(b"v")
    with pytest.raises(ValueError, match="weights is not what was written"):
        check_digests(tmp_path)


def test_the_state_says_which_tensors_it_belongs_to(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"w")
    (tmp_path / "state.json").write_text(json.dumps({"sha256": {"weights": hashlib.sha256(b"w").hexdigest()}}))
    check_digests(tmp_path, needed=["weights"])
    with pytest.raises(ValueError, match="optimizer is not what was written"):
        check_digests(tmp_path, needed=["weights", "optimizer"])


@pytest.mark.parametrize(
    ("log", "whole"), [(b"line\n", True), (b"line\nmore\n", True), (b"line", False), (b"lime\n", False)]
)
def test_a_log_is_whole_where_it_begins_as_it_was(tmp_path: Path, log: bytes, whole: bool) -> None:
    assert is_whole_log(log, tmp_path)
    (tmp_path / "weights").write_bytes(b"w")
    write_digests(tmp_path, "weights", b"line\n")
    assert is_whole_log(log, tmp_path) is whole


@pytest.mark.parametrize("until", ["x", 3, [], [1], ["a", "b"], {"0": 1}])
def test_a_length_that_is_none(tmp_path: Path, until: object) -> None:
    (tmp_path / "check.json").write_text(json.dumps({"log.jsonl": until}))
    assert not is_whole_log(b"line\n", tmp_path)
