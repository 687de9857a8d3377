"""Scores of classifications, probabilities and clusterings.

Class labels are integer codes 0..k-1; a confusion matrix has shape (k, k) with gold classes as rows
and predicted classes as columns, so that every score of a classification is a function of a small
table of counts. A score that is undefined (a precision without predictions) is nan.
"""

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import rankdata

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Scores(NamedTuple):
    """Precision, recall and their harmonic mean, each in 0..1 or nan."""

    precision: float
    recall: float
    f1: float


# ---------------------------------------------------------------- counts


def precision_recall_f1(*, matched: float, predicted: float, gold: float) -> Scores:
    """Scores of `matched` hits among `predicted` items, where `gold` items were to be found."""
    return Scores(
        _ratio(matched, predicted), _ratio(matched, gold), _ratio(2 * matched, predicted + gold)
    )


def harmonic_mean(precision: float, recall: float) -> float:
    """F1 of a precision and a recall that were averaged before; 0 where both are 0."""
    return 0.0 if precision + recall == 0 else 2 * precision * recall / (precision + recall)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


# ---------------------------------------------------------------- classification


def confusion_matrix(gold: Ints, predicted: Ints, *, classes: int) -> Ints:
    """Count each (gold, predicted) pair of codes: shape (classes, classes)."""
    cells = np.bincount(gold * classes + predicted, minlength=classes * classes)
    return cells.reshape(classes, classes).astype(np.int64)


def accuracy(matrix: Ints) -> float:
    """Share of items on the diagonal."""
    return _ratio(float(np.trace(matrix)), float(matrix.sum()))


def class_scores(matrix: Ints) -> list[Scores]:
    """Precision, recall and F1 of each class."""
    return [
        precision_recall_f1(
            matched=float(matrix[c, c]),
            predicted=float(matrix[:, c].sum()),
            gold=float(matrix[c, :].sum()),
        )
        for c in range(len(matrix))
    ]


def balanced_accuracy(matrix: Ints) -> float:
    """Mean recall over the classes that occur in gold."""
    return _mean_defined([scores.recall for scores in class_scores(matrix)])


def macro_f1(matrix: Ints) -> float:
    """Mean F1 over the classes that occur in gold or among the predictions."""
    return _mean_defined([scores.f1 for scores in class_scores(matrix)])


def cohen_kappa(matrix: Ints) -> float:
    """Agreement beyond chance (Cohen 1960); nan where chance alone explains everything."""
    total = float(matrix.sum())
    if not total:
        return float("nan")
    observed = float(np.trace(matrix)) / total
    expected = float(matrix.sum(axis=0) @ matrix.sum(axis=1)) / total**2
    return _ratio(observed - expected, 1 - expected)


def _mean_defined(values: list[float]) -> float:
    defined = [value for value in values if not np.isnan(value)]
    return sum(defined) / len(defined) if defined else float("nan")


# ---------------------------------------------------------------- probabilities


class ReliabilityBin(NamedTuple):
    """Items whose probability fell into one bin: their mean probability, how many came true."""

    low: float
    high: float
    mean_probability: float
    true: int
    total: int


def brier_score(probabilities: Floats, outcomes: Floats) -> float:
    """Mean squared distance of probability and outcome (0 or 1); 0 is best."""
    return float(np.mean((probabilities - outcomes) ** 2)) if len(outcomes) else float("nan")


def reliability_bins(
    probabilities: Floats, outcomes: Floats, *, bins: int = 10
) -> list[ReliabilityBin]:
    """Cut 0..1 into `bins` equal parts, closed on the left (the last on both sides)."""
    places = np.minimum((probabilities * bins).astype(np.int64), bins - 1)
    totals = np.bincount(places, minlength=bins)
    sums = np.bincount(places, weights=probabilities, minlength=bins)
    hits = np.bincount(places, weights=outcomes, minlength=bins)
    return [
        ReliabilityBin(b / bins, (b + 1) / bins, sums[b] / totals[b], int(hits[b]), int(totals[b]))
        for b in range(bins)
        if totals[b]
    ]


