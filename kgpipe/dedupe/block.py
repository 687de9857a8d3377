"""Candidate pairs: the nearest names by cosine, so that not all pairs need to be compared."""

import math

import faiss
import numpy as np
from numpy.typing import NDArray

# Exact search is as fast as an index up to here, and loses nothing.
MAX_EXACT = 20_000
# Bounds the pairs of a name that thousands resemble ("sample 1", "sample 2", ...).
_NEIGHBOURS = 32
# Of nlist = 4 sqrt(N) cells, 8 are searched: recall .977 at 100,000 names, against exact search.
_CELLS_PER_ROOT, _PROBES = 4, 8
# Below the last digit, sums of products differ with their order.
_DECIMALS = 4
_SLACK = 1e-3
# Two blocks of vectors of 77 MB each.
_PAIRS_AT_ONCE = 50_000


def find_pairs(vectors: NDArray[np.float32], *, threshold: float) -> list[tuple[float, int, int]]:
    """Return (cosine, left, right) with left < right for pairs of rows at or above `threshold`.

    Args:
        vectors: shape (names, dimensions), rows of length 1.
        threshold: compared with the cosine rounded to four decimals.

    Returns:
        Distinct pairs by falling cosine, then by row; each row's 32 nearest are looked at.
    """
    if len(vectors) < 2:
        return []
    near = min(_NEIGHBOURS + 1, len(vectors))
    scores, nearest = _build_index(vectors).search(vectors, near)
    left = np.repeat(np.arange(len(vectors)), near)
    right = nearest.ravel().astype(np.int64)
    # faiss writes -1 where it found fewer.
    found = (right >= 0) & (left != right) & (scores.ravel() >= threshold - _SLACK)
    rows = np.unique(np.sort(np.column_stack((left[found], right[found])), axis=1), axis=0)
    pairs = zip(_cosines(vectors, rows), rows[:, 0].tolist(), rows[:, 1].tolist(), strict=True)
    return sorted((p for p in pairs if p[0] >= threshold), key=lambda p: (-p[0], p[1], p[2]))


def _cosines(vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> list[float]:
    """Rounded cosines of pairs of rows; a search gives a pair's two directions a hair apart."""
    cosines: list[float] = []
    for start in range(0, len(rows), _PAIRS_AT_ONCE):
        left, right = rows[start : start + _PAIRS_AT_ONCE].T
        products = np.einsum("pd,pd->p", vectors[left], vectors[right])
        cosines += [round(product, _DECIMALS) for product in products.tolist()]
    return cosines


def _build_index(vectors: NDArray[np.float32]) -> faiss.Index:
    count, dimensions = vectors.shape
    exact = faiss.IndexFlatIP(dimensions)
    if count <= MAX_EXACT:
        exact.add(vectors)
        return exact
    cells = int(_CELLS_PER_ROOT * math.sqrt(count))
    index = faiss.IndexIVFFlat(exact, dimensions, cells, faiss.METRIC_INNER_PRODUCT)
    # faiss seeds its k-means with a constant, so the cells are the same in every run.
    # 32 names a cell do; faiss asks for 39 and complains on stderr.
    index.cp.min_points_per_centroid = 32
    index.train(vectors)
    index.add(vectors)
    index.nprobe = _PROBES
    return index
