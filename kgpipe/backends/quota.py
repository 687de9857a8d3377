"""How soon a call may be sent: the user's limits a minute, and what the server says it has left.

Pure arithmetic over a clock that the caller brings (seconds, any origin); `pace` does the waiting.
"""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

MINUTE = 60.0
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


@dataclass
class Booking:
    """What a call took from a window; `expired` once its minute is over."""

    at: float
    amount: float
    expired: bool = False


class SlidingWindow:
    """At most `limit` in any 60 seconds; 0 for no limit.

    A window and not a bucket: a bucket of that rate would let twice the limit through in the
    minute after a rest.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._taken: deque[Booking] = deque()
        self._total = 0.0

    def wait(self, amount: float, *, now: float) -> float:
        """Seconds until `amount` may be taken; more than the limit goes alone in its minute."""
        if not self._limit:
            return 0.0
        self._expire(now)
        excess = self._total + min(amount, self._limit) - self._limit
        if excess <= 0:
            return 0.0
        for booking in self._taken:
            excess -= booking.amount
            if excess <= 0:
                return booking.at + MINUTE - now
        return MINUTE

    def take(self, amount: float, *, now: float) -> Booking:
        """Book `amount`; the booking may be corrected later."""
        booking = Booking(now, amount)
        self._taken.append(booking)
        self._total += amount
        return booking

    def correct(self, booking: Booking, amount: float) -> None:
        """Replace what was booked by what was used."""
        if not booking.expired:
            self._total += amount - booking.amount
            booking.amount = amount

    def _expire(self, now: float) -> None:
        while self._taken and self._taken[0].at + MINUTE <= now:
            booking = self._taken.popleft()
            booking.expired = True
            self._total -= booking.amount


class Remaining(NamedTuple):
    """What a server said is left of one of its limits, and in how many seconds it is full again."""

    limit: float
    remaining: float
    reset_seconds: float


class ServerQuota:
    """The server's own account of one limit, as its latest reply told it.

    Between two replies the limit is taken to refill evenly until the moment named for its reset,
    which is how OpenAI describes it ("Rate limits", OpenAI API documentation).
    """

    def __init__(self) -> None:
        self._said = Remaining(0.0, 0.0, 0.0)
        self._at = 0.0
        self._taken = 0.0

    def observe(self, said: Remaining, *, in_flight: float, now: float) -> None:
        """Believe the newest reply; the server may not have counted the calls in flight yet."""
        self._said, self._at, self._taken = said, now, in_flight

    def wait(self, amount: float, *, now: float) -> float:
        """Seconds until `amount` may be taken; 0 where nothing was said or that is outdated."""
        until_reset = self._at + self._said.reset_seconds - now
        if until_reset <= 0:
            return 0.0
        span = self._said.limit - self._said.remaining
        rate = max(span, 0.0) / self._said.reset_seconds
        level = self._said.remaining + rate * (now - self._at) - self._taken
        lacking = min(amount, self._said.limit) - level
        if lacking <= 0:
            return 0.0
        return min(until_reset, lacking / rate) if rate else until_reset

    def take(self, amount: float) -> None:
        """Count a call that is sent now."""
        self._taken += amount


def read_quota(headers: Mapping[str, str], what: str) -> Remaining | None:
    """Read `x-ratelimit-*-requests` or `-tokens` of a reply; None if absent or unreadable.

    Args:
        headers: of the reply, names in lower case.
        what: "requests" or "tokens".
    """
    limit, remaining, reset = (
        headers.get(f"x-ratelimit-{part}-{what}", "") for part in ("limit", "remaining", "reset")
    )
    seconds = parse_duration(reset)
    try:
        return None if seconds is None else Remaining(float(limit), float(remaining), seconds)
    except ValueError:
        return None


def parse_duration(text: str) -> float | None:
    """Seconds of a duration such as "1s", "6m0s", "120ms" or "12.5"; None if it is none."""
    parts = _PART.findall(text)
    if parts and "".join(number + unit for number, unit in parts) == text:
        return sum(float(number) * _UNITS[unit] for number, unit in parts)
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
