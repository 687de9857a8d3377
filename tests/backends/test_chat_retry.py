import pytest

from kgpipe.backends.chat_faults import TransientFaultError
from kgpipe.backends.chat_retry import build_retrying

BROKEN = TransientFaultError("server_error", "")
REFUSED = TransientFaultError("rate_limited", "")


def tries(faults: list[TransientFaultError], *, patience_seconds: float) -> tuple[int, bool]:
    """How often a call with these faults, and then a reply, is tried, and whether it succeeds."""
    queue, count = list(faults), 0

    def call() -> None:
        nonlocal count
        count += 1
        if queue:
            raise queue.pop(0)

    retrying = build_retrying(
        max_retries=2, backoff_seconds=0.0001, patience_seconds=patience_seconds
    )
    try:
        retrying(call)
    except TransientFaultError:
        return count, False
    return count, True


@pytest.mark.parametrize(
    ("faults", "patience_seconds", "expected"),
    [
        ([BROKEN] * 2, 60, (3, True)),
        ([BROKEN] * 3, 60, (3, False)),
        # Refusals do not use up the retries of faults.
        ([REFUSED] * 9, 60, (10, True)),
        ([REFUSED, BROKEN] * 2 + [REFUSED], 60, (6, True)),
        ([REFUSED] * 9, 0, (3, False)),
        # A daily limit is left to the next run.
        ([TransientFaultError("rate_limited", "", retry_after=9999)], 60, (1, False)),
    ],
)
def test_tries(
    faults: list[TransientFaultError], patience_seconds: float, expected: tuple[int, bool]
) -> None:
    assert tries(faults, patience_seconds=patience_seconds) == expected
