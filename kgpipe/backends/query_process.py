"""SPARQL in processes of its own, so that a query can be ended whatever it is at.

The library gives no way to stop a query, nor to bound what it uses. A worker opens the store for
reading alone, answers one query at a time, and is killed when time is up.
"""

import multiprocessing
import queue
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, cast

from kgpipe.backends.triplestore import Dataset, NotAcceptableError, OxigraphStore
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.pool import end_with_parent

# Starting one takes as long as importing pyoxigraph.
_SECONDS_TO_START = 30.0
# A worker that its parent has not ended by then ends by itself.
_SECONDS_OF_GRACE = 2.0
# What a query may hold in memory; more is taken from the machine of whoever works at it.
_MOST_MEMORY = 4 * 2**30
# Errors cross the border as their place in this list and their text.
_ERRORS: tuple[type[KgpipeError], ...] = (KgpipeError, UsageError, NotAcceptableError)


class QueryTooLongError(KgpipeError):
    """The query took more time than it may."""


class QueryTooLargeError(KgpipeError):
    """The answer is longer than it may be, or the query needs too much memory."""


@dataclass(frozen=True)
class Limits:
    """What one query may use.

    Attributes:
        seconds: until its answer is complete, waiting for a free worker included.
        answer_bytes: of the answer as it is sent.
    """

    seconds: float
    answer_bytes: int


@dataclass(frozen=True)
class Answer:
    """An answer as it is sent."""

    media_type: str
    body: bytes


class QueryProcesses:
    """Workers over one store that nobody writes to; safe to share between threads."""

    def __init__(self, path: Path, *, workers: int, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        # None stands for a worker that is yet to be started; the one used last is taken first.
        self._free: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        self._running: set[_Worker] = set()
        self._closed = False
        for _ in range(workers):
            self._free.put(None)

    def answer(self, sparql: str, *, dataset: Dataset, accepted: Sequence[str]) -> Answer:
        """Run a query (see `OxigraphStore.write_answer`).

        Raises:
            UsageError: the query is not valid, or not one that reads this graph.
            NotAcceptableError: no accepted form fits it.
            QueryTooLongError: time is up.
            QueryTooLargeError: the answer or what it needs is too large.
            KgpipeError: evaluation failed.
        """
        deadline = time.monotonic() + self._limits.seconds
        try:
            worker = self._free.get(timeout=self._limits.seconds)
        except queue.Empty as error:
            raise QueryTooLongError(
                "Other queries took all the time that this one had; try again."
            ) from error
        try:
            if worker is None:
                worker = _Worker(self._path, self._limits)
                self._running.add(worker)
            return worker.answer(sparql, dataset, tuple(accepted), deadline)
        finally:
            if worker is not None and not worker.usable:
                self._running.discard(worker)
                worker = None
            self._free.put(worker)

    def close(self) -> None:
        """End all workers, whatever they are at."""
        for worker in list(self._running):
            worker.kill()


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, path: Path, limits: Limits) -> None:
        # "spawn" and not "fork": the server has threads, whose locks do not survive a fork.
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(
            target=_work, args=(other, str(path), limits), name="kgpipe-sparql", daemon=True
        )
        self._limits = limits
        self.usable = True
        self._process.start()
        other.close()
        fault = self._await_start()
        if fault:
            self.kill()
            raise KgpipeError(f"No process could be started to query {path}: {fault}")

    def _await_start(self) -> str:
        """Why the process cannot be used; "" if it can."""
        try:
            if self._pipe.poll(_SECONDS_TO_START):
                return self._pipe.recv_bytes().decode()
        except EOFError:
            return "it ended at once."
        return "it takes too long to start."

    def answer(
        self, sparql: str, dataset: Dataset, accepted: tuple[str, ...], deadline: float
    ) -> Answer:
        try:
            self._pipe.send((sparql, dataset, accepted))
            if not self._pipe.poll(max(0.0, deadline - time.monotonic())):
                self.kill()
                raise QueryTooLongError(
                    f"The query was ended after {self._limits.seconds:g} seconds. Ask for less: "
                    "begin with what is rare, add LIMIT, or raise the limit of the server."
                )
            kind, first, second = self._pipe.recv()
        except (EOFError, OSError) as error:
            self.kill()
            raise QueryTooLargeError(
                "The process of the query ended: it may have needed more than "
                f"{_MOST_MEMORY // 2**30} GB of memory. Ask for less at a time."
            ) from error
        if kind == "answer":
            return Answer(first, second)
        if kind == "large":
            raise QueryTooLargeError(
                f"The answer has more than {self._limits.answer_bytes // 10**6} MB. Add LIMIT and "
                "OFFSET, or publish the graph and read the file."
            )
        raise _ERRORS[first](second)

    def kill(self) -> None:
        self.usable = False
        self._process.kill()
        self._process.join()
        self._pipe.close()


class _Bounded:
    """What is written, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        self.content = bytearray()
        self.full = False
        self._most = most

    def write(self, data: bytes) -> int:
        if len(self.content) + len(data) > self._most:
            self.full = True
            raise OSError("the answer is too long")
        self.content += data
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


def _work(pipe: Connection, path: str, limits: Limits) -> None:
    """Answer queries until the parent goes away."""
    end_with_parent()
    # Ctrl+C is for the parent, which then ends its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    try:
        store = OxigraphStore(Path(path), read_only=True)
    except KgpipeError as error:
        pipe.send_bytes(str(error).encode())
        return
    pipe.send_bytes(b"")
    while True:
        try:
            sparql, dataset, accepted = pipe.recv()
        except EOFError:
            return
        _set_alarm(limits.seconds + _SECONDS_OF_GRACE)
        pipe.send(_answer(store, sparql, dataset, accepted, limits))
        _set_alarm(0)


def _answer(
    store: OxigraphStore, sparql: str, dataset: Dataset, accepted: tuple[str, ...], limits: Limits
) -> tuple[str, str | int, bytes | str]:
    out = _Bounded(limits.answer_bytes)
    try:
        chosen = store.write_answer(
            sparql, cast(IO[bytes], out), dataset=dataset, accepted=accepted
        )
    except KgpipeError as error:
        if out.full:
            return "large", "", ""
        return "error", _ERRORS.index(type(error)), str(error)
    return "answer", chosen, bytes(out.content)


def _limit_memory() -> None:
    # The one system where the limit holds and is counted as expected.
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))


def _set_alarm(seconds: float) -> None:
    """End this process after so long, in whatever code it is; 0 for never."""
    # Windows has no alarms; there the parent alone ends it.
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
