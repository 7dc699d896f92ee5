"""TOML, and all that is none."""

from decimal import Decimal
from pathlib import Path

import pytest

from xlt.files.toml_files import read_toml


def test_tables(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text('[a]\nb = "é"\nc = 0.1\n', encoding="utf-8")
    assert read_toml(tmp_path / "x.toml") == {"a": {"b": "é", "c": 0.1}}
    assert read_toml(tmp_path / "x.toml", Decimal)["a"]["c"] == Decimal("0.1")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"a = ", "Invalid value"),
        (b"a = '\xff'", "byte 5 is not UTF-8"),
        (b"a = " + b"[" * 5000, "it is nested too deep"),
        (b"a = " + b"9" * 5000, "integer string conversion"),
        (b"a = [" + b"1," * 600_000 + b"]", r"it has 1,200,006 bytes"),
    ],
)
def test_none(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "x.toml").write_bytes(data)
    with pytest.raises(ValueError, match=reason):
        read_toml(tmp_path / "x.toml")
