"""The lines of OpenAI's Batch API: requests as JSON Lines, and the reader of what comes back.

Format: OpenAI API reference, "Batch", the request input object and the request output object.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from kgpipe.backends.chat_client import response_format
from kgpipe.backends.chat_faults import REFUSED
from kgpipe.backends.prices import BATCH_SHARE, Price, cost_of
from kgpipe.calls import ChatReply, ChatRequest

ENDPOINT: Final = "/v1/chat/completions"
# "can include up to 50,000 requests, and can be up to 200 MB in size" (OpenAI, Batch API guide).
MAX_LINES = 50_000
MAX_BYTES = 200_000_000
# How the detail of a line that was refused for its temperature begins.
TEMPERATURE = "temperature: "


@dataclass(frozen=True)
class Returned:
    """A line that came back: a reply, or what was said instead of one.

    `is_refused`: the request itself is at fault, so that sending it again would not help.
    """

    key: str
    reply: ChatReply | None
    detail: str = ""
    is_refused: bool = False


def write_line(
    key: str, request: ChatRequest, *, model: str, own_server: bool, with_temperature: bool
) -> bytes:
    """One request as a line.

    Args:
        key: of its reply; comes back with it.
        request: what is asked.
        model: the provider's own name of the model.
        own_server: whether an imitation of OpenAI's server reads it.
        with_temperature: False for a model that accepts no temperature.
    """
    form = "strict_schema" if request.output_schema else "text"
    body: dict[str, Any] = {
        "model": model,
        "messages": [message.model_dump() for message in request.messages],
        "max_tokens" if own_server else "max_completion_tokens": request.max_tokens,
        **response_format(request, form),
    }
    if with_temperature:
        body["temperature"] = request.temperature
    line = {"custom_id": key, "method": "POST", "url": ENDPOINT, "body": body}
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def split_lines(
    lines: Mapping[str, bytes], *, max_lines: int = MAX_LINES, max_bytes: int = MAX_BYTES
) -> Iterator[list[str]]:
    """Cut lines into batches within the provider's limits; yields their keys, in order."""
    keys: list[str] = []
    size = 0
    for key, line in lines.items():
        if keys and (len(keys) == max_lines or size + len(line) > max_bytes):
            yield keys
            keys, size = [], 0
        keys.append(key)
        size += len(line)
    if keys:
        yield keys


def read_lines(content: Iterable[str], *, price: Price | None) -> Iterator[Returned]:
    """Read an output or error file, at half the price; what cannot be read is left out.

    A line left out is one that did not come back, which is sent again.
    """
    for text in content:
        try:
            line = json.loads(text)
            yield _read_line(line, price)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            continue


def _read_line(line: dict[str, Any], price: Price | None) -> Returned:
    key = str(line["custom_id"])
    response = line.get("response") or {}
    body = response.get("body") or {}
    if response.get("status_code") == 200:
        return Returned(key, _read_reply(body, price))
    error = line.get("error") or body.get("error") or {}
    said = str(error.get("message") or error.get("code") or "no reply")
    if response.get("status_code") not in REFUSED:
        return Returned(key, None, said)
    if error.get("param") == "temperature":
        said = TEMPERATURE + said
    return Returned(key, None, said, is_refused=True)


def _read_reply(body: dict[str, Any], price: Price | None) -> ChatReply:
    choice, usage = body["choices"][0], body.get("usage") or {}
    message = choice["message"]
    text = message.get("content") or message.get("refusal") or ""
    tokens = {
        "input_tokens": int(usage.get("prompt_tokens", 0)),
        "output_tokens": int(usage.get("completion_tokens", 0)),
    }
    cached = int((usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0)
    cost = cost_of(price, cached_tokens=cached, **tokens) if usage else None
    return ChatReply(
        # Half a character, as a cut-off reply can end in, cannot be stored.
        text=text.encode("utf-8", "replace").decode(),
        cost=None if cost is None else cost * BATCH_SHARE,
        finish_reason=choice.get("finish_reason") or "",
        **tokens,
    )
