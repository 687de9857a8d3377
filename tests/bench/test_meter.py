import httpx
import pytest

from kgpipe.bench.meter import Meter
from tests.openai_server import OpenAiServer, Step

MESSAGES = [{"role": "user", "content": "one two"}]


def post(meter: Meter, **fields: object) -> httpx.Response:
    body = {"model": "m", "messages": MESSAGES, **fields}
    return httpx.post(f"{meter.base_url}/chat/completions", json=body, trust_env=False)


def address(server: OpenAiServer) -> str:
    return server.base_url.removesuffix("/v1")


@pytest.mark.parametrize(
    ("asked", "cap"),
    [
        ({}, 50),
        ({"max_tokens": 20}, 20),
        ({"max_tokens": 90}, 50),
        ({"max_completion_tokens": 20}, 20),
        ({"max_completion_tokens": 90, "temperature": 0.7}, 50),
    ],
)
def test_all_are_held_to_the_same_terms(asked: dict[str, object], cap: int) -> None:
    with OpenAiServer(lambda body: "three words here") as server:
        with Meter(address(server), most_tokens=50, terms={"temperature": 0}) as meter:
            reply = post(meter, **asked, response_format={"type": "json_object"})
        [body] = server.bodies
    assert reply.json()["choices"][0]["message"]["content"] == "three words here"
    assert (body["max_tokens"], body["temperature"]) == (cap, 0)
    assert "max_completion_tokens" not in body
    assert body["response_format"] == {"type": "json_object"}


def test_it_counts_what_the_server_says() -> None:
    steps = [Step(text="a b c"), Step(text="d", finish_reason="length"), Step(status=400)]
    with OpenAiServer(steps=steps) as server:
        with Meter(address(server), most_tokens=50, terms={}) as meter:
            codes = [post(meter).status_code for _ in steps]
        usage = meter.usage
    assert codes == [200, 200, 400]
    assert (usage.calls, usage.prompt_tokens, usage.completion_tokens) == (3, 4, 4)
    assert (usage.cut_off, usage.refused) == (1, 1)


def test_a_server_that_is_gone_is_a_failed_call() -> None:
    with Meter("http://127.0.0.1:1", most_tokens=50, terms={}) as meter:
        assert post(meter).status_code == 502
    assert (meter.usage.calls, meter.usage.refused) == (1, 1)
