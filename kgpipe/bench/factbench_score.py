"""Figures of systems that judged the same facts, with intervals, and how two of them compare."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.stats.intervals import Indices, cluster_bootstrap
from kgpipe.stats.metrics import (
    accuracy,
    area_under_curve,
    balanced_accuracy,
    brier_score,
    cohen_kappa,
    confusion_matrix,
    expected_calibration_error,
    macro_f1,
)
from kgpipe.stats.paired import mcnemar

Floats = NDArray[np.float64]

# Half of all facts, the most certain ones, to all of them.
_COVERAGES = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
_RESAMPLES = 1000


class System(NamedTuple):
    """A system's probability of each fact being true; .5 and more counts as true.

    A system that only says true or false has 1 and 0, and its calibration says nothing.
    """

    name: str
    probabilities: Floats


def score_system(
    system: System, labels: Floats, groups: Sequence[str], *, resamples: int = _RESAMPLES
) -> dict[str, Any]:
    """Balanced accuracy, AUC and calibration error with intervals by group, and further figures."""
    said = says_true(system.probabilities)

    def figures(at: Indices) -> list[float]:
        matrix = confusion_matrix(labels[at].astype(np.int64), said[at], classes=2)
        return [
            balanced_accuracy(matrix),
            area_under_curve(system.probabilities[at], labels[at]),
            expected_calibration_error(system.probabilities[at], labels[at]),
        ]

    names = ("balanced_accuracy", "auc", "ece")
    estimates = cluster_bootstrap(figures, groups, resamples=resamples)
    matrix = confusion_matrix(labels.astype(np.int64), said, classes=2)
    return {
        "system": system.name,
        **{name: e.model_dump() for name, e in zip(names, estimates, strict=True)},
        "accuracy": round(accuracy(matrix), 4),
        "macro_f1": round(macro_f1(matrix), 4),
        "kappa": round(cohen_kappa(matrix), 4),
        "brier": round(brier_score(system.probabilities, labels), 4),
    }


def says_true(probabilities: Floats) -> NDArray[np.int64]:
    """1 where the probability is at least a half."""
    # Rounded before it meets the threshold, as products differ in the last digits.
    return (probabilities.round(6) >= 0.5).astype(np.int64)


def risk_coverage(probabilities: Floats, labels: Floats) -> list[dict[str, float]]:
    """Accuracy on the most certain part of the facts, for several parts."""
    certain = np.argsort(-np.abs(probabilities.round(6) - 0.5), kind="stable")
    right = says_true(probabilities) == labels
    return [
        {
            "coverage": coverage,
            "accuracy": round(float(right[certain[: round(coverage * len(labels))]].mean()), 4),
        }
        for coverage in _COVERAGES
    ]


def compare(first: System, second: System, labels: Floats) -> dict[str, Any]:
    """McNemar's test of two systems on the same facts."""
    right = [says_true(system.probabilities) == labels for system in (first, second)]
    test = mcnemar(*right)
    return {
        "first": first.name,
        "second": second.name,
        "only_first_right": test.only_first,
        "only_second_right": test.only_second,
        "p_value": float(f"{test.p_value:.3g}"),
    }


def by_predicate(
    probabilities: Floats, labels: Floats, predicates: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Balanced accuracy and AUC within each predicate."""
    rows: dict[str, dict[str, float]] = {}
    for name in sorted(set(predicates)):
        at = np.array([predicate == name for predicate in predicates])
        said = says_true(probabilities[at])
        matrix = confusion_matrix(labels[at].astype(np.int64), said, classes=2)
        rows[name] = {
            "facts": int(at.sum()),
            "balanced_accuracy": round(balanced_accuracy(matrix), 4),
            "auc": round(area_under_curve(probabilities[at], labels[at]), 4),
        }
    return rows
