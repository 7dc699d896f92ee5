import errno
from pathlib import Path

import pytest

from tests.corpora.server import COMMIT, Server, add_data_set
from xlt.corpora.hub import _explained, cached_hub_files, hub_files, recorded_hub_files
from xlt.corpora.manifest_parser import HubSource
from xlt.errors import OfflineError, XltError

REPO = "owner/name"
SOURCE = HubSource(REPO, "main", "unused")
FILES = {
    "README.md": b"# A data set",
    "ar-en/train-00000-of-00002.parquet": b"first" * 1000,
    "ar-en/train-00001-of-00002.parquet": b"second" * 1000,
    "ar-en/test-00000-of-00001.parquet": b"test",
    "ar-en/old/train-00000-of-00001.parquet": b"not this",
    "data/ar/train.tsv": b"text\tlabel\n",
}
PATTERN = "ar-en/train-*.parquet"


@pytest.fixture
def hub(server: Server, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    constants = pytest.importorskip("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_ENDPOINT", server.url)
    add_data_set(server, REPO, FILES)
    return server


@pytest.fixture
def record(cache: Path) -> Path:
    return cache / "name" / "train.hub.json"


def test_the_files_of_a_pattern_in_order(hub: Server, record: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    paths = hub_files(SOURCE, PATTERN, record, lambda done, total: seen.append((done, total)))
    assert [path.name[:11] for path in paths] == ["train-00000", "train-00001"]
    assert [path.read_bytes() for path in paths] == [b"first" * 1000, b"second" * 1000]
    assert seen[-1] == (11_000, 11_000)
    assert COMMIT in str(paths[0])
    assert not any("test-" in path or "README" in path for _, path, _ in hub.requests)


def test_a_second_run_needs_no_network(hub: Server, record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = hub_files(SOURCE, PATTERN, record)
    before = len(hub.requests)
    monkeypatch.setenv("XLT_OFFLINE", "1")
    assert hub_files(SOURCE, PATTERN, record) == paths
    assert recorded_hub_files(SOURCE, record.parent) == sorted(paths)
    assert len(hub.requests) == before


def test_the_commit_of_the_first_download_is_held_to(hub: Server, record: Path) -> None:
    paths = hub_files(SOURCE, PATTERN, record)
    hub.pages[f"/api/datasets/{REPO}/revision/main"].body = b'{"id": "owner/name", "sha": "%s"}' % (b"f" * 40)
    paths[0].unlink()
    assert hub_files(SOURCE, PATTERN, record) == paths
    assert paths[0].exists()


def test_a_fixed_name(hub: Server, record: Path) -> None:
    (path,) = hub_files(SOURCE, "data/ar/train.tsv", record)
    assert path.read_bytes() == FILES["data/ar/train.tsv"]


def test_offline_says_where_to_put_the_file(hub: Server, record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(OfflineError) as caught:
        hub_files(SOURCE, "data/ar/train.tsv", record)
    by_hand = record.parent / "data" / "ar" / "train.tsv"
    assert f"put the file at {by_hand}" in str(caught.value)
    with pytest.raises(OfflineError, match=rf"put the files .* into {record.parent / 'ar-en'} under the names"):
        hub_files(SOURCE, PATTERN, record)
    by_hand.parent.mkdir(parents=True)
    by_hand.write_bytes(b"by hand")
    assert hub_files(SOURCE, "data/ar/train.tsv", record) == (by_hand,)
    assert not hub.requests


def test_an_incomplete_set_does_not_pass_for_a_whole_one(hub: Server, record: Path) -> None:
    folder = record.parent / "ar-en"
    folder.mkdir(parents=True)
    (folder / "train-00000-of-00002.parquet").write_bytes(b"one of two")
    assert cached_hub_files(SOURCE, PATTERN, record) == ()
    (folder / "train-00001-of-00002.parquet").write_bytes(b"two of two")
    assert len(cached_hub_files(SOURCE, PATTERN, record)) == 2


def test_a_cache_that_the_hub_filled_is_used(hub: Server, record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = hub_files(SOURCE, PATTERN, record)
    record.unlink()
    monkeypatch.setenv("XLT_OFFLINE", "1")
    refs = paths[0].parents[3] / "refs"
    refs.mkdir(exist_ok=True)
    (refs / "main").write_text(COMMIT, encoding="utf-8")
    assert hub_files(SOURCE, PATTERN, record) == paths
    paths[1].unlink()
    with pytest.raises(OfflineError):
        hub_files(SOURCE, PATTERN, record)


def test_what_the_hub_does_not_have(hub: Server, record: Path) -> None:
    with pytest.raises(XltError, match="owner/nothing does not exist at the hub"):
        hub_files(HubSource("owner/nothing", "main", ""), PATTERN, record)
    with pytest.raises(XltError, match="has no file ar-en/dev-"):
        hub_files(SOURCE, "ar-en/dev-*.parquet", record)
    with pytest.raises(XltError, match="has no file xx/train-"):
        hub_files(SOURCE, "xx/train-*.parquet", record)


def test_nobody_answers(hub: Server, record: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(OfflineError, match="cannot be reached"):
        hub_files(SOURCE, PATTERN, record)


def test_a_damaged_record_is_no_obstacle(hub: Server, record: Path) -> None:
    record.parent.mkdir(parents=True)
    record.write_text("{", encoding="utf-8")
    assert len(hub_files(SOURCE, PATTERN, record)) == 2


def test_a_connection_that_is_lost_on_the_way(hub: Server, record: Path) -> None:
    errors = pytest.importorskip("huggingface_hub.errors")
    with pytest.raises(OfflineError, match="cannot be reached"), _explained(SOURCE, PATTERN, record):
        raise errors.LocalEntryNotFoundError("no connection")
    with pytest.raises(XltError, match="wrong length"), _explained(SOURCE, PATTERN, record):
        raise OSError("wrong length")
    with pytest.raises(OSError, match="disk"), _explained(SOURCE, PATTERN, record):
        raise OSError(errno.ENOSPC, "the disk is full")
