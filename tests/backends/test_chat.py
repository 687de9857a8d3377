import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from kgpipe.backends.budget import Budget
from kgpipe.backends.chat import LangChainChat, StoredChat, chat_name, reply_key
from kgpipe.backends.fake import FakeChatModel, FakeReplyStore
from kgpipe.backends.pace import Pace
from kgpipe.backends.prices import Price, read_prices
from kgpipe.backends.token_count import bound_tokens
from kgpipe.calls import ChatReply, ChatRequest, Message
from kgpipe.errors import BudgetReachedError, ItemError, KgpipeError, ServiceError
from kgpipe.ids import content_id
from tests.openai_server import OpenAiServer, Step

SCHEMA = '{"title":"x","type":"object"}'


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def server() -> Iterator[OpenAiServer]:
    with OpenAiServer(lambda body: "fine") as running:
        yield running


def chat_at(
    server: OpenAiServer,
    *,
    timeout_seconds: float = 5.0,
    patience_seconds: float = 0.0,
    pace: Pace | None = None,
    budget: Budget | None = None,
) -> LangChainChat:
    return LangChainChat(
        "openai:fake",
        base_url=server.base_url,
        timeout_seconds=timeout_seconds,
        max_retries=2,
        backoff_seconds=0.001,
        patience_seconds=patience_seconds,
        pace=pace,
        budget=budget,
    )


def ask(text: str = "hi", *, schema: str = "", sample: int = 0) -> ChatRequest:
    return ChatRequest(
        model="m",
        messages=(Message(role="user", content=text),),
        output_schema=schema,
        sample=sample,
    )


def test_a_reply_brings_its_tokens_and_no_invented_cost(server: OpenAiServer) -> None:
    reply = chat_at(server).reply(ask("one two three"))
    assert reply == ChatReply(
        text="fine", input_tokens=3, output_tokens=1, cost=None, finish_reason="stop"
    )


def test_a_price_gives_the_cost(server: OpenAiServer) -> None:
    chat = chat_at(server, budget=Budget(Price(1e6, 1e6, 2e6)))
    assert chat.reply(ask("one two three")).cost == 3 * 1 + 1 * 2


def test_the_price_is_the_listed_one(server: OpenAiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    name = chat_name("openai:fake", server.base_url)
    monkeypatch.setitem(read_prices(), name, Price(1e6, 1e6, 2e6))
    assert chat_at(server).reply(ask("one two three")).cost == 3 * 1 + 1 * 2


@pytest.mark.parametrize(
    ("fault", "lost"),
    [
        (Step(delay_seconds=0.6), 1),
        (Step(hang_up=True), 1),
        (Step(body=b'{"choices": ['), 1),
        (Step(body=b'{"choices": null}'), 1),
        (Step(status=500), 1),
        (Step(status=504), 1),
        (Step(status=503), 0),
        (Step(status=429, headers={"Retry-After": "0.01"}), 0),
        (Step(status=400, error={"param": "temperature"}), 0),
    ],
)
def test_a_reply_that_may_have_been_written_is_a_loss(fault: Step, lost: int) -> None:
    store = FakeReplyStore()
    budget = Budget(Price(1, 1, 1), book_loss=store.book_loss)
    with OpenAiServer(steps=[fault]) as server:
        chat_at(server, timeout_seconds=0.3, budget=budget).reply(ask())
    most = (bound_tokens(ask()) + ask().max_tokens) / 1e6
    assert store.losses == [most] * lost


def test_a_server_that_is_gone_charges_nothing() -> None:
    store = FakeReplyStore()
    chat = LangChainChat(
        "openai:x", base_url="http://127.0.0.1:9/v1", max_retries=1, backoff_seconds=0.001,
        budget=Budget(None, book_loss=store.book_loss),
    )  # fmt: skip
    with pytest.raises(ServiceError, match="connection"):
        chat.reply(ask())
    assert store.losses == []


def test_every_try_counts_towards_the_budget() -> None:
    request = ask()
    most = bound_tokens(request) + request.max_tokens
    with OpenAiServer(steps=[Step(hang_up=True)] * 9) as server:
        chat = chat_at(server, budget=Budget(Price(1e6, 1e6, 1e6), limit_usd=2 * most))
        with pytest.raises(BudgetReachedError, match="for lost replies"):
            chat.reply(request)
        assert len(server.bodies) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Step(status=429, headers={"Retry-After": "0.01"}),
        Step(status=500),
        Step(status=503),
        Step(hang_up=True),
        Step(body=b'{"choices": ['),
        Step(body=b'{"choices": null}'),
        Step(body=b""),
    ],
)
def test_a_passing_fault_is_repeated_until_it_passes(fault: Step) -> None:
    with OpenAiServer(lambda body: "fine", steps=[fault, fault]) as server:
        assert chat_at(server).reply(ask()).text == "fine"
        assert len(server.bodies) == 3


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Step(status=429), "rate_limited"),
        (Step(status=502), "server_error"),
        (Step(delay_seconds=0.6), "timeout"),
        (Step(hang_up=True), "connection"),
        (Step(body=b"<html>"), "server_error"),
    ],
)
def test_a_lasting_fault_is_a_service_error(fault: Step, reason: str) -> None:
    with OpenAiServer(steps=[fault] * 3) as server:
        with pytest.raises(ServiceError) as caught:
            chat_at(server, timeout_seconds=0.3).reply(ask())
        assert caught.value.reason == reason
        assert len(server.bodies) == 3


