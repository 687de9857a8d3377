import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kgpipe.backends.budget import BudgetedChat
from kgpipe.backends.prices import MILLION, Price
from kgpipe.backends.token_count import bound_tokens
from kgpipe.errors import BudgetReachedError, ServiceError
from kgpipe.types import ChatReply, ChatRequest, Message

# A USD a token, which makes sums readable.
PRICE = Price(MILLION, MILLION, MILLION)
REQUEST = ChatRequest(model="m", messages=(Message(role="user", content="hi"),), max_tokens=90)
MOST = bound_tokens(REQUEST) + 90


class Till:
    """Takes `cost` for each call, and knows what was taken and how many calls were open at once."""

    name = "till"

    def __init__(self, cost: float | None, *, seconds: float = 0.0, fails: bool = False) -> None:
        self.cost, self.seconds, self.fails = cost, seconds, fails
        self.calls = self.open = self.most_open = 0
        self._guard = threading.Lock()

    def reply(self, request: ChatRequest) -> ChatReply:
        with self._guard:
            self.calls += 1
            self.open += 1
            self.most_open = max(self.most_open, self.open)
        time.sleep(self.seconds)
        with self._guard:
            self.open -= 1
        if self.fails:
            raise ServiceError("server_error", "down")
        return ChatReply(text="", cost=self.cost)


def ask_until_it_stops(till: Till, budget_usd: float) -> str:
    chat = BudgetedChat(till, price=PRICE, budget_usd=budget_usd)
    with pytest.raises(BudgetReachedError) as stopped:
        for _ in range(100):
            chat.reply(REQUEST)
    return str(stopped.value)


def test_it_stops_before_the_call_that_could_exceed_it() -> None:
    till = Till(10)
    said = ask_until_it_stops(till, MOST + 25)
    # After three calls of 10 only MOST - 5 is left.
    assert till.calls == 3
    assert "paid 30.0000 USD" in said


def test_a_call_of_unknown_cost_counts_in_full() -> None:
    till = Till(None)
    ask_until_it_stops(till, 2 * MOST)
    assert till.calls == 2


def test_a_failed_call_costs_nothing() -> None:
    chat = BudgetedChat(Till(1, fails=True), price=PRICE, budget_usd=MOST)
    for _ in range(3):
        with pytest.raises(ServiceError):
            chat.reply(REQUEST)


def test_threads_wait_for_what_others_give_back_and_never_exceed_it_together() -> None:
    till = Till(10, seconds=0.01)
    chat = BudgetedChat(till, price=PRICE, budget_usd=2 * MOST)

    def ask(_: int) -> bool:
        try:
            return bool(chat.reply(REQUEST))
        except BudgetReachedError:
            return False

    with ThreadPoolExecutor(16) as pool:
        answered = sum(pool.map(ask, range(64)))
    assert till.most_open == 2
    assert answered == till.calls
    assert 2 * MOST - MOST < 10 * answered <= 2 * MOST
