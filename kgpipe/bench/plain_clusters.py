"""What is compared: names clustered by the cosine of their embeddings alone, at every threshold."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]

THRESHOLDS = tuple(round(0.6 + 0.01 * step, 2) for step in range(40))
# Rows of products at once: 110 MB at 27,000 names.
_BLOCK = 1_000


class Pairs(NamedTuple):
    """Pairs of rows, left < right, with their cosine; `size` rows in all."""

    left: Ints
    right: Ints
    cosine: NDArray[np.float32]
    size: int


class Plain(NamedTuple):
    """How names are clustered by cosine alone: one of `METHODS`, and from which cosine on."""

    method: str
    threshold: float
    score: float


def near_pairs(vectors: Vectors, *, within: Sequence[Ints] | None = None) -> Pairs:
    """All pairs at or above the lowest of `THRESHOLDS`, by exact search.

    Args:
        vectors: shape (n, d), rows of length 1.
        within: groups of rows, if only pairs inside a group count.
    """
    parts = []
    for group in [np.arange(len(vectors))] if within is None else within:
        for start in range(0, len(group), _BLOCK):
            rows = group[start : start + _BLOCK]
            cosines = vectors[rows] @ vectors[group].T
            left, right = np.nonzero(cosines >= THRESHOLDS[0])
            kept = rows[left] < group[right]
            left, right = left[kept], right[kept]
            parts.append((rows[left], group[right], cosines[left, right]))
    left, right, cosine = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Pairs(left, right, cosine, len(vectors))


def best_plain(pairs: Pairs, score: Callable[[Ints], float]) -> Plain:
    """The best of `METHODS` over `THRESHOLDS`, as `score` judges each row's cluster."""
    found = [
        Plain(method, threshold, score(cluster(pairs, threshold)))
        for threshold in THRESHOLDS
        for method, cluster in METHODS.items()
    ]
    return max(found, key=lambda plain: plain.score)


def components(pairs: Pairs, threshold: float) -> Ints:
    """Clusters of rows that a chain of pairs joins."""
    return np.asarray(connected_components(_graph(pairs, threshold), directed=False)[1], np.int64)


def stars(pairs: Pairs, threshold: float) -> Ints:
    """Clusters of a row and its neighbours, those of most neighbours first."""
    graph = _graph(pairs, threshold)
    graph = (graph + graph.T).tocsr()
    degrees = np.diff(graph.indptr)
    clusters = np.full(pairs.size, -1, dtype=np.int64)
    for centre in np.argsort(-degrees, kind="stable").tolist():
        if clusters[centre] >= 0:
            continue
        near = graph.indices[graph.indptr[centre] : graph.indptr[centre + 1]]
        clusters[near[clusters[near] < 0]] = centre
        clusters[centre] = centre
    return clusters


# Components are the transitive closure; stars what sentence-transformers' `community_detection`
# makes: the row with most neighbours takes those that are free, and so on.
METHODS: Mapping[str, Callable[[Pairs, float], Ints]] = {"components": components, "stars": stars}


def _graph(pairs: Pairs, threshold: float) -> Any:
    kept = pairs.cosine >= threshold
    ones = np.ones(int(kept.sum()), dtype=np.int8)
    shape = (pairs.size, pairs.size)
    return sparse.coo_array((ones, (pairs.left[kept], pairs.right[kept])), shape=shape).tocsr()
