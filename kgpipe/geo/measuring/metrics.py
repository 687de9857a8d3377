"""Scores of embeddings: ranked labels, retrieval across sensors, clusters, and their intervals.

An undefined figure (no positive, one cluster) is nan. By scikit-learn's formulas but without it, so
that a model can be measured with the core install.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

from kgpipe.stats.intervals import Estimate, Indices, cluster_bootstrap

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Vectors = NDArray[np.float32]

# Distances of so many rows at once: 1,000 by 10,000 in float32 are 40 MB.
_ROWS_AT_ONCE = 1_000
_KMEANS_ROUNDS = 50
# The best of so many starts is kept.
_KMEANS_STARTS = 5


class MeanAveragePrecision(NamedTuple):
    """Over labels: the mean of each one's average precision, and that of all pairs pooled."""

    macro: float
    micro: float


class Compared(NamedTuple):
    """A figure of two systems on the same items, and the difference `first - second`."""

    first: Estimate
    second: Estimate
    difference: Estimate


# ---------------------------------------------------------------- ranked labels


def average_precision(scores: Floats, outcomes: Floats) -> float:
    """Area under the steps of precision over recall: sum of (R_n - R_n-1) P_n.

    Items of equal score enter together, so that their order does not matter.

    Args:
        scores: higher is more positive, shape (n,).
        outcomes: 1 or 0, shape (n,).
    """
    positives = float(outcomes.sum())
    if not positives:
        return float("nan")
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(outcomes[order])[ends]
    gained = np.diff(hits, prepend=0.0)
    return float((gained * hits / (ends + 1)).sum() / positives)


def mean_average_precision(scores: Floats, labels: Floats) -> MeanAveragePrecision:
    """Of several labels an item; labels that no item has are left out of the macro mean.

    Args:
        scores: shape (n, labels).
        labels: 1 or 0, shape (n, labels).
    """
    each = [
        average_precision(column, gold)
        for column, gold in zip(scores.T, labels.T, strict=True)
        if gold.any()
    ]
    macro = float(np.mean(each)) if each else float("nan")
    return MeanAveragePrecision(macro, average_precision(scores.ravel(), labels.ravel()))


# ---------------------------------------------------------------- retrieval


def pair_ranks(queries: Vectors, gallery: Vectors) -> Ints:
    """The rank (from 1) at which query i finds gallery i by cosine, shape (n,).

    What is as near as the right one counts as found before it, so that a collapsed embedding, in
    which all are equally near, gets the last rank.

    Args:
        queries: rows of length 1, shape (n, d), of numbers alone.
        gallery: of the same shape.
    """
    own = np.einsum("nd,nd->n", queries, gallery)
    ranks = np.empty(len(queries), dtype=np.int64)
    for at in range(0, len(queries), _ROWS_AT_ONCE):
        part = slice(at, at + _ROWS_AT_ONCE)
        # One digit less than float32 has: the two sums need not end on the same last bit.
        near = queries[part] @ gallery.T >= own[part, None] - 1e-6
        rows = np.arange(len(near))
        near[rows, at + rows] = True
        ranks[part] = near.sum(axis=1)
    return ranks


def recall_at(ranks: Ints, k: int) -> float:
    """Share of queries whose own item is among the first `k`."""
    return float((ranks <= k).mean()) if len(ranks) else float("nan")


def chance_recall_at(gallery: int, k: int) -> float:
    """The recall of a random order of `gallery` items."""
    return min(1.0, k / gallery) if gallery else float("nan")


def label_precision_at(vectors: Vectors, labels: Ints, k: int) -> Floats:
    """Share of the `k` nearest others that have an item's label, shape (n,)."""
    shares = np.empty(len(vectors))
    for at in range(0, len(vectors), _ROWS_AT_ONCE):
        part = slice(at, at + _ROWS_AT_ONCE)
        near = vectors[part] @ vectors.T
        rows = np.arange(len(near))
        near[rows, at + rows] = -np.inf
        nearest = np.argsort(-near, axis=1, kind="stable")[:, :k]
        shares[part] = (labels[nearest] == labels[part, None]).mean(axis=1)
    return shares


