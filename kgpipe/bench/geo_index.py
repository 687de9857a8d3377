"""Part of benchmark `geo`: a million tile vectors built into an index and searched.

The vectors are real embeddings with jitter: each is one of them, moved in a random direction by
about the distance that they have from each other. What is asked for is drawn in the same way and is
not among them. Making, building and searching run in processes of their own, so that their memory
is their own; a bare call of faiss, on the same index and without one, is timed in the same run.
"""

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, overload

import faiss
import numpy as np
from numpy.typing import NDArray

from kgpipe.bench import geo_lancedb
from kgpipe.bench.apart import run_apart
from kgpipe.geo.embedding.embeddings import Embeddings
from kgpipe.geo.searching.cells import exact_nearest, parameters, share_found
from kgpipe.geo.searching.filters import Circle, TileFilter, passing
from kgpipe.geo.searching.index import FILE, TileIndex
from kgpipe.tiles import Tile

Floats = NDArray[np.float32]

COUNT, QUERIES, NEAREST = 1_000_000, 300, 10
# Enough to tell how far real embeddings lie from each other.
_SAMPLE = 2_000
# Nearer ones show the same ground twice.
_SAME = 1e-4
_MADE_AT_ONCE = 50_000
# Comparing with all takes some 50 ms a query.
_EXACT_QUERIES = 30
# A filter of this radius leaves some thousandths of the tiles, which lie all over South America.
_RADIUS_KM = 200.0


def run(
    vectors: Floats, out: Path, *, count: int = COUNT, queries: int = QUERIES, seed: int = 0
) -> dict[str, Any]:
    """Build an index of `count` vectors and search it, one query at a time.

    Args:
        vectors: real embeddings, shape (tiles, dimensions), rows of length 1; NaN rows are left
            out.
        out: the made vectors lie in a temporary folder in it; nothing stays.
        count: of the vectors.
        queries: how many are asked.
        seed: of the jitter.

    Returns:
        Seconds and peak memory (MB) of building, megabytes of the index, milliseconds of a query
        (median, p95) by kgpipe, by faiss on the same index, by faiss comparing all, and by kgpipe
        within a radius; recall of the true ten nearest; the ratio of medians to faiss; `lancedb`,
        the same of LanceDB where it is installed, else None.

    Raises:
        KgpipeError: a step failed.
    """
    out.mkdir(parents=True, exist_ok=True)
    real = np.ascontiguousarray(vectors[np.isfinite(vectors).all(axis=1)], dtype=np.float32)
    with TemporaryDirectory(dir=out, prefix="geo-index-") as name:
        folder = Path(name)
        reach = spread_of(real, seed=seed)
        np.save(folder / "real.npy", real)
        run_apart(make_vectors, folder, count, queries, reach, seed)
        building = run_apart(build_index, folder)
        asking = run_apart(ask_index, folder)
        rival = run_apart(ask_lancedb, folder).result if geo_lancedb.is_installed() else None
        size = (folder / FILE).stat().st_size if (folder / FILE).exists() else 0
    return {
        "vectors": count,
        "dimensions": int(real.shape[1]),
        "real_vectors": len(real),
        "jitter": reach,
        "cores": os.cpu_count(),
        "build_seconds": building.seconds,
        "build_peak_memory_mb": building.peak_memory_mb,
        "index_mb": size / 2**20,
        **building.result,
        **asking.result,
        "search_peak_memory_mb": asking.peak_memory_mb,
        "lancedb": rival,
    }


def spread_of(real: Floats, *, seed: int) -> float:
    """Median distance of real vectors to the nearest other one that is not the same."""
    drawn = np.random.default_rng(seed).permutation(len(real))[:_SAMPLE]
    cosines = real[drawn] @ real.T
    distances = np.sqrt(np.maximum(2 - 2 * cosines, 0.0))
    distances[distances < _SAME] = np.inf
    nearest = distances.min(axis=1)
    return float(np.median(nearest[np.isfinite(nearest)]))


def jitter(real: Floats, count: int, *, reach: float, generator: np.random.Generator) -> Floats:
    """Draw vectors around real ones, of length 1."""
    base = real[generator.integers(len(real), size=count)]
    noise = generator.standard_normal(base.shape, dtype=np.float32)
    moved = base + noise * np.float32(reach / np.sqrt(real.shape[1]))
    return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True))


