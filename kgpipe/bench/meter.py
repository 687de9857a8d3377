"""A proxy before a model server that holds every system to the same terms and counts what it used.

Systems differ in how they ask (temperature, completion cap, retries of their own) and in what they
report. Here all of them speak to one address: the proxy sets what shall be equal, passes the rest
on as it came, and adds up the server's own token counts.
"""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

import httpx

# A 1.5B model on one busy core writes its whole context in less.
_LONGEST_REPLY_SECONDS = 3600.0


@dataclass
class Usage:
    """What was asked of the server: calls, tokens by its own count, replies that hit the cap."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cut_off: int = 0
    refused: int = 0


class Meter:
    """Forwards OpenAI's chat protocol to `upstream` and counts; a context manager.

    `terms` overrides fields of each request, such as {"temperature": 0}; `most_tokens` lowers a
    completion cap that is higher, or missing.
    """

    def __init__(self, upstream: str, *, most_tokens: int, terms: dict[str, Any]) -> None:
        self.usage = Usage()
        self._lock = threading.Lock()
        self._client = httpx.Client(timeout=_LONGEST_REPLY_SECONDS, trust_env=False)
        meter = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                _answer(self, meter._client.get(f"{upstream}{self.path}"))

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                body = body | terms
                asked = [body.pop(name, None) for name in ("max_tokens", "max_completion_tokens")]
                body["max_tokens"] = min(filter(None, (*asked, most_tokens)))
                try:
                    reply = meter._client.post(f"{upstream}{self.path}", json=body)
                except httpx.TransportError as error:
                    # The system then sees a failed call instead of a connection that breaks off.
                    reply = httpx.Response(502, json={"error": {"message": str(error)}})
                meter._count(reply)
                _answer(self, reply)

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> "Meter":
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
        self._client.close()

    def _count(self, reply: httpx.Response) -> None:
        with self._lock:
            self.usage.calls += 1
            if reply.status_code != 200:
                self.usage.refused += 1
                return
            content = reply.json()
            used = content.get("usage") or {}
            self.usage.prompt_tokens += used.get("prompt_tokens", 0)
            self.usage.completion_tokens += used.get("completion_tokens", 0)
            ends = [choice.get("finish_reason") for choice in content.get("choices", ())]
            self.usage.cut_off += ends.count("length")


def _answer(request: BaseHTTPRequestHandler, reply: httpx.Response) -> None:
    request.send_response(reply.status_code)
    request.send_header("Content-Type", reply.headers.get("Content-Type", "application/json"))
    request.send_header("Content-Length", str(len(reply.content)))
    request.end_headers()
    request.wfile.write(reply.content)
