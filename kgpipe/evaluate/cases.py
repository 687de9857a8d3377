"""One labelled claim beside what the machine says about it: what every figure is counted from."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from kgpipe.evaluate.gold import GoldLabel, Quoted, VerdictRow
from kgpipe.types import Polarity, Record

LABELS: tuple[Polarity, ...] = get_args(Polarity)
SUPPORTED, REFUTED, UNCLEAR = range(3)

Codes = NDArray[np.int64]


class Case(Record):
    """A labelled claim with a verdict; status "error" means that the verdict says nothing."""

    id: str
    claim: str
    wording: str
    gold: Polarity
    predicted: Polarity
    status: str
    probability: float | None
    reason: str
    group: str
    predicate: str = ""
    document: str = ""
    source_kind: str = ""
    stratum: str = ""
    evidence: tuple[Quoted, ...] = ()


class Origin(Record):
    """Where the graph has a claim from, and its own wording of it."""

    wording: str = ""
    predicate: str = ""
    document: str = ""
    source_kind: str = ""


class Rated(NamedTuple):
    """Cases with a probability that people call true or false, by their places; arrays (m,)."""

    places: Codes
    probabilities: NDArray[np.float64]
    outcomes: NDArray[np.float64]


def make_cases(
    verdicts: Mapping[str, VerdictRow],
    labels: Sequence[GoldLabel],
    origins: Mapping[str, Origin] | None = None,
) -> tuple[Case, ...]:
    """A case for each settled label with a verdict; all three are keyed by the label's id."""
    nowhere, known = Origin(), origins or {}
    return tuple(
        _as_case(label, label.label, verdicts[label.id], known.get(label.id, nowhere))
        for label in labels
        if label.label is not None and label.id in verdicts
    )


def _as_case(label: GoldLabel, gold: Polarity, verdict: VerdictRow, origin: Origin) -> Case:
    parts = (label.subject, label.predicate, label.object)
    claim = " · ".join(part for part in parts if part) or label.id
    return Case(
        id=label.id,
        claim=f"not: {claim}" if label.negated else claim,
        wording=origin.wording,
        gold=gold,
        predicted=verdict.label,
        status=verdict.status,
        probability=verdict.probability,
        reason=verdict.reason,
        group=label.group,
        predicate=label.predicate or origin.predicate,
        document=label.document or origin.document,
        source_kind=label.source_kind or origin.source_kind,
        stratum=label.stratum,
        evidence=verdict.evidence,
    )


def cluster_of(case: Case) -> str:
    """What is resampled together; a case without a group stands for itself."""
    return case.group or f"id:{case.id}"


def codes_of(cases: Sequence[Case]) -> tuple[Codes, Codes]:
    """Gold and predicted labels as places in `LABELS`, two arrays of shape (n,)."""
    gold = np.array([LABELS.index(case.gold) for case in cases], dtype=np.int64)
    predicted = np.array([LABELS.index(case.predicted) for case in cases], dtype=np.int64)
    return gold, predicted


def rate_cases(cases: Sequence[Case]) -> Rated:
    """What Brier score, AUC and the curves are computed from."""
    rated = [
        (place, case.probability, case.gold == "supported")
        for place, case in enumerate(cases)
        if case.probability is not None and case.gold != "unclear"
    ]
    return Rated(
        np.array([place for place, _, _ in rated], dtype=np.int64),
        np.array([probability for _, probability, _ in rated], dtype=np.float64),
        np.array([true for _, _, true in rated], dtype=np.float64),
    )