def expected_calibration_error(probabilities: Floats, outcomes: Floats, *, bins: int = 10) -> float:
    """Mean gap between probability and share of true items over the bins, weighted by size."""
    if not len(outcomes):
        return float("nan")
    gaps = [
        abs(b.mean_probability * b.total - b.true)
        for b in reliability_bins(probabilities, outcomes, bins=bins)
    ]
    return sum(gaps) / len(outcomes)


def area_under_curve(probabilities: Floats, outcomes: Floats) -> float:
    """Chance that a true item outranks a false one, ties counted half (Mann-Whitney)."""
    positives = int(outcomes.sum())
    negatives = len(outcomes) - positives
    if not positives or not negatives:
        return float("nan")
    rank_sum = float(rankdata(probabilities)[outcomes == 1].sum())
    return (rank_sum - positives * (positives + 1) / 2) / (positives * negatives)


def risk_coverage(sureness: Floats, wrong: NDArray[np.bool_]) -> tuple[Ints, Floats]:
    """Share of wrong items among the surest k, for each k at which a run of equals ends.

    Returns:
        The k in ascending order, and the risks, two arrays of the same shape.
    """
    order = np.argsort(-sureness, kind="stable")
    last = np.append(np.diff(sureness[order]) != 0, True) if len(order) else np.zeros(0, bool)
    ends = np.flatnonzero(last).astype(np.int64) + 1
    return ends, np.cumsum(wrong[order])[last] / ends


# ---------------------------------------------------------------- clusterings


def pairwise_scores(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> Scores:
    """Scores over pairs of items: a pair is predicted, or gold, where both share a cluster.

    The i-th entries are the cluster labels of item i in either clustering.
    """
    table = _contingency(gold, predicted)
    return precision_recall_f1(
        matched=_pairs(table.data),
        predicted=_pairs(np.asarray(table.sum(axis=0)).ravel()),
        gold=_pairs(np.asarray(table.sum(axis=1)).ravel()),
    )


def b_cubed_items(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> tuple[Floats, Floats]:
    """Precision and recall of each item (Bagga and Baldwin 1998), two arrays of shape (n,).

    An item's precision is the share of its predicted cluster that belongs to its gold cluster; its
    recall the share of its gold cluster that stands in its predicted cluster.
    """
    rows, columns = _codes(gold), _codes(predicted)
    together = _codes(list(zip(rows.tolist(), columns.tolist(), strict=True)))
    shared = np.bincount(together)[together]
    return shared / np.bincount(columns)[columns], shared / np.bincount(rows)[rows]


def b_cubed_scores(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> Scores:
    """Mean of `b_cubed_items` over all items, and the harmonic mean of the two means."""
    if not gold:
        return Scores(float("nan"), float("nan"), float("nan"))
    precisions, recalls = b_cubed_items(gold, predicted)
    precision, recall = float(precisions.mean()), float(recalls.mean())
    return Scores(precision, recall, harmonic_mean(precision, recall))


def _codes(values: Sequence[Hashable]) -> Ints:
    """Number equal values alike, in order of first occurrence."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(value, len(numbers)) for value in values], dtype=np.int64)


def _contingency(gold: Sequence[Hashable], predicted: Sequence[Hashable]) -> Any:
    """Sparse table of counts: gold clusters as rows, predicted clusters as columns."""
    rows, columns = _codes(gold), _codes(predicted)
    ones = np.ones(len(rows), dtype=np.int64)
    shape = (int(rows.max(initial=-1)) + 1, int(columns.max(initial=-1)) + 1)
    # Duplicate coordinates add up on conversion to CSR.
    return sparse.coo_array((ones, (rows, columns)), shape=shape).tocsr()


def _pairs(sizes: Ints) -> float:
    return float((sizes * (sizes - 1) // 2).sum())
