"""A web site on loopback: pages by path, redirects, slow and endless answers."""

import contextlib
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from kgpipe.bench.http_server import HttpServer, send


@dataclass(frozen=True)
class Answer:
    """What one path answers; `parts` are sent one by one with a pause between them."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    parts: tuple[bytes, ...] = ()
    pause_seconds: float = 0.0


class WebSite(HttpServer):
    """`pages` may be changed while it runs; `requests` lists (Host header, path)."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: dict[str, Answer] = {}
        self.requests: list[tuple[str, str]] = []
        self.url = self.address
        self.port = int(self.address.rpartition(":")[2])

    def answer_get(self, request: BaseHTTPRequestHandler) -> None:
        self.requests.append((request.headers["Host"], request.path))
        answer = self.pages.get(request.path, Answer(b"no", 404))
        if not answer.parts:
            send(request, answer.status, answer.body, answer.headers)
            return
        request.send_response(answer.status)
        # A client that has given up is gone by now.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            request.end_headers()
            for part in answer.parts:
                request.wfile.write(part)
                request.wfile.flush()
                time.sleep(answer.pause_seconds)
