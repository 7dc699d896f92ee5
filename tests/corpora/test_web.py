"""One request: what the answer says of itself, and which failures may pass."""

import pytest

from tests.corpora.server import Server
from xlt.corpora.web import Broken, OutOfRange, get
from xlt.errors import XltError

BODY = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_a_whole_file(server: Server) -> None:
    with get(server.add("/f", BODY)) as body:
        assert (body.start, body.total, body.validator) == (0, len(BODY), '"v1"')
        assert b"".join(body.chunks(1000)) == BODY


def test_the_rest_of_a_file(server: Server) -> None:
    url = server.add("/f", BODY)
    with get(url, 100, '"v1"') as body:
        assert (body.start, body.total) == (100, len(BODY))
        assert b"".join(body.chunks()) == BODY[100:]
    assert server.ranges("/f") == ["bytes=100-"]
    # Nothing is asked for in parts that cannot be told from another version.
    with get(url, 100) as body:
        assert body.start == 0


def test_a_weak_etag_is_no_name_of_a_version(server: Server) -> None:
    date = "Mon, 06 May 2024 10:00:00 GMT"
    with get(server.add("/f", BODY, etag='W/"v1"', headers={"Last-Modified": date})) as body:
        assert body.validator == date
    with get(server.add("/g", BODY, etag=None)) as body:
        assert body.validator is None


def test_beyond_the_end(server: Server) -> None:
    url = server.add("/f", BODY)
    with pytest.raises(OutOfRange), get(url, len(BODY), '"v1"'):
        pass


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_may_pass(server: Server, status: int) -> None:
    with pytest.raises(Broken, match=f"HTTP status {status}") as error, get(server.add("/f", BODY, statuses=[status])):
        pass
    assert error.value.reached


def test_nobody_there() -> None:
    with pytest.raises(Broken) as error, get("http://127.0.0.1:9/f"):
        pass
    assert not error.value.reached


@pytest.mark.parametrize(
    ("status", "message"), [(404, "does not exist"), (410, "does not exist"), (403, "cannot be downloaded")]
)
def test_what_will_not_pass(server: Server, status: int, message: str) -> None:
    with pytest.raises(XltError, match=message), get(server.add("/f", BODY, statuses=[status])):
        pass


def test_a_connection_that_breaks_off(server: Server) -> None:
    with get(server.add("/f", BODY, breaks=[1000])) as body, pytest.raises(Broken):
        # Either the library notices, or the length does not fit what came.
        if len(b"".join(body.chunks())) < len(BODY):
            raise Broken("cut off")
