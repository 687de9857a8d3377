"""The review page's server in a process of its own."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def serve(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The command in a process of its own; yields the page's address."""
    command = [sys.executable, "-m", "kgpipe", "review", "serve", "-w", str(folder), "--json"]
    process = subprocess.Popen(
        [*command, "--no-open", *options], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["address"], process
    finally:
        process.kill()
        process.wait()
