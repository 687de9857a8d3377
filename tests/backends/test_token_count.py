import pytest

from kgpipe.backends.token_count import bound_tokens, estimate_tokens
from kgpipe.calls import ChatRequest, Message


def ask(*texts: str, schema: str = "") -> ChatRequest:
    messages = tuple(Message(role="user", content=text) for text in texts)
    return ChatRequest(model="m", messages=messages, output_schema=schema)


@pytest.mark.parametrize("text", ["Mercury is a metal.", "汞是一种金属。", "\ud800", ""])
def test_the_bound_is_above_the_estimate(text: str) -> None:
    assert 0 < estimate_tokens(ask(text)) <= bound_tokens(ask(text))


def test_schema_and_every_message_count() -> None:
    assert estimate_tokens(ask("a" * 400, "b" * 400)) == 200 + 3 * 4
    assert estimate_tokens(ask("a" * 400, schema="{" * 40)) == 110 + 2 * 4
    assert bound_tokens(ask("ñ" * 100)) == 200 + 2 * 4
