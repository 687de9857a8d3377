"""Benchmark `overhead`: what the pipeline adds to the time that a model takes to answer.

A server in a process of its own answers every call after a fixed time; 200 chunks are extracted
through the whole path: pool, limits, LangChain, HTTP, reply store, parsing, grounding, results.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kgpipe.errors import KgpipeError
from kgpipe.pipeline import Run
from kgpipe.settings import ExtractSettings, Settings
from kgpipe.types import Chunk
from kgpipe.wiring import wire
from kgpipe.workspace import Workspace

CHUNKS = 200
CHUNK_CHARS = 2600
CONCURRENCY = 16
ANSWER_SECONDS = 0.2
# What a careful model finds in a chunk of this length, about.
TRIPLES_PER_CHUNK = 8
# Other work on the machine only ever adds time, so the least of several runs is the measurement.
REPEATS = 3
# `ru_maxrss` is in kilobytes on Linux, in bytes on macOS.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


def run(out: Path) -> dict[str, Any]:
    """Extract 200 chunks with 16 calls at once from a server that answers after 0.2 s.

    Args:
        out: `report.json` is written here.

    Returns:
        The report: wall and CPU seconds of this process, least of three runs, beside the wall time
        that the server alone would take; peak memory of this process in MB, imports included.

    Raises:
        KgpipeError: the server did not start, or a chunk was not answered.
    """
    chunks = make_chunks(CHUNKS)
    with slow_server(ANSWER_SECONDS, TRIPLES_PER_CHUNK) as base_url:
        runs = [_measure(chunks, base_url) for _ in range(REPEATS)]
    report: dict[str, Any] = {
        "chunks": CHUNKS,
        "chunk_bytes": len(chunks[0].text.encode()),
        "concurrency": CONCURRENCY,
        "floor_seconds": CHUNKS * ANSWER_SECONDS / CONCURRENCY,
        "wall_seconds": min(run["wall_seconds"] for run in runs),
        "cpu_seconds": min(run["cpu_seconds"] for run in runs),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT / 2**20,
        "cores": os.cpu_count(),
        "runs": runs,
    }
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n")
    return report


def make_chunks(count: int) -> list[Chunk]:
    """Chunks of sentences, no two of which are alike."""
    return [_make_chunk(number) for number in range(count)]


@contextmanager
def slow_server(seconds: float, triples: int) -> Iterator[str]:
    """Run `slow_server` in a process of its own; yields its base URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kgpipe.bench.slow_server", str(seconds), str(triples)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None and process.stdin is not None
        port = process.stdout.readline().strip()
        if not port:
            raise KgpipeError("The benchmark's server did not start; its message stands above.")
        try:
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.stdin.close()


def _measure(chunks: Sequence[Chunk], base_url: str) -> dict[str, Any]:
    """One run in a new workspace; what is imported and built once a run is not measured."""
    extract = ExtractSettings(model="openai:slow", base_url=base_url, concurrency=CONCURRENCY)
    settings = Settings(extract=extract)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        ports = wire(settings, workspace)
        ports.extractor.make()
        wall, cpu = time.perf_counter(), time.process_time()
        triples = Run(workspace, settings, ports).extract(chunks)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        workspace.close()
    if len(triples) != len(chunks) * TRIPLES_PER_CHUNK:
        raise KgpipeError(f"{len(chunks)} chunks gave {len(triples)} triples: the run is no good.")
    return {"wall_seconds": wall, "cpu_seconds": cpu, "triples": len(triples)}


def _make_chunk(number: int) -> Chunk:
    sentences: list[str] = []
    while sum(map(len, sentences)) < CHUNK_CHARS:
        sentences.append(
            f"Camp {number} released {len(sentences) + 1} kilograms of mercury into river "
            f"{number * 31 + len(sentences)}. "
        )
    text = "".join(sentences).strip()
    return Chunk(
        id=f"chunk-{number}", document_id="document", start=0, end=len(text), text=text,
        language="en",
    )  # fmt: skip
