import json
from typing import Any

import pytest

from kgpipe.backends.batch_format import TEMPERATURE, read_lines, split_lines, write_line
from kgpipe.backends.prices import Price
from kgpipe.calls import ChatReply, ChatRequest, Message

REQUEST = ChatRequest(
    model="m",
    messages=(Message(role="user", content="ñ"),),
    output_schema='{"title":"t","type":"object"}',
    max_tokens=7,
)


def returned(**parts: Any) -> str:
    return json.dumps({"custom_id": "k", **parts})


def test_a_line_asks_what_a_call_would() -> None:
    line = json.loads(
        write_line("k", REQUEST, model="gpt", own_server=False, with_temperature=False)
    )
    assert (line["custom_id"], line["method"], line["url"]) == (
        "k", "POST", "/v1/chat/completions",
    )  # fmt: skip
    body = line["body"]
    assert body["messages"] == [{"role": "user", "content": "ñ"}]
    assert (body["max_completion_tokens"], "temperature" in body) == (7, False)
    assert body["response_format"]["json_schema"]["name"] == "t"
    own = json.loads(write_line("k", REQUEST, model="x", own_server=True, with_temperature=True))
    assert (own["body"]["max_tokens"], own["body"]["temperature"]) == (7, 0.0)


def test_limits_cut_by_lines_and_by_bytes() -> None:
    lines = {str(number): b"x" * 10 for number in range(5)}
    assert list(split_lines(lines, max_lines=2)) == [["0", "1"], ["2", "3"], ["4"]]
    assert list(split_lines(lines, max_bytes=35)) == [["0", "1", "2"], ["3", "4"]]
    # A line above the limit goes alone: the provider says what is wrong with it.
    assert list(split_lines(lines, max_bytes=5)) == [[key] for key in lines]
    assert list(split_lines({})) == []


def test_a_reply_costs_half() -> None:
    usage = {
        "prompt_tokens": 10,
        "completion_tokens": 4,
        "prompt_tokens_details": {"cached_tokens": 6},
    }
    choice = {"message": {"content": "half \ud83d"}, "finish_reason": "length"}
    line = returned(response={"status_code": 200, "body": {"choices": [choice], "usage": usage}})
    [found] = read_lines([line], price=Price(1e6, 0.5e6, 2e6))
    assert found.reply == ChatReply(
        text="half ?", input_tokens=10, output_tokens=4, cost=(4 + 3 + 8) / 2,
        finish_reason="length",
    )  # fmt: skip
    [unpriced] = read_lines([line], price=None)
    assert unpriced.reply is not None
    assert unpriced.reply.cost is None


@pytest.mark.parametrize(
    ("status", "error", "detail", "is_refused"),
    [
        (400, {"message": "policy"}, "policy", True),
        (400, {"message": "no", "param": "temperature"}, f"{TEMPERATURE}no", True),
        (429, {"message": "slow down"}, "slow down", False),
        (500, {}, "no reply", False),
    ],
)
def test_an_error_is_worth_another_try_or_not(
    status: int, error: dict[str, Any], detail: str, is_refused: bool
) -> None:
    line = returned(response={"status_code": status, "body": {"error": error}}, error=None)
    [found] = read_lines([line], price=None)
    assert (found.reply, found.detail, found.is_refused) == (None, detail, is_refused)


def test_an_expired_line_is_worth_another_try() -> None:
    line = returned(response=None, error={"code": "batch_expired", "message": "too late"})
    [found] = read_lines([line], price=None)
    assert (found.detail, found.is_refused) == ("too late", False)


@pytest.mark.parametrize(
    "line",
    ["", "{", "[]", "7", "{}", returned(response={"status_code": 200, "body": {"choices": []}}),
     returned(response={"status_code": 200, "body": {"choices": [{"message": None}]}})],
)  # fmt: skip
def test_what_cannot_be_read_is_left_out(line: str) -> None:
    assert list(read_lines([line], price=None)) == []