# ---------------------------------------------------------------- clusters


def silhouette(vectors: Vectors, labels: Ints) -> float:
    """Mean silhouette width (Rousseeuw 1987) by Euclidean distance; an item alone counts 0."""
    names, codes = np.unique(labels, return_inverse=True)
    if not 2 <= len(names) < len(labels):
        return float("nan")
    members = np.eye(len(names))[codes]
    sizes = members.sum(axis=0)
    squares = np.einsum("nd,nd->n", vectors, vectors)
    widths = np.zeros(len(vectors))
    for at in range(0, len(vectors), _ROWS_AT_ONCE):
        part = slice(at, at + _ROWS_AT_ONCE)
        gaps = squares[part, None] + squares - 2 * vectors[part] @ vectors.T
        rows = np.arange(len(gaps))
        # What rounding leaves of an item's distance to itself would be a large root.
        gaps[rows, at + rows] = 0
        sums = np.sqrt(np.maximum(gaps, 0)) @ members
        own = codes[part]
        inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
        means = sums / sizes
        means[rows, own] = np.inf
        outside = means.min(axis=1)
        wide = (outside - inside) / np.maximum(np.maximum(outside, inside), 1e-12)
        widths[part] = np.where(sizes[own] > 1, wide, 0)
    return float(widths.mean())


def cluster_vectors(vectors: Vectors, clusters: int, *, seed: int) -> Ints:
    """The k-means cluster of each row, shape (n,)."""
    means = faiss.Kmeans(
        vectors.shape[1], clusters, niter=_KMEANS_ROUNDS, nredo=_KMEANS_STARTS, seed=seed,
        # faiss would draw a sample of large sets, and warn of small ones.
        min_points_per_centroid=1, max_points_per_centroid=max(len(vectors), 1),
    )  # fmt: skip
    means.train(np.ascontiguousarray(vectors, dtype=np.float32))
    found = means.index.search(np.ascontiguousarray(vectors, dtype=np.float32), 1)[1]
    return np.asarray(found[:, 0], dtype=np.int64)


def mutual_information(first: Ints, second: Ints) -> float:
    """Normalised by the mean of the two entropies (NMI), 0 to 1; 1 where both are one cluster."""
    rows, columns = (np.unique(one, return_inverse=True)[1] for one in (first, second))
    table = np.zeros((rows.max(initial=-1) + 1, columns.max(initial=-1) + 1))
    np.add.at(table, (rows, columns), 1.0)
    table /= max(len(first), 1)
    sides = table.sum(axis=1), table.sum(axis=0)
    entropies = [-(side * np.log(side)).sum() for side in sides]
    if sum(entropies) == 0:
        return 1.0
    by_chance = np.outer(*sides)
    seen = table > 0
    shared = (table[seen] * np.log(table[seen] / by_chance[seen])).sum()
    return float(2 * shared / sum(entropies))


# ---------------------------------------------------------------- intervals


def estimate(
    statistic: Callable[[Indices], float],
    groups: Sequence[Hashable],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Estimate:
    """A figure with the percentile interval over resampled groups."""
    return cluster_bootstrap(
        lambda rows: (statistic(rows),), groups, resamples=resamples, seed=seed
    )[0]


def compare(
    first: Callable[[Indices], float],
    second: Callable[[Indices], float],
    groups: Sequence[Hashable],
    *,
    resamples: int = 1000,
    seed: int = 0,
) -> Compared:
    """Two figures of the same items, and their difference in the same resamples (paired)."""

    def both(rows: Indices) -> tuple[float, float, float]:
        one, other = first(rows), second(rows)
        return one, other, one - other

    return Compared(*cluster_bootstrap(both, groups, resamples=resamples, seed=seed))
