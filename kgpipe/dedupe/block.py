"""Candidate pairs: the nearest names by cosine, so that not all pairs need to be compared.

Memory beside the vectors: half of theirs for the index above 20,000 names, and 16 bytes a pair.
"""

import math
from collections.abc import Iterator

import faiss
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

# Exact search is as fast as an index up to here, and loses nothing.
MAX_EXACT = 20_000
# Bounds the pairs of a name that thousands resemble ("sample 1", "sample 2", ...). Of 75,000 names
# in Latin script none had more within a cosine of .85; 32 would lose 1.5 % of their pairs.
NEIGHBOURS = 64
# Of nlist = 4 sqrt(N) cells, 8 are searched: recall .997 of the pairs at .85 of 87,000 names.
_CELLS_PER_ROOT, _PROBES = 4, 8
# Rounds of k-means and names a cell in it: 25 and 256, the default, take 13 times as long and find
# no more pairs. faiss complains below 39 names a cell.
_ROUNDS, _NAMES_PER_CELL = 4, 40
# Below the last digit, sums of products differ with their order.
_DECIMALS = 4
# An index with 16 bits a number is off by less.
_SLACK = 1e-3
# Two blocks of vectors of 77 MB each.
_PAIRS_AT_ONCE = 50_000
_QUERIES_AT_ONCE = 20_000


def find_pairs(vectors: Floats, *, threshold: float) -> Iterator[tuple[float, int, int]]:
    """Yield (cosine, left, right) with left < right for pairs of rows at or above `threshold`.

    Up to 20,000 rows the search is exact. Above, rows with equal vectors, such as names in a script
    that the model cannot read, are one point in it, that of the first of them; among themselves
    each is paired with the next 64.

    Args:
        vectors: shape (names, dimensions), rows of length 1.
        threshold: compared with the cosine rounded to four decimals.

    Yields:
        Distinct pairs by falling cosine, then by row; each point's 64 nearest are looked at.
    """
    if len(vectors) < 2:
        return
    vectors = np.ascontiguousarray(vectors)
    firsts, copies = np.arange(len(vectors)), np.empty((0, 2), dtype=np.int64)
    if len(vectors) > MAX_EXACT:
        firsts, copies = _split_copies(vectors)
    rows = np.vstack((copies, _near_rows(vectors, firsts, threshold=threshold - _SLACK)))
    cosines = _cosines(vectors, rows)
    keep = cosines >= threshold
    rows, cosines = rows[keep], cosines[keep]
    for at in np.lexsort((rows[:, 1], rows[:, 0], -cosines)):
        yield float(cosines[at]), int(rows[at, 0]), int(rows[at, 1])


def _split_copies(vectors: Floats) -> tuple[Rows, Rows]:
    """The first row of each distinct vector, in order; and pairs of rows with equal vectors."""
    words = vectors.view(np.uint32)
    # A fingerprint of 64 bits: two vectors that share one by accident are a pair to be scored.
    factors = np.random.default_rng(0).integers(1, 1 << 63, words.shape[1], dtype=np.uint64)
    marks = np.concatenate(
        [
            (words[at : at + _QUERIES_AT_ONCE].astype(np.uint64) * (factors | np.uint64(1))).sum(1)
            for at in range(0, len(words), _QUERIES_AT_ONCE)
        ]
    )
    order = np.argsort(marks, kind="stable")
    marks = marks[order]
    is_first = np.concatenate(([True], marks[1:] != marks[:-1]))
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for step in range(1, min(NEIGHBOURS, len(marks) - 1) + 1):
        same = np.flatnonzero(marks[step:] == marks[:-step])
        if not len(same):
            break
        pairs.append(np.column_stack((order[same], order[same + step])))
    return np.sort(order[is_first]), np.vstack(pairs)


def _near_rows(vectors: Floats, firsts: Rows, *, threshold: float) -> Rows:
    """Distinct pairs of the rows `firsts`, shape (pairs, 2), from each one's nearest."""
    index = _build_index(vectors, firsts)
    near = min(NEIGHBOURS + 1, len(firsts))
    found = [np.empty(0, dtype=np.int64)]
    for at in range(0, len(firsts), _QUERIES_AT_ONCE):
        queries = firsts[at : at + _QUERIES_AT_ONCE]
        scores, places = index.search(vectors[queries], near)
        # faiss writes -1 where it found fewer.
        query, rank = np.nonzero((scores >= threshold) & (places >= 0))
        one, other = queries[query], firsts[places[query, rank]]
        # One number a pair: a sort of these is ten times as fast as one of rows.
        codes = np.minimum(one, other) * len(vectors) + np.maximum(one, other)
        found.append(codes[one != other])
    codes = np.unique(np.concatenate(found))
    return np.column_stack(np.divmod(codes, len(vectors)))


def _cosines(vectors: Floats, rows: Rows) -> NDArray[np.float64]:
    """Rounded cosines of pairs of rows; a search gives a pair's two directions a hair apart."""
    cosines = np.empty(len(rows))
    for at in range(0, len(rows), _PAIRS_AT_ONCE):
        left, right = rows[at : at + _PAIRS_AT_ONCE].T
        cosines[at : at + _PAIRS_AT_ONCE] = np.einsum("pd,pd->p", vectors[left], vectors[right])
    return np.round(cosines, _DECIMALS)


def _build_index(vectors: Floats, firsts: Rows) -> faiss.Index:
    count, dimensions = len(firsts), vectors.shape[1]
    exact = faiss.IndexFlatIP(dimensions)
    if count <= MAX_EXACT:
        exact.add(vectors[firsts])
        return exact
    cells = int(_CELLS_PER_ROOT * math.sqrt(count))
    half = faiss.ScalarQuantizer.QT_fp16
    index = faiss.IndexIVFScalarQuantizer(
        exact, dimensions, cells, half, faiss.METRIC_INNER_PRODUCT, False
    )
    index.cp.niter = _ROUNDS
    sample = np.random.default_rng(0).choice(
        firsts, min(count, cells * _NAMES_PER_CELL), replace=False
    )
    # faiss seeds its k-means with a constant, so the cells are the same in every run.
    index.train(vectors[np.sort(sample)])
    for at in range(0, count, _QUERIES_AT_ONCE):
        index.add(vectors[firsts[at : at + _QUERIES_AT_ONCE]])
    index.nprobe = _PROBES
    return index
