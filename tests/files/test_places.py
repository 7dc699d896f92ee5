"""Where downloads lie and what forbids the network: the variables, first come, first served."""

from pathlib import Path

import pytest

from xlt.files.places import cache_folder, offline_reason


@pytest.fixture(autouse=True)
def _unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XLT_CACHE", "XDG_CACHE_HOME", "XLT_OFFLINE", "HF_HUB_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


def test_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "xlt"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "xlt"
    monkeypatch.setenv("XLT_CACHE", "~/own")
    assert cache_folder() == tmp_path / "own"
    # A relative one holds also after a change of folder.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XLT_CACHE", "here")
    assert cache_folder() == tmp_path / "here"


def test_what_forbids_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    assert offline_reason() is None
    for value in ("0", "", "no", "false"):
        monkeypatch.setenv("XLT_OFFLINE", value)
        assert offline_reason() is None
    for value in ("1", "true", "YES", " on "):
        monkeypatch.setenv("HF_HUB_OFFLINE", value)
        assert offline_reason() == f"HF_HUB_OFFLINE={value}"
    monkeypatch.setenv("XLT_OFFLINE", "1")
    assert offline_reason() == "XLT_OFFLINE=1"
