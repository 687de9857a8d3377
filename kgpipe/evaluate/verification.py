"""Scores machine verdicts against people's labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from kgpipe.evaluate.baselines import Baseline, score_baselines
from kgpipe.evaluate.cases import (
    LABELS,
    REFUTED,
    UNCLEAR,
    Case,
    Codes,
    Origin,
    cluster_of,
    codes_of,
    make_cases,
    rate_cases,
)
from kgpipe.evaluate.curves import (
    ReliabilityRow,
    RiskCoverage,
    draw_reliability,
    draw_risk_coverage,
)
from kgpipe.evaluate.gold import GoldLabel, VerdictRow
from kgpipe.evaluate.slices import Breakdown, break_down
from kgpipe.stats import metrics
from kgpipe.stats.intervals import Estimate, Indices, cluster_bootstrap, defined, wilson
from kgpipe.types import Polarity, Record

_FIGURES = (
    "decided_accuracy", "decided_balanced_accuracy", "accuracy", "balanced_accuracy", "macro_f1",
    "refuted_f1", "kappa", "brier", "ece", "auc",
)  # fmt: skip
# Those that are shares of claims.
_SHARES = ("decided_accuracy", "accuracy")


class ClassScores(Record):
    """One label: how many people and the machine gave it, and how often they agree (Wilson)."""

    label: Polarity
    gold: int
    predicted: int
    precision: Estimate
    recall: Estimate
    f1: float | None


class Agreement(Record):
    """Cohen's kappa of the two annotators who share most claims."""

    first: str
    second: str
    shared: int
    kappa: float | None


class VerificationScores(Record):
    """Verdicts against labels.

    Three-way scores are over `judged` claims: labelled, with a verdict of status ok. "Decided" are
    those that machine and people both call supported or refuted. A machine's "unclear" is an
    abstention; its other verdicts are `right` or `wrong`. Errors, claims without a verdict and
    claims on which annotators disagree are counted apart and enter no score.
    """

    name: str
    labelled: int
    judged: int
    errors: int
    missing: int
    conflicts: int
    unlabelled: int
    groups: int
    coverage: Estimate
    decided: int
    right: int
    wrong: int
    abstained: int
    decided_accuracy: Estimate
    decided_accuracy_wilson: Estimate
    decided_balanced_accuracy: Estimate
    accuracy: Estimate
    accuracy_wilson: Estimate
    balanced_accuracy: Estimate
    macro_f1: Estimate
    refuted_f1: Estimate
    kappa: Estimate
    brier: Estimate
    ece: Estimate
    auc: Estimate
    labels: tuple[Polarity, ...]
    confusion: tuple[tuple[int, ...], ...]
    classes: tuple[ClassScores, ...]
    baselines: tuple[Baseline, ...]
    reliability: tuple[ReliabilityRow, ...]
    risk_coverage: RiskCoverage
    breakdowns: tuple[Breakdown, ...]
    agreement: Agreement | None
    cases: tuple[Case, ...]


def score_verification(
    verdicts: Mapping[str, VerdictRow],
    *,
    labels: Sequence[GoldLabel],
    name: str,
    unlabelled: int,
    origins: Mapping[str, Origin] | None = None,
) -> VerificationScores:
    """Score verdicts, keyed by the label's id.

    Args:
        verdicts: verdict of each labelled claim that has one.
        labels: what people say.
        name: what was judged, for the report.
        unlabelled: number of verdicts without a label.
        origins: where the graph has the claim from, by label id.
    """
    settled = sum(label.label is not None for label in labels)
    cases = make_cases(verdicts, labels, origins)
    judged = [case for case in cases if case.status == "ok"]
    gold, predicted = codes_of(judged)
    decided = (gold != UNCLEAR) & (predicted != UNCLEAR)
    hits = gold == predicted
    matrix = metrics.confusion_matrix(gold, predicted, classes=len(LABELS))
    return VerificationScores(
        name=name,
        labelled=settled,
        judged=len(judged),
        errors=len(cases) - len(judged),
        missing=settled - len(cases),
        conflicts=len(labels) - settled,
        unlabelled=unlabelled,
        groups=len({cluster_of(case) for case in judged}),
        coverage=wilson(int((predicted != UNCLEAR).sum()), len(judged)),
        decided=int(decided.sum()),
        right=int((hits & (predicted != UNCLEAR)).sum()),
        wrong=int((~hits & (predicted != UNCLEAR)).sum()),
        abstained=int((predicted == UNCLEAR).sum()),
        decided_accuracy_wilson=wilson(int(hits[decided].sum()), int(decided.sum())),
        accuracy_wilson=wilson(int(hits.sum()), len(judged)),
        **_bootstrap(judged, gold, predicted),
        labels=LABELS,
        confusion=tuple(tuple(row) for row in matrix.tolist()),
        classes=_score_classes(matrix),
        baselines=score_baselines(judged),
        reliability=draw_reliability(judged),
        risk_coverage=draw_risk_coverage(judged),
        breakdowns=break_down(cases),
        agreement=_agree(labels),
        cases=cases,
    )