def test_nobody_listening_is_a_connection_fault() -> None:
    chat = LangChainChat("openai:x", base_url="http://127.0.0.1:9/v1", max_retries=0)
    with pytest.raises(ServiceError, match="connection"):
        chat.reply(ask())


def test_retry_after_is_obeyed() -> None:
    slow_down = Step(status=429, headers={"Retry-After": "1"})
    with OpenAiServer(steps=[slow_down]) as server:
        began = time.monotonic()
        chat_at(server).reply(ask())
        assert time.monotonic() - began >= 1.0


def test_a_wait_of_hours_is_left_to_the_next_run() -> None:
    tomorrow = Step(status=429, headers={"Retry-After": "40000"})
    with OpenAiServer(steps=[tomorrow]) as server:
        with pytest.raises(ServiceError, match="rate_limited"):
            chat_at(server).reply(ask())
        assert len(server.bodies) == 1


def test_a_refusal_for_its_rate_is_repeated_as_long_as_there_is_patience() -> None:
    with OpenAiServer(lambda body: "fine", steps=[Step(status=429)] * 7) as server:
        assert chat_at(server, patience_seconds=60).reply(ask()).text == "fine"
        assert len(server.bodies) == 8


def test_a_refusal_slows_down_everybody_and_a_fault_does_not() -> None:
    pace = Pace(concurrency=4, backoff_seconds=0.001)
    with OpenAiServer(steps=[Step(status=500)]) as server:
        chat_at(server, pace=pace).reply(ask())
    assert pace.allowed == 4
    with OpenAiServer(steps=[Step(status=503, headers={"Retry-After": "0.01"})]) as server:
        chat_at(server, pace=pace).reply(ask())
    assert pace.allowed == 2


@pytest.mark.parametrize("status", [200, 500])
def test_limits_in_the_headers_of_any_reply_are_obeyed(status: int) -> None:
    told = {"limit": "1", "remaining": "0", "reset": "300ms"}
    headers = {f"x-ratelimit-{part}-requests": value for part, value in told.items()}
    with OpenAiServer(steps=[Step(status=status, headers=headers)]) as server:
        chat = chat_at(server)
        began = time.monotonic()
        chat.reply(ask())
        chat.reply(ask("again"))
        assert time.monotonic() - began >= 0.29


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Step(status=401), "OPENAI_API_KEY"),
        (Step(status=404), "base_url"),
        (Step(status=429, error={"code": "insufficient_quota"}), "credit"),
    ],
)
def test_the_runs_fault_is_not_repeated(fault: Step, says: str) -> None:
    with OpenAiServer(steps=[fault]) as server:
        with pytest.raises(KgpipeError, match=says):
            chat_at(server).reply(ask())
        assert len(server.bodies) == 1


def test_a_text_too_long_is_the_items_fault() -> None:
    fault = Step(status=400, error={"message": "long", "code": "context_length_exceeded"})
    with OpenAiServer(steps=[fault]) as server:
        with pytest.raises(ItemError, match="context_too_long"):
            chat_at(server).reply(ask(schema=SCHEMA))
        assert len(server.bodies) == 1


def test_the_form_that_a_server_accepts_is_remembered() -> None:
    with OpenAiServer(refuses=("json_schema", "tools")) as server:
        chat = chat_at(server)
        chat.reply(ask(schema=SCHEMA))
        assert len(server.bodies) == 4
        chat.reply(ask("again", schema=SCHEMA))
        assert len(server.bodies) == 5
        assert server.bodies[-1]["response_format"] == {"type": "json_object"}


@pytest.mark.parametrize("written", ['{"triples": [1]}', '{"triples": [1, 2'])
def test_without_structured_output_a_function_must_be_called(written: str) -> None:
    with OpenAiServer(lambda body: written, refuses=("json_schema",)) as server:
        reply = chat_at(server).reply(ask(schema=SCHEMA))
        [tool] = server.bodies[-1]["tools"]
        assert server.bodies[-1]["tool_choice"]["function"]["name"] == tool["function"]["name"]
        assert "response_format" not in server.bodies[-1]
    # Also what a cut-off call holds is worth reading.
    assert reply.text == written


