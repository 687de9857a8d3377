"""A web site on loopback: pages by path, redirects, slow and endless answers."""

import contextlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What one path answers; `parts` are sent one by one with a pause between them."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    parts: tuple[bytes, ...] = ()
    pause_seconds: float = 0.0


class WebSite:
    """`pages` may be changed while it runs; `requests` lists (Host header, path)."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.requests: list[tuple[str, str]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.requests.append((self.headers["Host"], self.path))
                # A client that has given up is gone by now.
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    outer.send(self, outer.pages.get(self.path, Answer(b"no", 404)))

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def send(self, request: BaseHTTPRequestHandler, answer: Answer) -> None:
        request.send_response(answer.status)
        for name, value in answer.headers.items():
            request.send_header(name, value)
        if not answer.parts:
            request.send_header("Content-Length", str(len(answer.body)))
        request.end_headers()
        for part in answer.parts or (answer.body,):
            request.wfile.write(part)
            request.wfile.flush()
            time.sleep(answer.pause_seconds)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextlib.contextmanager
def serve_site() -> Iterator[WebSite]:
    site = WebSite()
    site.start()
    try:
        yield site
    finally:
        site.stop()
