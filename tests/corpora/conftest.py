from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.corpora.server import Server, running_server


@pytest.fixture
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache; the network is allowed."""
    folder = tmp_path / "cache"
    for name in ("XLT_OFFLINE", "HF_HUB_OFFLINE", "XLT_MANIFESTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XLT_CACHE", str(folder))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    return folder