def test_what_is_refused_in_every_form_changes_nothing_for_the_next() -> None:
    refusal = Step(status=400, error={"message": "no"})
    with OpenAiServer(steps=[refusal] * 5) as server:
        chat = chat_at(server)
        with pytest.raises(ItemError, match="request_refused"):
            chat.reply(ask(schema=SCHEMA))
        chat.reply(ask(schema=SCHEMA))
        assert server.bodies[-1]["response_format"]["type"] == "json_schema"
        assert len(server.bodies) == 6


def test_a_model_with_a_fixed_temperature_is_asked_without_one() -> None:
    with OpenAiServer(fixed_temperature=True) as server:
        chat = chat_at(server)
        chat.reply(ask(schema=SCHEMA))
        chat.reply(ask("again", schema=SCHEMA))
        assert ["temperature" in body for body in server.bodies] == [True, False, False]
        assert server.bodies[-1]["response_format"]["json_schema"]["strict"]


def test_threads_that_learn_of_a_fixed_temperature_at_once_keep_the_strict_schema() -> None:
    limited = '{"title":"x","type":"array","maxItems":1}'
    # All four are under way before the first one is refused.
    refusal = Step(
        status=400,
        error={"message": "temperature?", "param": "temperature"},
        delay_seconds=0.3,
    )
    with OpenAiServer(fixed_temperature=True, steps=[refusal] * 4) as server:
        chat = chat_at(server)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda n: chat.reply(ask(str(n), schema=limited)), range(4)))
        assert len(server.bodies) == 8
        assert all("maxItems" in str(body["response_format"]) for body in server.bodies)


def test_the_name_tells_servers_apart() -> None:
    assert chat_name("openai:x") == "openai:x"
    assert chat_name("openai:x", "http://a/v1") != chat_name("openai:x", "http://b/v1")


def test_the_key_depends_on_all_that_determines_a_reply() -> None:
    base = ask()
    others = [
        ask("ho"),
        ask(schema=SCHEMA),
        ask(sample=1),
        base.model_copy(update={"model": "n"}),
        base.model_copy(update={"temperature": 0.5}),
        base.model_copy(update={"max_tokens": 7}),
    ]
    assert len({reply_key(request) for request in [base, *others]}) == 7
    assert reply_key(base) == reply_key(ask())


def test_a_stored_reply_is_never_asked_for_again() -> None:
    chat, store = FakeChatModel(lambda request: "paid"), FakeReplyStore()
    first = StoredChat(chat, store).reply(ask())
    assert StoredChat(chat, store).reply(ask()) == first
    assert len(chat.requests) == 1
    StoredChat(chat, store).reply(ask(sample=1))
    assert len(chat.requests) == 2


def test_a_failed_call_stores_nothing(server: OpenAiServer) -> None:
    store = FakeReplyStore()
    with OpenAiServer(steps=[Step(status=500)] * 3) as broken:
        chat = StoredChat(chat_at(broken), store)
        with pytest.raises(ServiceError):
            chat.reply(ask())
        assert store.replies == {}
        assert chat.reply(ask()).text == '{"triples": []}'


def test_one_request_in_many_threads_is_paid_once() -> None:
    started = threading.Barrier(8)

    def slow(request: ChatRequest) -> str:
        time.sleep(0.05)
        return request.messages[0].content

    chat = FakeChatModel(slow)
    stored = StoredChat(chat, FakeReplyStore())

    def call(number: int) -> str:
        started.wait()
        return stored.reply(ask(str(number % 2))).text

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(call, range(8))) == ["0", "1"] * 4
    assert len(chat.requests) == 2


def test_log_probabilities_come_where_they_are_asked_for() -> None:
    tokens = {"True": -0.1, " False": -2.5}
    with OpenAiServer(lambda body: "True", first_token=tokens) as server:
        chat = LangChainChat("openai:fake", base_url=server.base_url)
        plain = ChatRequest(model=chat.name, messages=(Message(role="user", content="Q"),))
        asked = plain.model_copy(update={"top_logprobs": 5})
        assert chat.reply(plain).first_token == {}
        assert chat.reply(asked).first_token == tokens
        assert server.bodies[1]["top_logprobs"] == 5
        assert "logprobs" not in server.bodies[0]


def test_a_server_that_refuses_log_probabilities_is_asked_without() -> None:
    with OpenAiServer(lambda body: "True", refuses=["logprobs"]) as server:
        chat = LangChainChat("openai:fake", base_url=server.base_url)
        asked = ChatRequest(
            model=chat.name, messages=(Message(role="user", content="Q"),), top_logprobs=5
        )
        assert [chat.reply(asked).text for _ in range(2)] == ["True", "True"]
        # What it refused once is not asked for again.
        assert ["logprobs" in body for body in server.bodies] == [True, False, False]


def test_requests_of_before_log_probabilities_keep_their_keys() -> None:
    request = ChatRequest(model="m", messages=(Message(role="user", content="Q"),))
    assert reply_key(request) == content_id(
        "reply", request.model_dump(mode="json", exclude={"top_logprobs"})
    )
    assert reply_key(request.model_copy(update={"top_logprobs": 1})) != reply_key(request)
