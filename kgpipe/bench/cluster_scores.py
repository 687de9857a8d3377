"""Scores of clusterings as the field of canonicalisation reports them, with intervals.

Galárraga et al. 2014, section 6.1, as CESI computes them (Vashishth et al. 2018, section 6.1.3).
Macro precision is the share of predicted clusters that hold one gold entity only, micro precision
the share of mentions that belong to their cluster's main entity, pairwise precision the share of
pairs of mentions that are rightly together; recall is each with gold and prediction exchanged.
"""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.stats.intervals import Indices, cluster_bootstrap, defined
from kgpipe.stats.metrics import harmonic_mean, pairwise_scores

NAMES = ("mean", "macro", "micro", "pairwise")
Ints = NDArray[np.int64]


def number_labels(labels: Sequence[Hashable]) -> Ints:
    """Equal labels get equal numbers, in order of first occurrence."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels], dtype=np.int64)


def canonicalisation_f1(gold: Ints, predicted: Ints) -> tuple[float, float, float, float]:
    """Mean of the three F1, then macro, micro and pairwise F1 of two labellings of shape (n,)."""
    cells, counts = np.unique(np.column_stack((gold, predicted)), axis=0, return_counts=True)
    of_gold, of_predicted = cells.T
    macro = harmonic_mean(_pure(of_predicted), _pure(of_gold))
    micro = harmonic_mean(_main(of_predicted, counts), _main(of_gold, counts))
    hits = _pairs(counts)
    sizes = [np.bincount(labels, weights=counts) for labels in (of_predicted, of_gold)]
    precision, recall = (hits / pairs if (pairs := _pairs(size)) else 0.0 for size in sizes)
    pairwise = harmonic_mean(precision, recall)
    return (macro + micro + pairwise) / 3, macro, micro, pairwise


def score_clustering(
    gold: Sequence[Hashable], predicted: Sequence[Hashable], *, resamples: int
) -> dict[str, Any]:
    """The four figures of `canonicalisation_f1`, with intervals by bootstrap over gold entities.

    An entity drawn twice counts as two; the second copies of mentions form clusters of their own.
    """
    theirs, ours = number_labels(gold), number_labels(predicted)

    def figures(at: Indices) -> tuple[float, ...]:
        copy = _occurrence(at)
        return canonicalisation_f1(
            theirs[at] + copy * (theirs.max() + 1), ours[at] + copy * (ours.max() + 1)
        )

    estimates = cluster_bootstrap(figures, list(gold), resamples=resamples)
    pairs = pairwise_scores(gold, predicted)
    return {
        **{name: found.model_dump() for name, found in zip(NAMES, estimates, strict=True)},
        "pairwise_precision": defined(pairs.precision),
        "pairwise_recall": defined(pairs.recall),
        "clusters": int(ours.max()) + 1,
    }


def _pure(labels: Ints) -> float:
    """Share of labels that stand in one cell of the table only."""
    return float((np.unique(labels, return_counts=True)[1] == 1).mean())


def _main(labels: Ints, counts: Ints) -> float:
    largest = np.zeros(labels.max() + 1, dtype=np.int64)
    np.maximum.at(largest, labels, counts)
    return float(largest.sum() / counts.sum())


def _pairs(sizes: NDArray[Any]) -> float:
    return float((sizes * (sizes - 1)).sum() / 2)


def _occurrence(at: Indices) -> Ints:
    """For each entry how often it stood there before: 0 for the first, 1 for the second, ..."""
    order = np.argsort(at, kind="stable")
    _, starts, sizes = np.unique(at[order], return_index=True, return_counts=True)
    copies = np.empty(len(at), dtype=np.int64)
    copies[order] = np.arange(len(at)) - np.repeat(starts, sizes)
    return copies
