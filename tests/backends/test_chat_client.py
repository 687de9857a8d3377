import json

import pytest

from kgpipe.backends.chat import LangChainChat
from kgpipe.backends.chat_client import OPENAI_FORMS, build_client, forms_of
from kgpipe.calls import ChatRequest, Message
from kgpipe.errors import KgpipeError, UsageError
from tests.openai_server import OpenAiServer

SCHEMA = json.dumps(
    {
        "title": "names",
        "type": "object",
        "properties": {
            "n": {"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 5}}
        },
    }
)


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
        monkeypatch.delenv(name, raising=False)


def build(model: str, base_url: str = "") -> object:
    return build_client(
        model, base_url=base_url, temperature=0.0, max_tokens=64, timeout_seconds=5.0
    )


@pytest.mark.parametrize(
    ("model", "error", "says"),
    [
        ("gpt-4.1", UsageError, "openai:gpt-4.1"),
        ("nobody:x", UsageError, "no provider `nobody`"),
        ("cohere:x", KgpipeError, "pip install langchain-cohere"),
        ("openai:gpt-4.1", KgpipeError, "OPENAI_API_KEY"),
    ],
)
def test_what_is_missing_is_named(model: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        build(model)


def test_a_server_of_ones_own_needs_no_key() -> None:
    client = build_client(
        "openai:x", base_url="http://127.0.0.1:9/v1", temperature=None, max_tokens=8,
        timeout_seconds=5.0,
    )  # fmt: skip
    assert forms_of(client) == OPENAI_FORMS


def test_the_request_has_what_the_protocol_asks_for() -> None:
    with OpenAiServer() as server:
        chat = LangChainChat("openai:fake", base_url=server.base_url)
        message = Message(role="user", content="hi")
        request = ChatRequest(
            model=chat.name, messages=(message,), output_schema=SCHEMA, max_tokens=99
        )
        chat.reply(request)
        (body,) = server.bodies
    assert body["model"] == "fake"
    assert body["messages"] == [{"role": "user", "content": "hi"}]
    assert body["max_tokens"] == 99
    assert body["temperature"] == 0.0
    form = body["response_format"]["json_schema"]
    assert (form["name"], form["strict"]) == ("names", True)
    assert form["schema"]["properties"]["n"]["maxItems"] == 2


def test_forms_are_tried_from_strict_to_plain() -> None:
    with OpenAiServer(refuses=("json_schema", "tools", "json_object")) as server:
        chat = LangChainChat("openai:fake", base_url=server.base_url)
        chat.reply(ChatRequest(model=chat.name, messages=(), output_schema=SCHEMA))
        formats = [body.get("response_format") for body in server.bodies]
    assert [form and form["type"] for form in formats] == [
        "json_schema",
        "json_schema",
        None,
        "json_object",
        None,
    ]
    assert "maxLength" in str(formats[0])
    assert "maxLength" not in str(formats[1])
    assert "maxItems" not in str(formats[1])
