"""Benchmark `names`: how long resolution takes for very many names, and what blocking misses.

The names are made from public ones (`names_data`). Up to 100,000 are embedded by the model; more
get vectors made from those of real names (`names_vectors`). Embedding is timed apart. Each size is
a process of its own, so that its peak memory is its own.
"""

import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.backends.embed import MiniLmEmbedder
from kgpipe.bench.names_data import make_names, read_roots
from kgpipe.bench.names_rivals import time_rivals
from kgpipe.bench.names_vectors import Floats, TimedEmbedder, VariantEmbedder, as_mentions
from kgpipe.dedupe.block import find_pairs
from kgpipe.dedupe.entities import resolve_names_of
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings
from kgpipe.types import Kind

SIZES = (100_000, 1_000_000)
# Embedding more takes longer than all the rest, and the others are no match for more.
MAX_EMBEDDED = 100_000
THRESHOLD = 0.85
_QUERIES = 2_000
_PRODUCTS_AT_ONCE = 100


def run(data: Path, out: Path, *, sizes: Sequence[int] = SIZES) -> dict[str, Any]:
    """Time resolution at each size, its blocking against exact search, and what others do.

    Args:
        data: the folder of all public data, or its part `dedupe`.
        out: for `report.json`.
        sizes: how many names.

    Raises:
        KgpipeError: a file is missing.
    """
    roots = read_roots(data)
    out.mkdir(parents=True, exist_ok=True)
    report: dict[str, Any] = {"benchmark": "names", "real_names": len(roots)}
    for size in sizes:
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn) as own:
            report[f"{size} names"] = own.submit(measure, roots, size).result()
        # Each size by itself, since the last one takes its time.
        (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def measure(roots: Sequence[str], size: int) -> dict[str, Any]:
    """The figures of one size."""
    made = make_names(roots, size)
    is_embedded = size <= MAX_EMBEDDED
    with tempfile.TemporaryDirectory() as folder:
        model: Embedder = MiniLmEmbedder()
        embedder = TimedEmbedder(
            model if is_embedded else VariantEmbedder(model, roots, made),
            Path(folder) / "vectors.npy",
        )
        mentions = as_mentions(made)
        names = [name.name for name in made] if is_embedded else []
        del made
        resolution = time_resolution(mentions, embedder)
        vectors = embedder.kept()
    figures = {
        "vectors": "of the model" if is_embedded else "made from those of real names",
        "resolution": resolution,
        "blocking": measure_blocking(vectors),
    }
    if names:
        figures["others"] = time_rivals(names, vectors, threshold=THRESHOLD)
    return figures


def time_resolution(
    mentions: dict[tuple[str, Kind], int], embedder: TimedEmbedder
) -> dict[str, Any]:
    """Seconds and memory of a resolution, the embedding apart."""
    started, cpu = time.perf_counter(), time.process_time()
    resolved = resolve_names_of(
        mentions,
        definitions=(),
        settings=DedupeSettings(threshold=THRESHOLD),
        embedder=embedder,
    )
    wall, used = time.perf_counter() - started, time.process_time() - cpu
    return {
        "seconds": round(wall - embedder.seconds, 1),
        "cpu_seconds": round(used - embedder.cpu_seconds, 1),
        "embedded": embedder.texts,
        "embedding_cpu_seconds": round(embedder.embedding_cpu_seconds, 1),
        "embedded_per_cpu_second": round(
            embedder.texts / max(embedder.embedding_cpu_seconds, 1e-9)
        ),
        "entities": len(resolved.entities),
        "merges": len(resolved.merges),
        # Linux counts in kilobytes.
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def measure_blocking(vectors: Floats) -> dict[str, Any]:
    """Time of the search for pairs, and which of those it finds that exact search finds."""
    size = len(vectors)
    started, cpu = time.perf_counter(), time.process_time()
    # One number a pair: tuples would take gigabytes.
    codes = (left * size + right for _, left, right in find_pairs(vectors, threshold=THRESHOLD))
    found = np.sort(np.fromiter(codes, dtype=np.int64))
    wall, used = time.perf_counter() - started, time.process_time() - cpu
    exact = _exact_pairs(vectors)
    return {
        "seconds": round(wall, 1),
        "cpu_seconds": round(used, 1),
        "pairs": len(found),
        "exact_pairs_of_sample": len(exact),
        "recall": round(float(np.isin(exact, found).mean()), 4) if len(exact) else None,
    }


def _exact_pairs(vectors: Floats) -> NDArray[np.int64]:
    """The pairs at the threshold that hold one of 2,000 sampled rows, a number each."""
    rng = np.random.default_rng(0)
    queries = rng.choice(len(vectors), min(_QUERIES, len(vectors)), replace=False)
    codes = []
    for at in range(0, len(queries), _PRODUCTS_AT_ONCE):
        part = queries[at : at + _PRODUCTS_AT_ONCE]
        row, other = np.nonzero(vectors[part] @ vectors.T >= THRESHOLD)
        one = part[row]
        pairs = np.minimum(one, other) * len(vectors) + np.maximum(one, other)
        codes.append(pairs[one != other])
    return np.unique(np.concatenate(codes))
