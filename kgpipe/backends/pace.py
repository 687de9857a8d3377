"""One pace for all threads that call one model: how many at once, how often, and when to pause.

Additive increase, multiplicative decrease (D.-M. Chiu, R. Jain: "Analysis of the increase and
decrease algorithms for congestion avoidance", 1989): a 429 halves the number of calls at once and
pauses all threads, every success lets it grow again by one a round.
"""

import math
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from kgpipe.backends.chat_faults import TransientFaultError
from kgpipe.backends.quota import Booking, ServerQuota, SlidingWindow, read_quota

# No pause that we choose ourselves is longer.
LONGEST_BACKOFF_SECONDS = 60.0
# A server that asks for a longer pause has a daily limit; the next run goes on from there.
LONGEST_WAIT_SECONDS = 120.0


@dataclass
class Call:
    """A call under way: when it was let go, and what was booked for it."""

    began: float
    booking: Booking


class Pace:
    """Lets calls go one after another, as fast as the limits allow.

    Args:
        concurrency: calls at once, at most.
        requests_per_minute: in any 60 seconds; 0 for no limit.
        tokens_per_minute: input and output, likewise.
        backoff_seconds: the first pause after a 429 that names none; it doubles from there.
    """

    def __init__(
        self,
        *,
        concurrency: int,
        requests_per_minute: int = 0,
        tokens_per_minute: int = 0,
        backoff_seconds: float = 1.0,
    ) -> None:
        self._most = float(concurrency)
        self._allowed = float(concurrency)
        self._backoff_seconds = backoff_seconds
        self._requests = SlidingWindow(requests_per_minute)
        self._tokens = SlidingWindow(tokens_per_minute)
        self._server = {"requests": ServerQuota(), "tokens": ServerQuota()}
        self._flying: dict[int, Call] = {}
        self._resume_at = -math.inf
        self._slowed_at = -math.inf
        self._refusals = 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """How many calls at once are let go now."""
        return int(self._allowed)

    def pause(self) -> float:
        """Seconds for which no call is let go."""
        return max(0.0, self._resume_at - time.monotonic())

    def enter(self, tokens: float) -> Call:
        """Wait for this call's turn, then book it.

        Args:
            tokens: the most that it may use, input and output.

        Raises:
            TransientFaultError: the server's limit lasts longer than a run should wait.
        """
        with self._changed:
            while wait := self._wait(tokens, time.monotonic()):
                self._changed.wait(None if math.isinf(wait) else wait)
            now = time.monotonic()
            self._requests.take(1, now=now)
            call = Call(now, self._tokens.take(tokens, now=now))
            self._server["requests"].take(1)
            self._server["tokens"].take(tokens)
            self._flying[id(call)] = call
            return call

    def leave(
        self,
        call: Call,
        *,
        tokens: float | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """End a call; `tokens` is what a reply used (None: it failed), `headers` what it said."""
        with self._changed:
            del self._flying[id(call)]
            if tokens is not None:
                self._tokens.correct(call.booking, tokens)
                self._refusals = 0
                self._allowed = min(self._most, self._allowed + 1 / self._allowed)
            self._observe(headers or {})
            self._changed.notify_all()

    def slow_down(self, call: Call, *, retry_after: float) -> None:
        """The server refused `call`: pause everybody, and halve the number of calls at once.

        Calls that were under way together are refused together; that counts once.
        """
        with self._changed:
            now = time.monotonic()
            if call.began > self._slowed_at:
                self._slowed_at = now
                self._allowed = max(1.0, self._allowed / 2)
                self._refusals += 1
                # Where the server names no pause we choose one.
                retry_after = retry_after or self._backoff()
            self._resume_at = max(self._resume_at, now + retry_after)

    def _backoff(self) -> float:
        longest = min(LONGEST_BACKOFF_SECONDS, self._backoff_seconds * 2 ** (self._refusals - 1))
        # Several machines that share a limit must not come back at the same moment.
        return random.uniform(longest / 2, longest)

    def _wait(self, tokens: float, now: float) -> float:
        """Seconds until a call may go; infinite if only the end of another one can tell."""
        if len(self._flying) >= self.allowed:
            return math.inf
        asked = max(
            self._resume_at - now,
            self._server["requests"].wait(1, now=now),
            self._server["tokens"].wait(tokens, now=now),
        )
        if asked > LONGEST_WAIT_SECONDS:
            raise TransientFaultError(
                "rate_limited",
                f"The server's limit is used up for {asked:.0f} s; run again after that.",
                retry_after=asked,
            )
        return max(0.0, asked, self._requests.wait(1, now=now), self._tokens.wait(tokens, now=now))

    def _observe(self, headers: Mapping[str, str]) -> None:
        in_flight = {
            "requests": float(len(self._flying)),
            "tokens": sum(call.booking.amount for call in self._flying.values()),
        }
        for what, quota in self._server.items():
            if said := read_quota(headers, what):
                quota.observe(said, in_flight=in_flight[what], now=time.monotonic())
