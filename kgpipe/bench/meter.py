"""A proxy before a model server that holds every system to the same terms and counts what it used.

Systems differ in how they ask (temperature, completion cap, retries of their own) and in what they
report. Here all of them speak to one address: the proxy sets what shall be equal, passes the rest
on as it came, and adds up the server's own token counts.
"""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

import httpx

from kgpipe.bench.http_server import HttpServer, send

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


class Meter(HttpServer):
    """Forwards OpenAI's chat protocol to `upstream` and counts; a context manager.

    `terms` overrides fields of each request, such as {"temperature": 0}; `most_tokens` lowers a
    completion cap that is higher, or missing.
    """

    def __init__(self, upstream: str, *, most_tokens: int, terms: dict[str, Any]) -> None:
        super().__init__()
        self.usage = Usage()
        self.base_url = f"{self.address}/v1"
        self._most_tokens = most_tokens
        self._terms = terms
        self._lock = threading.Lock()
        self._client = httpx.Client(
            base_url=upstream, timeout=_LONGEST_REPLY_SECONDS, trust_env=False
        )

    def __exit__(self, *error: Any) -> None:
        super().__exit__(*error)
        self._client.close()

    def answer_get(self, request: BaseHTTPRequestHandler) -> None:
        """Pass on."""
        _pass_on(self._client.get(request.path), request)

    def answer_post(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        """Pass on, on our terms, and count."""
        body = json.loads(content) | self._terms
        asked = [body.pop(name, None) for name in ("max_tokens", "max_completion_tokens")]
        body["max_tokens"] = min(filter(None, (*asked, self._most_tokens)))
        try:
            reply = self._client.post(request.path, json=body)
        except httpx.TransportError as error:
            # The system then sees a failed call instead of a connection that breaks off.
            reply = httpx.Response(502, json={"error": {"message": str(error)}})
        self._count(reply)
        _pass_on(reply, request)

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


def _pass_on(reply: httpx.Response, request: BaseHTTPRequestHandler) -> None:
    kind = reply.headers.get("Content-Type", "application/json")
    send(request, reply.status_code, reply.content, {"Content-Type": kind})
