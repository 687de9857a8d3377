"""Runs a stage function over pending items: inline, in threads, or in processes.

This is the one pool of the program. Threads of the parent serve network stages; processes serve
CPU stages, rebuild their ports from the picklable `Port.make`, and keep a crash of a native
library (a PDF parser, say) away from the run. Only the parent stores results.
"""

import multiprocessing
import os
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import (
    FIRST_COMPLETED,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any, Literal

from kgpipe.errors import ItemError, KgpipeError, ServiceError
from kgpipe.ports import Port
from kgpipe.types import Record, Rejection

Pool = Literal["inline", "threads", "processes", "isolated"]
# Below this many items a process pool costs more in start-up than it saves.
INLINE_BELOW = 32
# Items handed to the pool ahead of the workers: enough to keep them busy, few enough to stop soon.
AHEAD_PER_WORKER = 4


@dataclass(frozen=True)
class Outcome:
    """What became of one item."""

    key: str
    result: Record
    seconds: float


def run_pool(
    function: Callable[..., Record],
    pending: Mapping[str, Any],
    *,
    stage: str,
    pool: Pool,
    workers: int,
    ports: Mapping[str, Port[Any]],
    name: Callable[[Any], str] | None = None,
    **keywords: Any,
) -> Iterator[Outcome]:
    """Yield an outcome for every pending item as it finishes, in any order.

    Args:
        function: stage function, called as `function(item, **keywords, **built_ports)`.
        pending: items by key.
        stage: for the rejections of items that fail.
        pool: "threads" and "processes" as named; "processes" runs inline below `INLINE_BELOW`
            items; "isolated" always uses processes, so that a native crash rejects one item.
        workers: threads or processes at once.
        ports: backends to build and pass by name.
        name: what a person calls an item, for rejections; its key if None.
        **keywords: passed to `function`.
    """
    task = _Task(function, stage, keywords, ports, name)
    if not pending:
        return
    if pool == "inline" or (pool == "processes" and len(pending) < INLINE_BELOW):
        task.start()
        for key, item in pending.items():
            yield task.attempt(key, item)
    elif pool == "threads":
        task.start()
        with ThreadPoolExecutor(workers) as executor:
            yield from _drain(executor, task.attempt, pending, workers, set())
    else:
        yield from _run_processes(task, dict(pending), min(workers, len(pending)))


class _Task:
    """A stage function with its ports; built once a process."""

    def __init__(
        self,
        function: Callable[..., Record],
        stage: str,
        keywords: Mapping[str, Any],
        ports: Mapping[str, Port[Any]],
        name: Callable[[Any], str] | None,
    ) -> None:
        self.function = function
        self.name = name
        self.stage = stage
        self.keywords = dict(keywords)
        self.ports = dict(ports)

    def start(self) -> None:
        self.keywords |= {name: port.make() for name, port in self.ports.items()}

    def attempt(self, key: str, item: Any) -> Outcome:
        """Run the function on one item; its fault becomes a rejection."""
        started = time.monotonic()
        try:
            result = self.function(item, **self.keywords)
        except ItemError as error:
            state: Literal["error", "rejected"] = (
                "error" if isinstance(error, ServiceError) else "rejected"
            )
            result = self.reject(key, item, error.reason, error.detail, state)
        except KgpipeError:
            raise
        # The outermost border of an item: a fault of ours must not cost the user a night's work.
        # It is stored with its traceback, counted, shown, and tried again by the next run.
        except Exception:  # noqa: BLE001
            trace = traceback.format_exc(limit=-3)
            result = self.reject(
                key, item, "internal_error", f"please report this: {trace}", "error"
            )
        return Outcome(key, result, time.monotonic() - started)

    def reject(
        self, key: str, item: Any, reason: str, detail: str, state: Literal["rejected", "error"]
    ) -> Rejection:
        called = self.name(item) if self.name else key
        return Rejection(stage=self.stage, item=called, reason=reason, detail=detail, state=state)


# The task of this worker process, set by `_start_worker`.
_worker_task: _Task | None = None


def _start_worker(task: _Task) -> None:
    """Build the ports once, and end with the parent even if that is killed."""
    global _worker_task  # noqa: PLW0603 - a process pool hands state to its workers this way
    end_with_parent()
    task.start()
    _worker_task = task


def end_with_parent() -> None:
    """Let this worker process end when its parent does, however that ends."""
    threading.Thread(target=_exit_with_parent, daemon=True).start()


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _attempt_in_worker(key: str, item: Any) -> Outcome:
    assert _worker_task is not None
    return _worker_task.attempt(key, item)


def _run_processes(task: _Task, pending: dict[str, Any], workers: int) -> Iterator[Outcome]:
    """Run in worker processes; when one dies, try the items in flight one by one, then go on."""
    while pending:
        flying: set[str] = set()
        try:
            with _executor(task, workers) as executor:
                for outcome in _drain(executor, _attempt_in_worker, pending, workers, flying):
                    del pending[outcome.key]
                    yield outcome
        except BrokenProcessPool:
            for key in [key for key in pending if key in flying]:
                yield _attempt_alone(task, key, pending.pop(key))


def _executor(task: _Task, workers: int) -> ProcessPoolExecutor:
    # "spawn" and not "fork": native libraries hold threads and locks that do not survive a fork.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start_worker, initargs=(task,)
    )


def _attempt_alone(task: _Task, key: str, item: Any) -> Outcome:
    try:
        with _executor(task, 1) as executor:
            return executor.submit(_attempt_in_worker, key, item).result()
    except BrokenProcessPool:
        detail = (
            "a native library crashed on this item and took its worker process with it; "
            "check the file, or leave it out"
        )
        return Outcome(key, task.reject(key, item, "crashed", detail, "rejected"), 0.0)


def _drain(
    executor: Executor,
    attempt: Callable[[str, Any], Outcome],
    pending: Mapping[str, Any],
    workers: int,
    flying: set[str],
) -> Iterator[Outcome]:
    """Submit a few items ahead, yield what finishes; `flying` names those under way.

    After a fault of the run (`KgpipeError`) nothing more is begun, but what is under way, and may
    be paid for, is waited for and yielded before the fault is raised.
    """
    queue = iter(list(pending.items()))
    running: set[Future[Outcome]] = set()
    fault: KgpipeError | None = None
    try:
        while True:
            while (
                fault is None
                and len(running) < workers * AHEAD_PER_WORKER
                and (entry := next(queue, None))
            ):
                flying.add(entry[0])
                running.add(executor.submit(attempt, *entry))
            if not running:
                break
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                try:
                    outcome = future.result()
                except KgpipeError as error:
                    fault = fault or error
                    running = {other for other in running if not other.cancel()}
                else:
                    flying.discard(outcome.key)
                    yield outcome
    finally:
        for future in running:
            future.cancel()
    if fault is not None:
        raise fault
