"""One HTTP request for a file or for the rest of it, with the standard library."""

import http.client
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPMessage
from typing import IO, Any

from xlt import __version__
from xlt.errors import XltError

# Seconds in which a server has to begin to answer, and in which a piece has to come.
TIMEOUT = 20.0
SCHEMES = ("https://", "http://")
_PASSING = {408, 425, 429, 500, 502, 503, 504}


class Broken(Exception):  # noqa: N818 - a reason to try again, not an error of the program
    """The transfer failed in a way that may pass: whether a server answered at all, and so slowly that none waits."""

    def __init__(self, reason: str, reached: bool = True, slow: bool = False) -> None:
        super().__init__(reason)
        self.reached, self.slow = reached, slow


@dataclass(frozen=True)
class Pace:
    """The slowest that an answer may be: so many bytes in so many seconds, a modem's pace."""

    least: int = 30_000
    seconds: float = 30.0


PACE = Pace()


class OutOfRange(Exception):  # noqa: N818 - see above
    """The server has nothing after the asked position (416); ``total`` is the length it states, if any."""

    def __init__(self, total: int | None) -> None:
        super().__init__("requested range not satisfiable")
        self.total = total


@dataclass(frozen=True)
class Body:
    """An answer: the stream, where in the file it starts, how long the whole file is (None: not told), and what
    identifies this version of the file (a strong ETag, else the time of its last change, else None)."""

    stream: http.client.HTTPResponse
    start: int
    total: int | None
    validator: str | None

    def chunks(self, size: int = 1 << 18, pace: Pace = PACE) -> Iterator[bytes]:
        """The bytes of the answer, as they come.

        Raises:
            Broken: the connection broke off, or less came than the pace asks for.
        """
        since, received = time.monotonic(), 0
        while True:
            try:
                chunk = self.stream.read1(size)
            except (OSError, http.client.HTTPException) as error:
                raise Broken(_reason(error)) from error
            if not chunk:
                return
            yield chunk
            received += len(chunk)
            now = time.monotonic()
            if now - since >= pace.seconds:
                if received < pace.least:
                    raise Broken(f"only {received:,} bytes came in {now - since:.0f} seconds", slow=True)
                since, received = now, 0


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if not newurl.startswith("https://" if req.full_url.startswith("https://") else SCHEMES):
            raise XltError(f"{req.full_url} redirects to {newurl}, which xlt does not follow; get the file by hand")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(connections: list[http.client.HTTPConnection]) -> urllib.request.OpenerDirector:
    # Not build_opener: it would bring file:, ftp: and data: along. Connections are kept, so that they can be ended.
    def kept(kind: type[http.client.HTTPConnection]) -> Callable[..., http.client.HTTPConnection]:
        def connect(*args: Any, **kwargs: Any) -> http.client.HTTPConnection:
            connections.append(kind(*args, **kwargs))
            return connections[-1]

        return connect

    class KeptHttp(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(kept(http.client.HTTPConnection), req)

    class KeptHttps(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(kept(http.client.HTTPSConnection), req)

    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        KeptHttp(),
        KeptHttps(),
        urllib.request.HTTPDefaultErrorHandler(),
        _Redirects(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener


@contextmanager
def get(url: str, start: int = 0, validator: str | None = None, timeout: float = TIMEOUT) -> Iterator[Body]:
    """Ask for ``url`` from byte ``start`` on, if it is still the version ``validator``; the server may start at 0.

    Raises:
        Broken: something that may pass.
        OutOfRange: the server has nothing from ``start`` on.
        XltError: something that will not pass, such as a file that is not there.
    """
    request = urllib.request.Request(url, headers={"User-Agent": f"xlt/{__version__}", "Accept-Encoding": "identity"})
    if start and validator:
        request.add_header("Range", f"bytes={start}-")
        request.add_header("If-Range", validator)
    connections: list[http.client.HTTPConnection] = []
    # A line of the head may come a byte at a time, each in time: all of it has one limit.
    limit = threading.Timer(2 * timeout, _end, (connections,))
    limit.daemon = True
    limit.start()
    try:
        response = _opener(connections).open(request, timeout=timeout)
    except urllib.error.HTTPError as error:
        with error:
            raise _http_error(url, error) from error
    except (OSError, http.client.HTTPException) as error:  # URLError is an OSError
        raise Broken(_reason(error), reached=isinstance(error, http.client.HTTPException)) from error
    finally:
        limit.cancel()
    with response:
        yield _body(url, response, response.status, response.headers)


def _end(connections: list[http.client.HTTPConnection]) -> None:
    for connection in connections:
        if connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)


def _http_error(url: str, error: urllib.error.HTTPError) -> Exception:
    if error.code == 416:
        total = (error.headers.get("Content-Range") or "").rpartition("/")[2]
        return OutOfRange(int(total) if total.isdecimal() else None)
    if error.code in _PASSING:
        return Broken(f"HTTP status {error.code}")
    if error.code in (404, 410):
        return XltError(
            f"{url} does not exist (HTTP status {error.code}); these languages may not be there, or it was moved: "
            f"'xlt data show' names the homepage"
        )
    return XltError(f"{url} cannot be downloaded (HTTP status {error.code} {error.reason})")


def _body(url: str, stream: http.client.HTTPResponse, status: int, headers: HTTPMessage) -> Body:
    encoding = headers.get("Content-Encoding", "identity")
    if encoding != "identity":
        raise XltError(f"{url} comes in the encoding {encoding}, which was not asked for; get the file by hand")
    etag = headers.get("ETag")
    validator = etag if etag and not etag.startswith("W/") else headers.get("Last-Modified")
    if status == 206:
        unit, _, rest = headers.get("Content-Range", "").partition(" ")
        span, _, total = rest.partition("/")
        first = span.partition("-")[0]
        if unit != "bytes" or not first.isdecimal():
            raise Broken("a partial answer that does not say which part it is")
        return Body(stream, int(first), int(total) if total.isdecimal() else None, validator)
    length = headers.get("Content-Length") or ""
    return Body(stream, 0, int(length) if length.isdecimal() else None, validator)


def _reason(error: Exception) -> str:
    inner = getattr(error, "reason", None)
    return str(inner or error) or type(error).__name__
