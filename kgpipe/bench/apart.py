"""Runs a function in a process of its own, so that its memory and its caches are its own."""

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from kgpipe.errors import KgpipeError

# `ru_maxrss` is in kilobytes on Linux, in bytes on macOS.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


class Measured(NamedTuple):
    """What a function returned, its wall and CPU seconds, and its process's peak memory in MB."""

    result: Any
    seconds: float
    cpu_seconds: float
    peak_memory_mb: float


def run_apart(function: Callable[..., Any], *arguments: Any) -> Measured:
    """Call a module-level function in a process that ends; what it returns must be picklable.

    Raises:
        KgpipeError: the process ended without an answer.
    """
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe(duplex=False)
    process = spawning.Process(target=_call, args=(theirs, function, arguments))
    process.start()
    theirs.close()
    try:
        answer: Measured = ours.recv()
    except EOFError as error:
        process.join()
        raise KgpipeError(f"{function.__name__} failed; its message stands above.") from error
    process.join()
    return answer


def _call(answers: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    started, cpu_started = time.perf_counter(), time.process_time()
    result = function(*arguments)
    seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu_started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT / 2**20
    answers.send(Measured(result, seconds, cpu_seconds, peak))
