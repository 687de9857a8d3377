"""A small HTTP server on loopback, in threads of this process."""

import contextlib
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

# How often the server looks whether it shall end: what leaving the context may take.
_POLL_SECONDS = 0.01


class HttpServer:
    """Answers on a free port from `with` on until that ends; subclasses say what.

    `address` is known from the start; nobody is answered before the context is entered.
    """

    def __init__(self) -> None:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer_get(self)

            def do_POST(self) -> None:
                outer.answer_post(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(_POLL_SECONDS,), daemon=True
        )
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer_get(self, request: BaseHTTPRequestHandler) -> None:
        """Answer a GET; called from a thread of its own."""
        send(request, 404, b"")

    def answer_post(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        """Answer a POST of `content`; called from a thread of its own."""
        send(request, 404, b"")


def send(
    request: BaseHTTPRequestHandler,
    status: int,
    content: bytes,
    headers: Mapping[str, str] | None = None,
) -> None:
    """Send a whole answer, to whom it still may concern."""
    request.send_response(status)
    for name, value in {**(headers or {}), "Content-Length": str(len(content))}.items():
        request.send_header(name, value)
    # A client that timed out is gone by now.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        request.end_headers()
        request.wfile.write(content)
