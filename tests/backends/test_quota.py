import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from kgpipe.backends.quota import (
    MINUTE,
    Remaining,
    ServerQuota,
    SlidingWindow,
    parse_duration,
    read_quota,
)

AMOUNTS = st.lists(st.tuples(st.integers(1, 40), st.integers(0, 20)), min_size=1, max_size=60)


@hypothesis_settings(derandomize=True, deadline=None, max_examples=100)
@given(limit=st.integers(1, 50), calls=AMOUNTS)
def test_no_minute_holds_more_than_the_limit(limit: int, calls: list[tuple[int, int]]) -> None:
    window, now = SlidingWindow(limit), 0.0
    sent: list[tuple[float, int]] = []
    for amount, rest in calls:
        now += rest
        while wait := window.wait(amount, now=now):
            assert 0 < wait <= MINUTE
            now += wait
        window.take(amount, now=now)
        sent.append((now, amount))
    for start, first in sent:
        taken = [amount for at, amount in sent if start <= at < start + MINUTE - 1e-6]
        # One call above the limit goes, alone.
        assert sum(taken) <= limit or taken == [first]


def test_no_limit_never_waits() -> None:
    window = SlidingWindow(0)
    window.take(1e9, now=0)
    assert window.wait(1e9, now=0) == 0


def test_what_was_not_used_is_given_back() -> None:
    window = SlidingWindow(100)
    booking = window.take(90, now=0)
    assert window.wait(50, now=1) == MINUTE - 1
    window.correct(booking, 10)
    assert window.wait(50, now=1) == 0
    # A call that outlasted its minute no longer counts, whatever it used.
    assert window.wait(100, now=61) == 0
    window.correct(booking, 1000)
    assert window.wait(100, now=61) == 0


def test_the_servers_limit_refills_evenly() -> None:
    quota = ServerQuota()
    assert quota.wait(1, now=0) == 0
    quota.observe(Remaining(limit=60, remaining=0, reset_seconds=60), in_flight=0, now=0)
    assert quota.wait(1, now=0) == 1
    assert quota.wait(1, now=1) == 0
    quota.take(1)
    assert quota.wait(1, now=1) == 1
    # After its reset nothing is known, so the call goes.
    assert quota.wait(1000, now=60) == 0


def test_calls_in_flight_may_not_be_counted_by_the_server_yet() -> None:
    quota = ServerQuota()
    quota.observe(Remaining(limit=10, remaining=2, reset_seconds=80), in_flight=2, now=0)
    assert quota.wait(1, now=0) == 10


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1s", 1), ("6m0s", 360), ("120ms", 0.12), ("1m12.5s", 72.5), ("2h", 7200), ("7", 7),
        ("", None), ("soon", None), ("1s!", None), ("-3", None), ("inf", None), ("nan", None),
    ],
)  # fmt: skip
def test_durations(text: str, seconds: float | None) -> None:
    assert parse_duration(text) == (None if seconds is None else pytest.approx(seconds))


def test_headers_are_read_if_complete() -> None:
    headers = {
        "x-ratelimit-limit-tokens": "1000",
        "x-ratelimit-remaining-tokens": "10",
        "x-ratelimit-reset-tokens": "6m0s",
        "x-ratelimit-limit-requests": "many",
        "x-ratelimit-remaining-requests": "1",
        "x-ratelimit-reset-requests": "1s",
    }
    assert read_quota(headers, "tokens") == Remaining(1000, 10, 360)
    assert read_quota(headers, "requests") is None
    assert read_quota({}, "tokens") is None
