"""When a failed call is tried again, how soon, and when it is given up."""

import random
from typing import TYPE_CHECKING

from kgpipe.backends.chat_faults import TransientFaultError
from kgpipe.backends.pace import LONGEST_BACKOFF_SECONDS, LONGEST_WAIT_SECONDS

if TYPE_CHECKING:
    from tenacity import RetryCallState, Retrying


def build_retrying(
    *, max_retries: int, backoff_seconds: float, patience_seconds: float
) -> "Retrying":
    """The retries of one call; a new one for each, since it counts.

    A refusal for its rate says nothing about the call: it is tried again for `patience_seconds`
    however often that is, and waits in the shared `Pace`, not here. Every other fault counts
    towards `max_retries` and waits by itself, with jittered exponential back-off.
    """
    import tenacity

    faults = 0

    def wait(state: "RetryCallState") -> float:
        if _is_refusal(state):
            return 0.0
        return random.uniform(0.0, min(LONGEST_BACKOFF_SECONDS, backoff_seconds * 2**faults))

    def is_over(state: "RetryCallState") -> bool:
        nonlocal faults
        if _asked_wait(state) > LONGEST_WAIT_SECONDS:
            return True
        if _is_refusal(state) and (state.seconds_since_start or 0.0) < patience_seconds:
            return False
        faults += 1
        return faults > max_retries

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TransientFaultError),
        stop=is_over,
        wait=wait,
        reraise=True,
    )


def _is_refusal(state: "RetryCallState") -> bool:
    fault = _fault(state)
    return fault is not None and fault.is_refusal


def _asked_wait(state: "RetryCallState") -> float:
    """Seconds that the server asked to wait after the failed call."""
    fault = _fault(state)
    return fault.retry_after if fault else 0.0


def _fault(state: "RetryCallState") -> TransientFaultError | None:
    error = state.outcome.exception() if state.outcome else None
    return error if isinstance(error, TransientFaultError) else None
