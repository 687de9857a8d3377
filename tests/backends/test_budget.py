import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kgpipe.backends.budget import Budget
from kgpipe.backends.prices import MILLION, Price
from kgpipe.backends.token_count import bound_tokens
from kgpipe.calls import ChatRequest, Message
from kgpipe.errors import BudgetReachedError, ServiceError

# A USD a token, which makes sums readable.
PRICE = Price(MILLION, MILLION, MILLION)
REQUEST = ChatRequest(model="m", messages=(Message(role="user", content="hi"),), max_tokens=90)
MOST = bound_tokens(REQUEST) + 90


def spend(budget: Budget, cost: float | None) -> None:
    with budget.bill(REQUEST) as bill:
        bill.cost = cost


def lose(budget: Budget) -> None:
    with pytest.raises(ServiceError), budget.bill(REQUEST) as bill:
        bill.is_lost = True
        raise ServiceError("timeout", "late")


def test_it_stops_before_the_call_that_could_exceed_it() -> None:
    budget = Budget(PRICE, limit_usd=MOST + 25)
    for _ in range(3):
        spend(budget, 10)
    # Only MOST - 5 is left.
    with pytest.raises(BudgetReachedError, match=r"paid 30\.0000 USD, and the next"):
        spend(budget, 10)


def test_a_call_of_unknown_cost_counts_in_full() -> None:
    budget = Budget(PRICE, limit_usd=2 * MOST)
    for _ in range(2):
        spend(budget, None)
    with pytest.raises(BudgetReachedError):
        spend(budget, None)


def test_a_refused_call_costs_nothing() -> None:
    budget = Budget(PRICE, limit_usd=MOST)
    for _ in range(3):
        with pytest.raises(ServiceError), budget.bill(REQUEST):
            raise ServiceError("rate_limited", "later")
    spend(budget, MOST)


def test_a_lost_reply_counts_as_the_most_that_it_can_have_cost() -> None:
    losses: list[float | None] = []
    budget = Budget(
        PRICE, limit_usd=2 * MOST + 10, book_loss=lambda request, most: losses.append(most)
    )
    spend(budget, 10)
    lose(budget)
    spend(budget, 5)
    with pytest.raises(BudgetReachedError, match=rf"paid 15.0000 USD, and {MOST}.0000 USD at most"):
        spend(budget, 0)
    assert losses == [MOST]


def test_without_a_price_nothing_is_limited_and_losses_are_booked() -> None:
    losses: list[float | None] = []
    budget = Budget(None, book_loss=lambda request, most: losses.append(most))
    spend(budget, None)
    lose(budget)
    assert losses == [None]


def test_threads_wait_for_what_others_give_back_and_never_exceed_it_together() -> None:
    budget = Budget(PRICE, limit_usd=2 * MOST)
    guard = threading.Lock()
    under_way = most_under_way = 0

    def ask(_: int) -> bool:
        nonlocal under_way, most_under_way
        try:
            with budget.bill(REQUEST) as bill:
                with guard:
                    under_way += 1
                    most_under_way = max(most_under_way, under_way)
                time.sleep(0.01)
                with guard:
                    under_way -= 1
                bill.cost = 10
        except BudgetReachedError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        answered = sum(pool.map(ask, range(64)))
    assert most_under_way == 2
    assert 2 * MOST - MOST < 10 * answered <= 2 * MOST
