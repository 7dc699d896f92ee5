"""All inputs that are not there are told at once."""

from pathlib import Path

import pytest

from xlt.errors import XltError
from xlt.files.inputs import check_inputs


def test_what_is_there_and_streams_pass(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    check_inputs([str(tmp_path / "a"), "-"])
    check_inputs([])


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with pytest.raises(XltError, match=r"^b: no such file$"):
        check_inputs([str(tmp_path / "a"), "b", "b"])
    with pytest.raises(XltError, match=r"^b, c: no such files$"):
        check_inputs(["b", str(tmp_path / "a"), "c"])
