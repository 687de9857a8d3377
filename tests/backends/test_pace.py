import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from kgpipe.backends.chat_faults import TransientFaultError
from kgpipe.backends.pace import LONGEST_WAIT_SECONDS, Pace


def limits(*, remaining: int, reset: str, limit: int = 100) -> dict[str, str]:
    return {
        "x-ratelimit-limit-requests": str(limit),
        "x-ratelimit-remaining-requests": str(remaining),
        "x-ratelimit-reset-requests": reset,
    }


def test_no_more_than_allowed_fly_at_once() -> None:
    pace, guard = Pace(concurrency=3), threading.Lock()
    flying, most = 0, 0

    def fly(_: int) -> None:
        nonlocal flying, most
        call = pace.enter(1)
        with guard:
            flying += 1
            most = max(most, flying)
        time.sleep(0.005)
        with guard:
            flying -= 1
        pace.leave(call, tokens=1)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(fly, range(36)))
    assert most == 3


def test_refusals_of_one_round_halve_once_and_success_grows_slowly() -> None:
    pace = Pace(concurrency=16, backoff_seconds=0.001)
    calls = [pace.enter(1) for _ in range(8)]
    for call in calls:
        pace.slow_down(call, retry_after=0)
        pace.leave(call)
    assert pace.allowed == 8
    again = pace.enter(1)
    pace.slow_down(again, retry_after=0)
    pace.leave(again)
    assert pace.allowed == 4
    # One more a round: four successes let a fifth call go.
    for _ in range(5):
        pace.leave(pace.enter(1), tokens=1)
    assert pace.allowed == 5
    for _ in range(200):
        pace.leave(pace.enter(1), tokens=1)
    assert pace.allowed == 16


def test_one_refusal_pauses_everybody() -> None:
    pace = Pace(concurrency=4, backoff_seconds=0.001)
    call = pace.enter(1)
    pace.slow_down(call, retry_after=0.15)
    pace.leave(call)
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: pace.leave(pace.enter(1), tokens=1), range(2)))
    assert time.monotonic() - began >= 0.14


def test_pauses_double_until_a_call_succeeds() -> None:
    pace = Pace(concurrency=1, backoff_seconds=0.01)
    pauses = []
    for _ in range(4):
        call = pace.enter(1)
        pace.slow_down(call, retry_after=0)
        pauses.append(pace.pause())
        pace.leave(call)
    # Jitter takes away at most half.
    assert all(0.003 * 2**n <= pause <= 0.01 * 2**n for n, pause in enumerate(pauses))
    pace.leave(pace.enter(1), tokens=1)
    pace.slow_down(pace.enter(1), retry_after=0)
    assert pace.pause() <= 0.01


def test_the_users_limits_are_obeyed() -> None:
    by_requests = Pace(concurrency=8, requests_per_minute=2)
    by_tokens = Pace(concurrency=8, tokens_per_minute=100)
    for pace in (by_requests, by_tokens):
        for _ in range(2):
            pace.leave(pace.enter(40), tokens=40)
        late = threading.Thread(target=pace.enter, args=(40,), daemon=True)
        late.start()
        late.join(0.1)
        assert late.is_alive(), "a call went beyond the limit"


def test_tokens_that_were_booked_and_not_used_are_free_again() -> None:
    pace = Pace(concurrency=2, tokens_per_minute=100)
    began = time.monotonic()
    pace.leave(pace.enter(90), tokens=10)
    pace.leave(pace.enter(90), tokens=10)
    # Were they not, the second call would wait for the minute to end.
    assert time.monotonic() - began < 10


def test_what_the_server_says_is_obeyed() -> None:
    pace = Pace(concurrency=2)
    pace.leave(pace.enter(1), tokens=1, headers=limits(remaining=0, reset="200ms", limit=1))
    began = time.monotonic()
    pace.leave(pace.enter(1), tokens=1)
    assert time.monotonic() - began >= 0.19


@pytest.mark.parametrize("by", ["header", "retry-after"])
def test_a_daily_limit_is_not_waited_for(by: str) -> None:
    pace = Pace(concurrency=2)
    call = pace.enter(1)
    if by == "retry-after":
        pace.slow_down(call, retry_after=LONGEST_WAIT_SECONDS * 2)
    pace.leave(call, headers=limits(remaining=0, reset="9h", limit=10) if by == "header" else {})
    with pytest.raises(TransientFaultError, match="rate_limited"):
        pace.enter(1)
