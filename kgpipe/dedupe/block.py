"""Candidate pairs: the nearest names by cosine, so that not all pairs need to be compared.

Memory beside the vectors: half of theirs for the index above 20,000 names, and 16 bytes a pair.
"""

import math
from collections.abc import Iterator
from functools import partial
from itertools import product
from typing import NamedTuple

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
# Names with one vector that are compared with others than themselves.
_COPIES = 8


def find_pairs(
    vectors: Floats, *, threshold: float, rows: Rows | None = None
) -> Iterator[tuple[float, int, int]]:
    """Yield (cosine, left, right) with left < right for pairs of rows at or above `threshold`.

    Up to 20,000 rows the search is exact, as it is for a few rows among many. Above, rows with
    equal vectors, such as names in a script that the model cannot read, are one point in it. The
    first 8 of them get its pairs, and among themselves each is paired with the next 64.

    Args:
        vectors: shape (names, dimensions), rows of length 1.
        threshold: compared with the cosine rounded to four decimals.
        rows: only pairs with one of these are wanted; None for all.

    Yields:
        Distinct pairs by falling cosine, then by row; each point's 64 nearest are looked at.
    """
    if len(vectors) < 2:
        return
    vectors = np.ascontiguousarray(vectors)
    low = threshold - _SLACK
    if len(vectors) <= MAX_EXACT:
        every = np.arange(len(vectors))
        pairs = _near_rows(vectors, every, every if rows is None else rows, threshold=low)
    else:
        copies = _split_copies(vectors)
        queries = copies.firsts
        if rows is not None:
            # A new copy of a known vector is near what that is near.
            queries = np.intersect1d(queries, _first_of(copies)[rows])
        near = _near_rows(vectors, copies.firsts, queries, threshold=low)
        pairs = np.vstack((_pair_copies(copies), _spread_to_copies(near, copies)))
        if rows is not None:
            pairs = pairs[np.isin(pairs, rows).any(axis=1)]
    cosines = _cosines(vectors, pairs)
    keep = cosines >= threshold
    pairs, cosines = pairs[keep], cosines[keep]
    for at in np.lexsort((pairs[:, 1], pairs[:, 0], -cosines)):
        yield float(cosines[at]), int(pairs[at, 0]), int(pairs[at, 1])


class _Copies(NamedTuple):
    """Rows by their vectors: `order` lists them, those with equal vectors side by side.

    `start` and `size` tell for the first row of each vector where its copies stand in `order`.
    """

    firsts: Rows
    order: Rows
    start: Rows
    size: Rows


def _split_copies(vectors: Floats) -> _Copies:
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
    at_first = np.flatnonzero(np.diff(marks[order], prepend=~marks[order[:1]]))
    start, size = np.zeros((2, len(vectors)), dtype=np.int64)
    start[order[at_first]] = at_first
    size[order[at_first]] = np.diff(at_first, append=len(order))
    return _Copies(np.sort(order[at_first]), order, start, size)


def _first_of(copies: _Copies) -> Rows:
    """By row the first row with its vector."""
    first = np.empty(len(copies.order), dtype=np.int64)
    in_order = copies.firsts[np.argsort(copies.start[copies.firsts])]
    first[copies.order] = np.repeat(in_order, copies.size[in_order])
    return first


def _pair_copies(copies: _Copies) -> Rows:
    """Pairs of rows with equal vectors, each with the next 64."""
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for step in range(1, NEIGHBOURS + 1):
        longer = copies.firsts[copies.size[copies.firsts] > step]
        if not len(longer):
            break
        counts = copies.size[longer] - step
        begins = np.repeat(copies.start[longer] - np.cumsum(counts) + counts, counts)
        places = begins + np.arange(counts.sum())
        pairs.append(np.column_stack((copies.order[places], copies.order[places + step])))
    return np.vstack(pairs)


def _spread_to_copies(pairs: Rows, copies: _Copies) -> Rows:
    """The pairs, and those of the copies of their ends."""
    spread = [np.empty((0, 2), dtype=np.int64)]
    sizes = np.minimum(copies.size[pairs], _COPIES)
    for one, other in product(range(sizes.max(initial=0)), repeat=2):
        some = pairs[(sizes > (one, other)).all(axis=1)]
        places = copies.start[some] + (one, other)
        spread.append(np.sort(copies.order[places], axis=1))
    return np.vstack(spread)


def _near_rows(vectors: Floats, firsts: Rows, queries: Rows, *, threshold: float) -> Rows:
    """Distinct pairs of `queries` and their nearest of the rows `firsts`, shape (pairs, 2)."""
    if not len(queries):
        return np.empty((0, 2), dtype=np.int64)
    search = (
        partial(_search_all, vectors[firsts])
        if len(queries) * len(firsts) <= MAX_EXACT**2
        else _build_index(vectors, firsts).search
    )
    near = min(NEIGHBOURS + 1, len(firsts))
    found = [np.empty(0, dtype=np.int64)]
    for at in range(0, len(queries), _QUERIES_AT_ONCE):
        part = queries[at : at + _QUERIES_AT_ONCE]
        scores, places = search(vectors[part], near)
        # faiss writes -1 where it found fewer.
        query, rank = np.nonzero((scores >= threshold) & (places >= 0))
        one, other = part[query], firsts[places[query, rank]]
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


def _search_all(points: Floats, queries: Floats, near: int) -> tuple[Floats, Rows]:
    scores, places = faiss.knn(queries, points, near, metric=faiss.METRIC_INNER_PRODUCT)
    return scores, places


def _build_index(vectors: Floats, rows: Rows) -> faiss.Index:
    count, dimensions = len(rows), vectors.shape[1]
    cells = int(_CELLS_PER_ROOT * math.sqrt(count))
    half = faiss.ScalarQuantizer.QT_fp16
    centres = faiss.IndexFlatIP(dimensions)
    index = faiss.IndexIVFScalarQuantizer(
        centres, dimensions, cells, half, faiss.METRIC_INNER_PRODUCT, False
    )
    index.cp.niter = _ROUNDS
    sample = np.random.default_rng(0).choice(
        rows, min(count, cells * _NAMES_PER_CELL), replace=False
    )
    # faiss seeds its k-means with a constant, so the cells are the same in every run.
    index.train(vectors[np.sort(sample)])
    for at in range(0, count, _QUERIES_AT_ONCE):
        index.add(vectors[rows[at : at + _QUERIES_AT_ONCE]])
    index.nprobe = _PROBES
    return index
