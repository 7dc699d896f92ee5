from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpora.server import Server, running_server
from xlt.corpora import fetch


@pytest.fixture
def server() -> Iterator[Server]:
    with running_server() as found:
        yield found


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache; the network is allowed, and waiting is short."""
    folder = tmp_path / "cache"
    for name in ("XLT_OFFLINE", "HF_HUB_OFFLINE", "XLT_MANIFESTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XLT_CACHE", str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(fetch, "_WAITS", (0.0, 0.0, 0.0))
    return folder
