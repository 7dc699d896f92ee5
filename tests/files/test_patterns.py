"""Quoted patterns of file names."""

from pathlib import Path

import pytest

from xlt.errors import OptionError, XltError
from xlt.files.patterns import matching_files


def test_patterns_are_replaced_where_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.parquet", "a.parquet", "c.csv", "[x].csv"):
        (tmp_path / name).touch()
    assert matching_files(["c.csv", "*.parquet", "none", "-"]) == ["c.csv", "a.parquet", "b.parquet", "none", "-"]
    assert matching_files([f"{tmp_path}/?.csv"]) == [f"{tmp_path}/c.csv"]
    assert matching_files(["[x].csv", "[ab].parquet"]) == ["[x].csv", "a.parquet", "b.parquet"]


def test_a_pattern_that_nothing_matches(tmp_path: Path) -> None:
    with pytest.raises(XltError, match=r"x\*\.parquet: no file matches$"):
        matching_files([f"{tmp_path}/x*.parquet"])
    with pytest.raises(OptionError, match="joint"):
        matching_files([f"{tmp_path}/x*.parquet"], "joint")
