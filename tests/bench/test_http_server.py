from http.server import BaseHTTPRequestHandler

import httpx
import pytest

from kgpipe.bench.http_server import HttpServer, send


class Echo(HttpServer):
    """Sends back what it is sent."""

    def answer_post(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        send(request, 201, content, {"X-Path": request.path})


def test_it_answers_as_its_subclass_says_and_is_gone_afterwards() -> None:
    with Echo() as server, httpx.Client(base_url=server.address, trust_env=False) as client:
        reply = client.post("/a", content=b"b")
        assert (reply.status_code, reply.content, reply.headers["X-Path"]) == (201, b"b", "/a")
        assert client.get("/a").status_code == 404
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.address, trust_env=False)
