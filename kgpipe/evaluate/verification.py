"""Scores machine verdicts against people's labels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from kgpipe.evaluate.gold import GoldLabel, Quoted, VerdictRow
from kgpipe.stats import metrics
from kgpipe.stats.intervals import Estimate, Indices, cluster_bootstrap, defined, wilson
from kgpipe.types import Polarity, Record

LABELS: tuple[Polarity, ...] = get_args(Polarity)
SUPPORTED, REFUTED, UNCLEAR = range(3)

_FIGURES = (
    "decided_accuracy", "decided_balanced_accuracy", "accuracy", "balanced_accuracy", "macro_f1",
    "refuted_f1", "kappa", "brier", "ece", "auc",
)  # fmt: skip


class Case(Record):
    """One labelled claim and what the machine says about it."""

    id: str
    claim: str
    wording: str
    gold: Polarity
    predicted: Polarity
    status: str
    probability: float | None
    reason: str
    group: str
    evidence: tuple[Quoted, ...] = ()


class ClassScores(Record):
    """One label: how many people and the machine gave it, and how often they agree (Wilson)."""

    label: Polarity
    gold: int
    predicted: int
    precision: Estimate
    recall: Estimate
    f1: float | None


class Baseline(Record):
    """A rule that looks at no evidence, on the same claims."""

    name: str
    accuracy: Estimate
    balanced_accuracy: float | None
    macro_f1: float | None
    decided_accuracy: float | None


class ReliabilityRow(Record):
    """Claims whose probability lies in `low..high`, and the share of them that is true."""

    low: float
    high: float
    mean_probability: float
    true: Estimate


class Agreement(Record):
    """Cohen's kappa of the two annotators who share most claims."""

    first: str
    second: str
    shared: int
    kappa: float | None


class VerificationScores(Record):
    """Verdicts against labels.

    Three-way scores are over `judged` claims: labelled, with a verdict of status ok. "Decided" are
    those that machine and people both call supported or refuted. Errors, claims without a verdict
    and claims on which annotators disagree are counted apart and enter no score.
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
    agreement: Agreement | None
    cases: tuple[Case, ...]


def score_verification(
    verdicts: Mapping[str, VerdictRow],
    *,
    labels: Sequence[GoldLabel],
    name: str,
    unlabelled: int,
    wordings: Mapping[str, str] | None = None,
) -> VerificationScores:
    """Score verdicts, keyed by the label's id.

    Args:
        verdicts: verdict of each labelled claim that has one.
        labels: what people say.
        name: what was judged, for the report.
        unlabelled: number of verdicts without a label.
        wordings: the machine's wording of the claim by label id, where it differs.
    """
    settled = sum(label.label is not None for label in labels)
    cases = tuple(
        _as_case(label, label.label, verdicts[label.id], (wordings or {}).get(label.id, ""))
        for label in labels
        if label.label is not None and label.id in verdicts
    )
    judged = [case for case in cases if case.status == "ok"]
    gold = np.array([LABELS.index(case.gold) for case in judged], dtype=np.int64)
    predicted = np.array([LABELS.index(case.predicted) for case in judged], dtype=np.int64)
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
        groups=len({_group(case) for case in judged}),
        coverage=wilson(int((predicted != UNCLEAR).sum()), len(judged)),
        decided=int(decided.sum()),
        decided_accuracy_wilson=wilson(int(hits[decided].sum()), int(decided.sum())),
        accuracy_wilson=wilson(int(hits.sum()), len(judged)),
        **_bootstrap(judged, gold, predicted),
        labels=LABELS,
        confusion=tuple(tuple(row) for row in matrix.tolist()),
        classes=_score_classes(matrix),
        baselines=_score_baselines(gold),
        reliability=_reliability(judged),
        agreement=_agree(labels),
        cases=cases,
    )


def list_errors(scores: VerificationScores) -> list[Case]:
    """Wrong verdicts, the surest first."""
    wrong = [c for c in scores.cases if c.status == "ok" and c.gold != c.predicted]
    return sorted(wrong, key=lambda case: (-_sureness(case), case.id))


def _sureness(case: Case) -> float:
    return abs((0.5 if case.probability is None else case.probability) - 0.5)


def _as_case(label: GoldLabel, gold: Polarity, verdict: VerdictRow, wording: str) -> Case:
    parts = (label.subject, label.predicate, label.object)
    claim = " · ".join(part for part in parts if part) or label.id
    return Case(
        id=label.id,
        claim=f"not: {claim}" if label.negated else claim,
        wording=wording,
        gold=gold,
        predicted=verdict.label,
        status=verdict.status,
        probability=verdict.probability,
        reason=verdict.reason,
        group=label.group,
        evidence=verdict.evidence,
    )


def _group(case: Case) -> str:
    """A case without a group stands for itself."""
    return case.group or f"id:{case.id}"


# ---------------------------------------------------------------- scores with intervals


def _bootstrap(
    judged: Sequence[Case], gold: NDArray[np.int64], predicted: NDArray[np.int64]
) -> dict[str, Any]:
    """Every score with a cluster-bootstrap interval, by name, from one set of resamples."""
    known, probabilities, outcomes = _probabilities(judged)

    def scores(drawn: Indices) -> tuple[float, ...]:
        matrix = metrics.confusion_matrix(gold[drawn], predicted[drawn], classes=len(LABELS))
        binary = matrix[:UNCLEAR, :UNCLEAR]
        rated = drawn[known[drawn]]
        p, y = probabilities[rated], outcomes[rated]
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

    estimates = cluster_bootstrap(scores, [_group(case) for case in judged])
    return dict(zip(_FIGURES, estimates, strict=True))


def _probabilities(
    judged: Sequence[Case],
) -> tuple[NDArray[np.bool_], NDArray[np.float64], NDArray[np.float64]]:
    """Which cases have a probability and a gold of true or false; both as arrays of shape (n,)."""
    known = np.array(
        [case.probability is not None and case.gold != "unclear" for case in judged], dtype=np.bool_
    )
    probabilities = np.array([case.probability or 0.0 for case in judged], dtype=np.float64)
    outcomes = np.array([case.gold == "supported" for case in judged], dtype=np.float64)
    return known, probabilities, outcomes


def _reliability(judged: Sequence[Case]) -> tuple[ReliabilityRow, ...]:
    known, probabilities, outcomes = _probabilities(judged)
    return tuple(
        ReliabilityRow(
            low=one.low,
            high=one.high,
            mean_probability=defined(one.mean_probability) or 0.0,
            true=wilson(one.true, one.total),
        )
        for one in metrics.reliability_bins(probabilities[known], outcomes[known])
    )


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


def _score_baselines(gold: NDArray[np.int64]) -> tuple[Baseline, ...]:
    """Always supported, and always the label that is most frequent in this gold."""
    if not len(gold):
        return ()
    majority = int(np.bincount(gold, minlength=len(LABELS)).argmax())
    return (
        _constant("always supported", SUPPORTED, gold),
        _constant(f"majority label ({LABELS[majority]})", majority, gold),
    )


def _constant(name: str, code: int, gold: NDArray[np.int64]) -> Baseline:
    matrix = metrics.confusion_matrix(gold, np.full_like(gold, code), classes=len(LABELS))
    return Baseline(
        name=name,
        accuracy=wilson(int((gold == code).sum()), len(gold)),
        balanced_accuracy=defined(metrics.balanced_accuracy(matrix)),
        macro_f1=defined(metrics.macro_f1(matrix)),
        decided_accuracy=defined(metrics.accuracy(matrix[:UNCLEAR, :UNCLEAR])),
    )


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
