import hashlib
import io
import os
import time
import urllib.request
from functools import partial
from http.client import HTTPMessage
from pathlib import Path

import pytest

from tests.corpora.server import Server
from xlt.corpora.fetch import Patience, read_record, record_path
from xlt.corpora.fetch import fetch_url as fetch_patiently
from xlt.corpora.web import Pace, _Redirects
from xlt.errors import OfflineError, XltError
from xlt.files.places import cache_folder, offline_reason

BODY = bytes(range(256)) * 4000
SHA256 = hashlib.sha256(BODY).hexdigest()
# Without a pause before a new try.
fetch_url = partial(fetch_patiently, waits=(0.0, 0.0, 0.0))


@pytest.fixture
def path(cache: Path) -> Path:
    return cache / "some" / "file.bin"


def leftovers(path: Path) -> set[str]:
    """What lies beside the file, locks apart."""
    return {p.name for p in path.parent.iterdir() if not p.name.endswith(".lock")} - {path.name, record_path(path).name}


def test_a_file_is_downloaded_once_and_recorded(server: Server, path: Path) -> None:
    url, seen = server.add("/f", BODY), list[tuple[int, int | None]]()
    assert fetch_url(url, path, progress=lambda done, total: seen.append((done, total))) == path
    assert path.read_bytes() == BODY
    assert seen[-1] == (len(BODY), len(BODY))
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    record = read_record(path)
    assert record is not None
    assert (record.url, record.sha256, record.size) == (url, SHA256, len(BODY))
    fetch_url(url, path)
    assert len(server.requests) == 1
    assert not leftovers(path)


def test_what_broke_off_is_taken_up_where_it_broke_off(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, breaks=[100_000, 50_000])
    fetch_url(url, path)
    assert path.read_bytes() == BODY
    assert server.ranges("/f") == [None, "bytes=100000-", "bytes=150000-"]


def test_many_pieces_are_no_reason_to_give_up(server: Server, path: Path) -> None:
    fetch_url(server.add("/f", BODY, breaks=[60_000] * 12), path)
    assert path.read_bytes() == BODY


def test_a_later_run_goes_on(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, breaks=[100_000, 0, 0, 0, 0])
    with pytest.raises(XltError, match="could not be downloaded whole"):
        fetch_url(url, path)
    assert not path.exists()
    fetch_url(url, path)
    assert path.read_bytes() == BODY
    assert server.ranges("/f")[-1] == "bytes=100000-"


def test_a_server_without_ranges_starts_over(server: Server, path: Path) -> None:
    fetch_url(server.add("/f", BODY, breaks=[100_000], ranges=False), path)
    assert path.read_bytes() == BODY
    assert server.ranges("/f") == [None, "bytes=100000-"]


def test_without_an_etag_nothing_is_pieced_together(server: Server, path: Path) -> None:
    fetch_url(server.add("/f", BODY, breaks=[100_000], etag=None), path)
    assert path.read_bytes() == BODY
    assert server.ranges("/f") == [None, None]


def test_a_weak_etag_does_not_count_but_the_date_does(server: Server, path: Path) -> None:
    date = {"Last-Modified": "Mon, 06 May 2024 10:00:00 GMT"}
    fetch_url(server.add("/f", BODY, breaks=[100_000], etag='W/"v1"', headers=date), path)
    assert path.read_bytes() == BODY


def test_a_file_that_changes_between_two_requests_is_not_mixed(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, breaks=[100_000, 0, 0, 0, 0])
    with pytest.raises(XltError):
        fetch_url(url, path)
    changed = BODY[::-1]
    server.add("/f", changed, etag='"v2"')
    fetch_url(url, path)
    assert path.read_bytes() == changed


def test_a_server_that_ignores_if_range_is_seen_through(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, breaks=[100_000, 0, 0, 0, 0])
    with pytest.raises(XltError):
        fetch_url(url, path)
    changed = BODY[::-1] + b"more"
    server.add("/f", changed, etag='"v1"')  # the same name for other bytes: the length gives it away
    fetch_url(url, path)
    assert path.read_bytes() == changed


def test_a_length_that_is_too_long_is_refused_in_the_end(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, claims=len(BODY) + 10)
    with pytest.raises(XltError, match=r"could not be downloaded whole .*put it by hand at"):
        fetch_url(url, path)
    assert not path.exists()


def test_a_length_that_is_too_short_fails_the_checksum(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, claims=len(BODY) - 10)
    with pytest.raises(XltError, match="is not the expected file"):
        fetch_url(url, path, sha256=SHA256)
    assert not path.exists()
    assert not leftovers(path)


def test_a_wrong_file_is_refused(server: Server, path: Path) -> None:
    url = server.add("/f", b"something else")
    with pytest.raises(XltError, match=f"the manifest says {SHA256}"):
        fetch_url(url, path, sha256=SHA256)
    assert not path.exists()
    assert not leftovers(path)
    server.add("/f", BODY)
    assert fetch_url(url, path, sha256=SHA256).read_bytes() == BODY


def test_the_first_download_is_held_to(server: Server, path: Path) -> None:
    url = server.add("/f", BODY)
    fetch_url(url, path)
    path.unlink()
    server.add("/f", b"a new version")
    with pytest.raises(XltError, match="not the file that was downloaded first"):
        fetch_url(url, path)
    assert not path.exists()
    record_path(path).unlink()
    assert fetch_url(url, path).read_bytes() == b"a new version"


