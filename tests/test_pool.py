import os
import signal
import threading
from typing import Any

import pytest

from kgpipe.calls import Message
from kgpipe.errors import ItemError, KgpipeError, ServiceError
from kgpipe.pool import INLINE_BELOW, Outcome, Pool, run_pool
from kgpipe.ports import Port
from kgpipe.types import Rejection


def make_suffix() -> str:
    return "!"


PORTS = {"suffix": Port("suffix", make_suffix)}


def shout(item: str, *, suffix: str) -> Message:
    """A stage function with one of every fault."""
    if item == "item fault":
        raise ItemError("too_quiet", "speak up")
    if item == "service fault":
        raise ServiceError("down", "try later")
    if item == "bug":
        raise ZeroDivisionError("ours")
    if item == "run fault":
        raise KgpipeError("no key")
    if item == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    return Message(role="user", content=item + suffix)


def run(items: list[str], pool: Pool, **rest: Any) -> dict[str, Outcome]:
    pending = {item: item for item in items}
    outcomes = run_pool(shout, pending, stage="s", pool=pool, workers=2, ports=PORTS, **rest)
    return {outcome.key: outcome for outcome in outcomes}


@pytest.mark.parametrize("pool", ["inline", "threads", "processes", "isolated"])
def test_every_item_has_an_outcome(pool: Pool) -> None:
    items = [str(number) for number in range(INLINE_BELOW + 3)]
    outcomes = run([*items, "item fault", "service fault", "bug"], pool)
    assert [outcomes[item].result for item in items] == [
        Message(role="user", content=f"{item}!") for item in items
    ]
    faults = [outcomes[name].result for name in ("item fault", "service fault", "bug")]
    assert all(isinstance(fault, Rejection) for fault in faults)
    seen = [(f.reason, f.state) for f in faults if isinstance(f, Rejection)]
    assert seen == [("too_quiet", "rejected"), ("down", "error"), ("internal_error", "error")]
    assert "ZeroDivisionError" in str(faults[2])


@pytest.mark.parametrize("pool", ["inline", "threads", "isolated"])
def test_a_run_fault_ends_the_run(pool: Pool) -> None:
    with pytest.raises(KgpipeError, match="no key"):
        run(["a", "run fault"], pool)


def test_what_is_under_way_when_a_run_fault_comes_is_not_lost() -> None:
    release = threading.Event()

    def work(item: str) -> Message:
        if item == "fault":
            raise KgpipeError("no key")
        release.wait(5)
        return Message(role="user", content=item)

    pending = {item: item for item in ("slow", "fault", *map(str, range(50)))}
    outcomes = run_pool(work, pending, stage="s", pool="threads", workers=2, ports={})
    threading.Timer(0.05, release.set).start()
    done: list[str] = []
    with pytest.raises(KgpipeError, match="no key"):
        for outcome in outcomes:
            done.append(outcome.key)
    assert "slow" in done
    # What had not begun stays pending.
    assert len(done) < 5


def test_a_native_crash_rejects_one_item_only() -> None:
    items = [str(number) for number in range(20)]
    outcomes = run([*items[:7], "crash", *items[7:]], "isolated")
    crashed = outcomes["crash"].result
    assert isinstance(crashed, Rejection)
    assert crashed.reason == "crashed"
    assert sorted(outcomes) == sorted([*items, "crash"])
    assert all(isinstance(outcomes[item].result, Message) for item in items)


def test_nothing_is_built_when_nothing_is_pending() -> None:
    def explode() -> str:
        raise AssertionError("built")

    ports = {"suffix": Port("suffix", explode)}
    assert not list(run_pool(shout, {}, stage="s", pool="inline", workers=1, ports=ports))


def test_threads_run_at_once() -> None:
    barrier = threading.Barrier(2, timeout=20)

    def meet(item: str) -> Message:
        barrier.wait()
        return Message(role="user", content=item)

    pending = {"a": "a", "b": "b"}
    outcomes = run_pool(meet, pending, stage="s", pool="threads", workers=2, ports={})
    assert {o.key for o in outcomes if isinstance(o.result, Message)} == {"a", "b"}