def make_vectors(folder: Path, count: int, queries: int, reach: float, seed: int) -> None:
    """Write the vectors and the queries."""
    real = np.load(folder / "real.npy")
    generator = np.random.default_rng(seed)
    shape = (count, real.shape[1])
    made = np.lib.format.open_memmap(folder / "vectors.npy", "w+", np.float32, shape)
    for at in range(0, count, _MADE_AT_ONCE):
        part = made[at : at + _MADE_AT_ONCE]
        part[:] = jitter(real, len(part), reach=reach, generator=generator)
    made.flush()
    np.save(folder / "queries.npy", jitter(real, queries, reach=reach, generator=generator))


def build_index(folder: Path) -> dict[str, Any]:
    """Build and store; tell how it searches."""
    cells = _open(folder).cells
    return {"cells": cells.index.nlist, "probes": cells.probes, "recall_when_built": cells.recall}


def ask_index(folder: Path) -> dict[str, Any]:
    """Time single queries, and compare their results with the truth."""
    queries: Floats = np.load(folder / "queries.npy")
    started = time.perf_counter()
    index = _open(folder)
    cells = index.cells
    opened = time.perf_counter() - started
    rows = np.arange(len(index.vectors))
    truth = exact_nearest(queries, index.vectors, limit=NEAREST, rows=rows)
    found = [[one.row for one in index.search(query, limit=NEAREST)] for query in queries]
    recall = share_found([np.array(one) for one in found], queries, index.vectors, truth)

    ours = _time(partial(index.search, limit=NEAREST), queries)
    wanted = parameters(cells.probes)
    bare = _time(lambda query: cells.index.search(query[None], NEAREST, params=wanted), queries)
    compare = partial(faiss.knn, k=NEAREST, metric=faiss.METRIC_INNER_PRODUCT)
    exact = _time(lambda query: compare(query[None], index.vectors), queries[:_EXACT_QUERIES])
    among = passing(TileFilter((Circle(-60.0, -5.0, _RADIUS_KM),)), index.ground)
    near = _time(partial(index.search, limit=NEAREST, among=among), queries)
    return {
        "threads": faiss.omp_get_max_threads(),
        "open_seconds": opened,
        "recall_at_10": recall,
        "query_ms": ours,
        "query_ms_faiss": bare,
        "query_ms_faiss_exact": exact,
        "ratio_to_faiss": ours["median"] / bare["median"],
        "tiles_within_radius": int(among.sum()),
        "query_ms_within_radius": near,
    }


def ask_lancedb(folder: Path) -> list[dict[str, Any]]:
    """The same vectors and queries in LanceDB."""
    vectors, queries = (
        np.load(folder / "vectors.npy", mmap_mode="r"),
        np.load(folder / "queries.npy"),
    )
    rows = np.arange(len(vectors))
    truth = exact_nearest(queries, vectors, limit=NEAREST, rows=rows)
    return geo_lancedb.measure_lancedb(folder / "lancedb", vectors, queries, truth)


class MadeTiles(Sequence[Tile]):
    """As many tiles as there are vectors, each made when it is looked at."""

    def __init__(self, count: int) -> None:
        self._count = count
        generator = np.random.default_rng(0)
        self._lon = generator.uniform(-80.0, -35.0, count)
        self._lat = generator.uniform(-35.0, 10.0, count)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Tile: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Tile]: ...
    def __getitem__(self, at: int | slice) -> Tile | Sequence[Tile]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(self._count))]
        if not 0 <= at < self._count:
            raise IndexError(at)
        return Tile(
            id=f"tile-{at:07}", source="made", lon=float(self._lon[at]), lat=float(self._lat[at])
        )


def _open(folder: Path) -> TileIndex:
    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    made = Embeddings(tiles=MadeTiles(len(vectors)), vectors=vectors, model="made", bands={})
    return TileIndex(made, file=folder / FILE)


def _time(ask: Callable[[Floats], Any], queries: Floats) -> dict[str, float]:
    """Milliseconds of one call."""
    taken = []
    for query in queries:
        started = time.perf_counter()
        ask(query)
        taken.append(1000 * (time.perf_counter() - started))
    return {"median": float(np.median(taken)), "p95": float(np.percentile(taken, 95))}
