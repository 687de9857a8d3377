"""Approximate search over many vectors: cells around centroids, of which the nearest are looked at.

An inverted file (Jegou et al. 2011, section 4) with 16 bits a number, so that a million vectors of
128 dimensions take 270 MB. How many cells a query looks at is measured when the index is built: the
fewest with which `TARGET` of the true ten nearest are found. Of 100,000 such vectors a graph (HNSW
with 32 links) took three times as long to build and three times the space, and found no more.
"""

import json
import math
import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

# Share of the true ten nearest that must be found; .95 is promised.
TARGET, _NEAREST = 0.98, 10
# nlist = 4 sqrt(N), which faiss's guidelines advise for a million.
_CELLS_PER_ROOT = 4
# Rounds of k-means, and vectors a cell in it. The default of 25 and 256 takes far longer; of
# 300,000 vectors 8 rounds found no more than 4. faiss complains below 39 a cell.
_ROUNDS, _VECTORS_PER_CELL = 4, 40
_ADDED_AT_ONCE = 50_000
# Tiles to ask for, and as many points half way between two tiles: texts lie off the tiles too.
# Of 300,000 vectors, 4 cells found .997 of what is near tiles, and 64 found .98 of the others.
_TRIALS = 100
# More than are asked for are fetched, as 16 bits a number tell near ties apart wrongly.
_SPARE = 20
# Sums of products differ in the last digits with their order.
_SLACK = 1e-5
# Changes whenever a file of an older version could not be read, or would answer worse.
_FORMAT = 1


class CellIndex(NamedTuple):
    """A built index, how many cells a query looks at, and the recall that was measured with it."""

    index: Any
    probes: int
    recall: float

    def search(self, query: Floats, *, limit: int, among: Mask, count: int) -> Rows:
        """Return rows of the nearest among those that may be found, and some more, in no order.

        Args:
            query: shape (dimensions,).
            limit: how many are to be among them.
            among: by row whether it may be found.
            count: how many rows that are. Where they are few, more cells are looked at.
        """
        total, cells = self.index.ntotal, self.index.nlist
        bits = np.packbits(among, bitorder="little")
        selector = faiss.IDSelectorBitmap(len(bits), faiss.swig_ptr(bits))
        probes = min(cells, math.ceil(self.probes * total / count))
        while True:
            wanted = parameters(probes)
            if count < total:
                wanted.sel = selector
            _, rows = self.index.search(query[np.newaxis], limit + _SPARE, params=wanted)
            # faiss writes -1 where it found fewer.
            found: Rows = rows[rows >= 0]
            if len(found) >= min(limit, count) or probes == cells:
                return found
            probes = min(cells, 2 * probes)


def build_cells(vectors: Floats, rows: Rows) -> CellIndex:
    """Build the index of the vectors at `rows` and measure how many cells to look at.

    The same vectors give the same index.
    """
    dimensions = vectors.shape[1]
    cells = int(_CELLS_PER_ROOT * math.sqrt(len(rows)))
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(dimensions), dimensions, cells, faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT, False,
    )  # fmt: skip
    index.cp.niter = _ROUNDS
    generator = np.random.default_rng(0)
    sample = generator.choice(rows, min(len(rows), cells * _VECTORS_PER_CELL), replace=False)
    # faiss seeds its k-means with a constant.
    index.train(_read(vectors, np.sort(sample)))
    for at in range(0, len(rows), _ADDED_AT_ONCE):
        part = rows[at : at + _ADDED_AT_ONCE]
        index.add_with_ids(_read(vectors, part), part)
    queries = _draw_queries(vectors, rows, generator)
    probes, recall = _choose_probes(index, queries, vectors, rows)
    return CellIndex(index, probes, recall)


def parameters(probes: int) -> Any:
    """How faiss is to search: so many cells."""
    wanted = faiss.SearchParametersIVF()
    wanted.nprobe = probes
    return wanted


