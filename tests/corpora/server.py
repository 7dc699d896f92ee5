"""A small HTTP server on the loopback interface that misbehaves as it is told."""

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


@dataclass
class Page:
    """What a path serves, and how.

    Attributes:
        etag: None: not sent.
        ranges: whether ranges are honoured.
        breaks: the first requests end after so many bytes of their body, one entry a request.
        claims: the Content-Length that is claimed, None for the truth.
        statuses: the first requests are answered by these.
        pause: seconds to wait after the first half of the body.
        headers: further headers.
        drip: bytes of the answer that come in a tenth of a second, of the head, too; None for all at once, 0 for none.
        slow_body: whether the head comes at once all the same.
        redirect: answer with status 302 to the header ``Location``.
    """

    body: bytes
    etag: str | None = '"v1"'
    ranges: bool = True
    breaks: list[int] = field(default_factory=list)
    claims: int | None = None
    statuses: list[int] = field(default_factory=list)
    pause: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    redirect: bool = False
    drip: int | None = None
    slow_body: bool = False


@dataclass
class Server:
    """The pages by path, and the requests so far as (method, path, Range header)."""

    url: str
    pages: dict[str, Page] = field(default_factory=dict)
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)

    def ranges(self, path: str) -> list[str | None]:
        """The Range headers of the requests for ``path``."""
        return [span for method, asked, span in self.requests if asked == path and method == "GET"]

    def add(self, path: str, body: bytes | object, **how: object) -> str:
        """Serve ``body`` (bytes, or something to send as JSON) at ``path``; its address."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.pages[path] = Page(data, **how)  # type: ignore[arg-type]
        return self.url + path


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            span = self.headers.get("Range")
            server.requests.append((self.command, path, span))
            page = server.pages.get(path)
            if page is None:
                what = "Entry" if "/tree/" in path else "Repo"
                return self._empty(404, {"X-Error-Code": f"{what}NotFound"})  # as the hub says it
            if page.drip is not None:
                return self._drip(page)
            if page.statuses:
                return self._empty(page.statuses.pop(0))
            if page.redirect:
                return self._empty(302, page.headers)
            start = self._start(page, span)
            if start and start >= len(page.body):
                return self._empty(416, {"Content-Range": f"bytes */{len(page.body)}"})
            self._send(page, start, with_body)
            return None

        def _drip(self, page: Page) -> None:
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(page.body)}\r\n\r\n".encode()
            slowly = page.body if page.slow_body else head + page.body
            if page.slow_body:
                self.wfile.write(head)
            for start in range(0, len(slowly) if page.drip else 10**6, page.drip or 1):
                self.wfile.write(slowly[start : start + (page.drip or 0)])
                self.wfile.flush()
                time.sleep(0.1)

        def _start(self, page: Page, span: str | None) -> int:
            fresh = self.headers.get("If-Range") in (None, page.etag)
            if not (span and page.ranges and fresh):
                return 0
            return int(span.removeprefix("bytes=").split("-")[0])

        def _send(self, page: Page, start: int, with_body: bool) -> None:
            body = page.body[start:]
            self.send_response(206 if start else 200)
            if start:
                self.send_header("Content-Range", f"bytes {start}-{len(page.body) - 1}/{len(page.body)}")
            if page.etag:
                self.send_header("ETag", page.etag)
            for name, value in page.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body) if page.claims is None else page.claims))
            self.end_headers()
            if not with_body:
                return
            if page.breaks:
                body = body[: page.breaks.pop(0)]
            half = len(body) // 2 if page.pause else 0
            self.wfile.write(body[:half])
            self.wfile.flush()
            time.sleep(page.pause)
            self.wfile.write(body[half:])

        def _empty(self, status: int, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

    return Handler


@contextmanager
def running_server() -> Iterator[Server]:
    """A server for the time of the block."""
    server = Server("")
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server))
    http.daemon_threads = True
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


COMMIT = "0123456789abcdef0123456789abcdef01234567"


def add_data_set(server: Server, repo: str, files: dict[str, bytes], revision: str = "main") -> None:
    """Make ``server`` look like a hub that holds the data set ``repo``; it serves each folder's own listing."""
    api = f"/api/datasets/{repo}"
    info = {"_id": "1", "id": repo, "sha": COMMIT, "siblings": [{"rfilename": name} for name in files]}
    for name in (revision, COMMIT):
        server.add(f"{api}/revision/{name}", info)
    server.add(api, info)
    folders: dict[str, list[dict[str, object]]] = {"": []}
    headers = {"X-Repo-Commit": COMMIT}
    for name, body in files.items():
        digest = hashlib.sha1(body, usedforsecurity=False).hexdigest()
        folders.setdefault(name.rpartition("/")[0], []).append(
            {"type": "file", "oid": digest, "size": len(body), "path": name}
        )
        server.add(f"/datasets/{repo}/resolve/{COMMIT}/{name}", body, etag=f'"{digest}"', headers=headers)
    for folder, entries in folders.items():
        server.add(f"{api}/tree/{COMMIT}" + (f"/{folder}" if folder else ""), entries)