def list_errors(scores: VerificationScores) -> list[Case]:
    """Wrong verdicts, the surest first; abstentions are not among them."""
    wrong = [c for c in scores.cases if c.status == "ok" and c.predicted not in ("unclear", c.gold)]
    return sorted(wrong, key=lambda case: (-_sureness(case), case.id))


def list_abstentions(scores: VerificationScores) -> list[Case]:
    """Claims that the machine calls unclear and people do not, the nearest to a verdict first."""
    open_ = [c for c in scores.cases if c.status == "ok" and c.predicted == "unclear" != c.gold]
    return sorted(open_, key=lambda case: (-_sureness(case), case.id))


def _sureness(case: Case) -> float:
    return abs((0.5 if case.probability is None else case.probability) - 0.5)


# ---------------------------------------------------------------- scores with intervals


def _bootstrap(judged: Sequence[Case], gold: Codes, predicted: Codes) -> dict[str, Any]:
    """Every score with a cluster-bootstrap interval, by name, from one set of resamples."""
    rated = rate_cases(judged)
    place_of = np.full(len(judged), -1, dtype=np.int64)
    place_of[rated.places] = np.arange(len(rated.places))

    def scores(drawn: Indices) -> tuple[float, ...]:
        matrix = metrics.confusion_matrix(gold[drawn], predicted[drawn], classes=len(LABELS))
        binary = matrix[:UNCLEAR, :UNCLEAR]
        known = place_of[drawn][place_of[drawn] >= 0]
        p, y = rated.probabilities[known], rated.outcomes[known]
        # In the order of _FIGURES.
        return (
            metrics.accuracy(binary),
            metrics.balanced_accuracy(binary),
            metrics.accuracy(matrix),
            metrics.balanced_accuracy(matrix),
            metrics.macro_f1(matrix),
            metrics.class_scores(matrix)[REFUTED].f1,
            metrics.cohen_kappa(matrix),
            metrics.brier_score(p, y),
            metrics.expected_calibration_error(p, y),
            metrics.area_under_curve(p, y),
        )

    shares = [_FIGURES.index(name) for name in _SHARES]
    estimates = cluster_bootstrap(scores, [cluster_of(case) for case in judged], shares=shares)
    return dict(zip(_FIGURES, estimates, strict=True))


# ---------------------------------------------------------------- classes, baselines, agreement


def _score_classes(matrix: metrics.Ints) -> tuple[ClassScores, ...]:
    rows = []
    for code, scores in enumerate(metrics.class_scores(matrix)):
        hits, predicted, gold = (
            int(matrix[code, code]),
            int(matrix[:, code].sum()),
            int(matrix[code, :].sum()),
        )
        rows.append(
            ClassScores(
                label=LABELS[code],
                gold=gold,
                predicted=predicted,
                precision=wilson(hits, predicted),
                recall=wilson(hits, gold),
                f1=defined(scores.f1),
            )
        )
    return tuple(rows)


def _agree(labels: Sequence[GoldLabel]) -> Agreement | None:
    shared = Counter(pair for label in labels for pair in combinations(sorted(label.votes), 2))
    if not shared:
        return None
    (first, second), count = min(shared.items(), key=lambda item: (-item[1], item[0]))
    both = [label.votes for label in labels if first in label.votes and second in label.votes]
    left = np.array([LABELS.index(votes[first]) for votes in both], dtype=np.int64)
    right = np.array([LABELS.index(votes[second]) for votes in both], dtype=np.int64)
    kappa = metrics.cohen_kappa(metrics.confusion_matrix(left, right, classes=len(LABELS)))
    return Agreement(
        first=first,
        second=second,
        shared=count,
        kappa=defined(kappa),
    )