def test_a_file_that_was_changed_on_disk_is_noticed(server: Server, path: Path) -> None:
    url = server.add("/f", BODY)
    fetch_url(url, path)
    os.utime(path)  # only touched: hashed again, and accepted
    fetch_url(url, path)
    path.write_bytes(BODY + b"x")
    with pytest.raises(XltError, match="not the file that was downloaded first"):
        fetch_url(url, path)


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_server_that_recovers(server: Server, path: Path, status: int) -> None:
    fetch_url(server.add("/f", BODY, statuses=[status, status]), path)
    assert path.read_bytes() == BODY


def test_a_server_that_does_not_recover(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, statuses=[500] * 20)
    with pytest.raises(XltError, match="HTTP status 500"):
        fetch_url(url, path)
    assert len(server.requests) == 4


def test_what_is_not_there_is_not_asked_for_again(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, statuses=[404])
    with pytest.raises(XltError, match=r"/f does not exist \(HTTP status 404\)"):
        fetch_url(url, path)
    assert len(server.requests) == 1
    fetch_url(url, path)
    with pytest.raises(XltError, match="HTTP status 403"):
        fetch_url(server.add("/g", b"", statuses=[403]), path.with_name("g"))


def test_nobody_answers(path: Path) -> None:
    with pytest.raises(OfflineError, match=r"cannot be reached .*put it by hand at .*file\.bin"):
        fetch_url("http://127.0.0.1:9/f", path)


@pytest.mark.parametrize("variable", ["XLT_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline_says_where_to_put_the_file_and_takes_it(
    server: Server, path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    assert offline_reason() == f"{variable}=1"
    url = server.add("/f", BODY)
    with pytest.raises(OfflineError) as caught:
        fetch_url(url, path)
    assert f"put {url} at {path}" in str(caught.value)
    path.parent.mkdir(parents=True)
    path.write_bytes(BODY)
    assert fetch_url(url, path, sha256=SHA256) == path
    record = read_record(path)
    assert record is not None
    assert record.url is None
    assert not server.requests


def test_a_wrong_file_put_by_hand_is_refused(server: Server, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not it")
    with pytest.raises(XltError, match="is not the expected file"):
        fetch_url(server.add("/f", BODY), path, sha256=SHA256)
    assert path.exists()


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/f", "data:,x", "/etc/passwd"])
def test_other_schemes_are_refused(path: Path, url: str) -> None:
    with pytest.raises(XltError, match="only http and https"):
        fetch_url(url, path)


def test_redirects_are_followed_but_not_out_of_http(server: Server, path: Path) -> None:
    target = server.add("/f", BODY)
    good = server.add("/good", b"", redirect=True, headers={"Location": target})
    bad = server.add("/bad", b"", redirect=True, headers={"Location": "file:///etc/passwd"})
    assert fetch_url(good, path).read_bytes() == BODY
    with pytest.raises(XltError, match="cannot be downloaded"):
        fetch_url(bad, path.with_name("other"))


def test_a_redirect_does_not_give_up_encryption() -> None:
    request, headers = urllib.request.Request("https://127.0.0.1/f"), HTTPMessage()
    with pytest.raises(XltError, match=r"redirects to http:.*get the file by hand"):
        _Redirects().redirect_request(request, io.BytesIO(), 302, "Found", headers, "http://127.0.0.1/f")


def test_an_encoding_that_was_not_asked_for(server: Server, path: Path) -> None:
    with pytest.raises(XltError, match="encoding gzip"):
        fetch_url(server.add("/f", BODY, headers={"Content-Encoding": "gzip"}), path)


def test_the_place_of_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XLT_CACHE", str(tmp_path / "a"))
    assert cache_folder() == tmp_path / "a"
    monkeypatch.delenv("XLT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert cache_folder() == tmp_path / "b" / "xlt"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "xlt"


def test_killed_before_the_rename_needs_no_second_download(server: Server, path: Path) -> None:
    url = server.add("/f", BODY, breaks=[len(BODY) - 1, 0, 0, 0, 0])
    with pytest.raises(XltError):
        fetch_url(url, path)
    part = path.with_name(".file.bin.part")
    part.write_bytes(BODY)
    before = len(server.requests)
    assert fetch_url(url, path).read_bytes() == BODY
    assert len(server.requests) == before


def test_a_part_of_unknown_origin_is_thrown_away(server: Server, path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.with_name(".file.bin.part").write_bytes(b"who knows")
    assert fetch_url(server.add("/f", BODY), path).read_bytes() == BODY


# Of a server that is as slow as a test can wait for.
HASTY = Patience(for_an_answer=0.3, in_all=0.5, pace=Pace(least=1000, seconds=0.4))


@pytest.mark.parametrize(
    ("how", "error", "reason"),
    [
        ({"drip": 0}, OfflineError, "cannot be reached"),
        ({"drip": 1}, XltError, "(cannot be reached|could not be downloaded whole)"),
        ({"drip": 5, "slow_body": True}, XltError, r"could not be downloaded whole \(only \d+ bytes came in"),
    ],
)
def test_a_server_is_not_waited_for_without_end(
    server: Server, path: Path, how: dict[str, object], error: type[XltError], reason: str
) -> None:
    start = time.monotonic()
    with pytest.raises(error, match=rf"/f {reason}.*put it by hand at {path}"):
        fetch_url(server.add("/f", BODY, **how), path, patience=HASTY)
    assert time.monotonic() - start < 6
    assert not path.exists()


def test_a_small_file_may_come_slowly(server: Server, path: Path) -> None:
    fetch_url(server.add("/f", b"x" * 20, drip=10, slow_body=True), path, patience=HASTY)
    assert path.read_bytes() == b"x" * 20


def test_what_the_server_does_not_have_may_be_put_there_by_hand(server: Server, path: Path) -> None:
    with pytest.raises(XltError, match=rf"/f does not exist .*; or put the file by hand at {path}$"):
        fetch_url(f"{server.url}/f", path)
