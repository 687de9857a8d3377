"""Keeps one server of Java's alive for as long as its parent: a process run by `arcadedb.py`.

Ends the server in good order when standard input is closed, which happens however the parent
ended, and removes its private folder. Should this process itself be killed, Linux ends the server
at once; elsewhere the next start finds it by its command line and ends it.

Usage: python arcadedb_server.py JAVA PRIVATE_FOLDER PID_FILE CACHE
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

# Closing a database writes out what is in memory, and the first end makes the cache of classes
# (6 s): longer than this is a hang.
CLOSING_SECONDS = 40.0
# How much of the log its parent is told.
_SHOWN_CHARS = 600
# From <sys/prctl.h>: the signal that a process gets when its parent ends.
_PR_SET_PDEATHSIG = 1


def main(java: str, private: str, pid_file: str, cache: str) -> int:
    """Run `java @PRIVATE_FOLDER/arguments` and return its exit code.

    Args:
        java: the program.
        private: a folder that nobody else reads; its log is in there.
        pid_file: tells the next start which process to wait for.
        cache: where `PRIVATE_FOLDER/classes.aot` goes, if the server makes one when it ends.
    """
    with Path(private, "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [java, f"@{private}/arguments"],
            # Its library of logs makes a folder wherever it runs.
            cwd=private,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # Safe: this process has one thread until then.
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509
        )
    Path(pid_file).write_text(f"{process.pid}\n{private}\n", encoding="utf-8")
    # Ctrl+C in a terminal reaches the whole group; this process ends when its parent does.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_wait_for_parent, args=(process,), daemon=True).start()
    code = process.wait()
    _tell_parent(Path(private, "log.txt"))
    _keep_classes(Path(private, "classes.aot"), Path(cache))
    Path(pid_file).unlink(missing_ok=True)
    shutil.rmtree(private, ignore_errors=True)
    return code


def _wait_for_parent(process: "subprocess.Popen[bytes]") -> None:
    # Nothing is ever written to it; `read` returns when the other end is closed. Not by way of
    # `sys.stdin`, whose lock this thread would hold when the process ends.
    os.read(0, 1)
    process.terminate()
    try:
        process.wait(CLOSING_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


def _tell_parent(log: Path) -> None:
    """Say why the server ended, should anybody wonder."""
    # A parent that has ended, or did not wait, does not wonder; the next start may have removed
    # the log by now.
    with contextlib.suppress(OSError):
        said = " ".join(log.read_text(encoding="utf-8", errors="replace").split())
        os.write(1, said[-_SHOWN_CHARS:].encode())


def _keep_classes(made: Path, cache: Path) -> None:
    """Put a finished cache where the next start looks; without it that start takes longer."""
    if not made.exists():
        return
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        moved = cache.with_suffix(f".{os.getpid()}")
        shutil.move(made, moved)
        moved.replace(cache)
    except OSError as error:
        sys.stderr.write(f"kgpipe: {cache} cannot be written: {error}\n")


def _end_with_parent() -> None:
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:5]))
