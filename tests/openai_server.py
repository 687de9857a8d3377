"""A server on loopback that speaks OpenAI's chat and embedding protocols, with faults on demand."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from kgpipe.backends.fake import FakeEmbedder
from kgpipe.bench.http_server import HttpServer, send

# A rule of thumb; what is longer than `max_tokens` allows is cut off.
CHARS_PER_TOKEN = 4
Answer = Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Step:
    """How the server treats one request; the default is the server's normal answer."""

    text: str | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    # OpenAI's error body: {"message", "code", "param"}.
    error: dict[str, Any] = field(default_factory=dict)
    delay_seconds: float = 0.0
    finish_reason: str = "stop"
    # The bytes of the reply instead of a completion.
    body: bytes | None = None
    hang_up: bool = False


class OpenAiServer(HttpServer):
    """Answers chat completions with `answer(body)`, once the scripted `steps` are used up.

    `refuses` lists the response formats ("json_schema", "json_object") that it answers with 400,
    "logprobs" and "tools"; `first_token` are the log-probabilities that it gives where they are
    asked for; where a function must be called, the answer comes as its arguments;
    `fixed_temperature` does that for requests that set one. `bodies` records what was asked.
    """

    def __init__(
        self,
        answer: Answer = lambda body: '{"triples": []}',
        *,
        steps: Sequence[Step] = (),
        refuses: Sequence[str] = (),
        fixed_temperature: bool = False,
        first_token: dict[str, float] | None = None,
    ) -> None:
        super().__init__()
        self.base_url = f"{self.address}/v1"
        self.answer = answer
        self.refuses = tuple(refuses)
        self.fixed_temperature = fixed_temperature
        self.first_token = first_token
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.steps = deque(steps)
        self._lock = threading.Lock()

    def answer_get(self, request: BaseHTTPRequestHandler) -> None:
        """List the models."""
        write(request, 200, {"object": "list", "data": [{"id": "fake", "object": "model"}]})

    def answer_post(self, request: BaseHTTPRequestHandler, content: bytes) -> None:
        """Complete a chat, or embed texts by their trigrams."""
        body = json.loads(content)
        with self._lock:
            self.bodies.append(body)
            self.keys.append(request.headers.get("Authorization", ""))
            step = self.steps.popleft() if self.steps else Step()
        if step.status == 200 and (refusal := self._refusal(body)):
            step = refusal
        time.sleep(step.delay_seconds)
        if step.hang_up:
            request.close_connection = True
            return
        if step.status != 200:
            write(request, step.status, {"error": step.error}, step.headers)
            return
        if request.path.endswith("/embeddings"):
            write(request, 200, embeddings(body), step.headers)
            return
        text = self.answer(body) if step.text is None else step.text
        reply = step.body if step.body is not None else completion(body, text, step)
        if isinstance(reply, dict) and body.get("logprobs") and self.first_token:
            reply["choices"][0]["logprobs"] = {"content": [token_of(self.first_token)]}
        write(request, 200, reply, step.headers)

    def _refusal(self, body: dict[str, Any]) -> Step | None:
        kind = body.get("response_format", {}).get("type")
        if "tools" in body and "tools" in self.refuses:
            return Step(status=400, error={"message": "tools?", "param": "tools"})
        if kind in self.refuses:
            return Step(status=400, error={"message": f"{kind}?", "param": "response_format"})
        if body.get("logprobs") and "logprobs" in self.refuses:
            return Step(status=400, error={"message": "logprobs?", "param": "logprobs"})
        if self.fixed_temperature and "temperature" in body:
            return Step(status=400, error={"message": "temperature?", "param": "temperature"})
        return None


def embeddings(body: dict[str, Any]) -> dict[str, Any]:
    vectors = FakeEmbedder().embed(body["input"]).tolist()
    # Not of length 1, as some models' are not.
    rows = [
        {"object": "embedding", "index": row, "embedding": [3 * value for value in vector]}
        for row, vector in enumerate(vectors)
    ]
    usage = {"prompt_tokens": len(rows), "total_tokens": len(rows)}
    return {"object": "list", "model": body["model"], "data": rows, "usage": usage}


def completion(body: dict[str, Any], text: str, step: Step) -> dict[str, Any]:
    finish_reason = step.finish_reason
    room = CHARS_PER_TOKEN * body.get("max_tokens", len(text))
    if len(text) > room:
        text, finish_reason = text[:room], "length"
    asked = sum(len(message["content"].split()) for message in body["messages"])
    written = len(text.split())
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if "tool_choice" in body:
        function = {"name": body["tool_choice"]["function"]["name"], "arguments": text}
        call = {"id": "call-1", "type": "function", "function": function}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": written,
            "total_tokens": asked + written,
        },
    }


def token_of(candidates: dict[str, float]) -> dict[str, Any]:
    listed = [{"token": token, "logprob": value, "bytes": None}
              for token, value in candidates.items()]  # fmt: skip
    return {**listed[0], "top_logprobs": listed}


def write(
    request: BaseHTTPRequestHandler,
    status: int,
    content: dict[str, Any] | bytes,
    headers: dict[str, str] | None = None,
) -> None:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    send(request, status, data, {"Content-Type": "application/json", **(headers or {})})