def exact_nearest(queries: Floats, vectors: Floats, *, limit: int, rows: Rows) -> Floats:
    """The true scores of the nearest, shape (queries, limit), by falling score."""
    best = np.full((len(queries), limit), -np.inf, dtype=np.float32)
    for at in range(0, len(rows), _ADDED_AT_ONCE):
        part = queries @ _read(vectors, rows[at : at + _ADDED_AT_ONCE]).T
        both = np.hstack((best, part))
        best = np.partition(both, both.shape[1] - limit, axis=1)[:, -limit:]
    return np.asarray(np.sort(best, axis=1)[:, ::-1])


def share_found(found: Sequence[Rows], queries: Floats, vectors: Floats, truth: Floats) -> float:
    """Recall: how many of the true nearest were found, where equally near ones are as good.

    Args:
        found: rows for each query.
        queries: shape (queries, dimensions).
        vectors: of all tiles.
        truth: scores of the true nearest, shape (queries, k).
    """
    hits = 0
    for query, rows, scores in zip(queries, found, truth, strict=True):
        own = vectors[rows] @ query
        hits += min(int(np.count_nonzero(own >= scores[-1] - _SLACK)), len(scores))
    return hits / truth.size


def save_cells(cells: CellIndex, path: Path, *, digest: str) -> None:
    """Write the index so that a reader sees all of it, or what was there before.

    The file is one line of JSON, then the index as faiss writes it.

    Args:
        cells: the index.
        path: file to write.
        digest: of the vectors.
    """
    content = faiss.serialize_index(cells.index).tobytes()
    header = {
        "format": _FORMAT, "vectors": digest, "probes": cells.probes, "recall": cells.recall,
        "sha256": sha256(content).hexdigest(),
    }  # fmt: skip
    # Two that build at once do not write into one file.
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with partial.open("wb") as file:
            file.write(json.dumps(header).encode() + b"\n")
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_cells(path: Path, *, digest: str) -> CellIndex | str:
    """Read an index back, or return why it cannot be used."""
    line, _, content = path.read_bytes().partition(b"\n")
    try:
        header = json.loads(line)
        if header["format"] != _FORMAT:
            return "another version of kgpipe wrote it"
        if header["vectors"] != digest:
            return "the embeddings have changed since"
        if header["sha256"] != sha256(content).hexdigest():
            return "it is damaged"
        index = faiss.deserialize_index(np.frombuffer(content, dtype=np.uint8))
        return CellIndex(index, int(header["probes"]), float(header["recall"]))
    except (ValueError, TypeError, KeyError):
        return "it is damaged"


def _draw_queries(vectors: Floats, rows: Rows, generator: np.random.Generator) -> Floats:
    drawn = _read(vectors, generator.choice(rows, 2 * _TRIALS))
    middles = drawn[:_TRIALS] + drawn[_TRIALS:]
    lengths = np.maximum(np.linalg.norm(middles, axis=1, keepdims=True), _SLACK)
    return np.vstack((drawn[:_TRIALS], middles / lengths))


def _choose_probes(index: Any, queries: Floats, vectors: Floats, rows: Rows) -> tuple[int, float]:
    """The fewest cells, by doubling, with which the target is met, and the recall with them.

    Tiles and the points between them must both meet it; these need more cells.
    """
    truth = exact_nearest(queries, vectors, limit=_NEAREST, rows=rows)
    kinds = slice(None, _TRIALS), slice(_TRIALS, None)
    probes = 1
    while True:
        _, found = index.search(queries, _NEAREST + _SPARE, params=parameters(probes))
        listed = [one[one >= 0] for one in found]
        recall = min(
            share_found(listed[kind], queries[kind], vectors, truth[kind]) for kind in kinds
        )
        if recall >= TARGET or probes >= index.nlist:
            return probes, recall
        probes = min(index.nlist, 2 * probes)


def _read(vectors: Floats, rows: Rows) -> Floats:
    return np.ascontiguousarray(vectors[rows], dtype=np.float32)
