"""The fitted verifier, and what it says of claims.

A probability is called calibrated only for evidence like that of the fit: pages as many and as
long, and a predicate with weights of its own, unless the fit saw predicates enough to speak of any.
Without evidence a claim is unclear, whatever its predicate.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.ports import Embedder
from kgpipe.stats.conformal import decide
from kgpipe.stats.metrics import (
    area_under_curve,
    balanced_accuracy,
    confusion_matrix,
    expected_calibration_error,
)
from kgpipe.types import Polarity, Stance, Step, Verdict, Vote
from kgpipe.verify.fusion import (
    OWN_LABELS,
    Fusion,
    Inputs,
    contributions,
    cross_fusion,
    fit_fusion,
    group_folds,
    predict,
)
from kgpipe.verify.relation import (
    RELATION_SIGNALS,
    ZERO_SHOT_SIGNALS,
    RelationSpace,
    embed_predicates,
)
from kgpipe.verify.signals import (
    COUNT_SIGNALS,
    SIGNALS,
    ClaimEvidence,
    learn_from,
    signal_matrix,
    signals_out_of_fold,
)

Floats = NDArray[np.float64]

_FOLDS = 5
_HALF = 0.5
# The regime is what all but this share of the fit's claims lie in, on either side.
_TAIL = 0.01
# Windows quoted, and signals told, with a verdict.
_QUOTES = 3
_TOLD = 5
_LEARNED = [SIGNALS.index(name) for name in RELATION_SIGNALS if name not in ZERO_SHOT_SIGNALS]


class Regime(NamedTuple):
    """The evidence of the fit: independent pages a claim, and characters a page.

    `any_predicate`: the labels were of so many predicates that calibration holds for new ones.
    """

    pages: tuple[float, float]
    characters: tuple[float, float]
    any_predicate: bool = False


class Judged(NamedTuple):
    """What a fitted model says of a claim.

    `told` are the signals that moved the log-odds most, each with what it added.
    """

    probability: float
    label: Polarity
    calibrated: bool
    told: tuple[tuple[str, float], ...] = ()


class FittedModel(NamedTuple):
    """What `fit_model` makes and a file holds.

    `judges` are those whose votes are one of its columns, as the settings name them; without any
    the pages alone speak.
    """

    fusion: Fusion
    space: RelationSpace
    regime: Regime
    embedder: str
    record: Mapping[str, Any]
    judges: tuple[str, ...] = ()


def fit_model(
    evidence: Sequence[ClaimEvidence],
    outcomes: Floats,
    groups: Sequence[str],
    *,
    embedder: Embedder,
    embedder_name: str,
    labelled: Sequence[int] | None = None,
    record: Mapping[str, Any],
    judges: Sequence[str] = (),
    votes: Sequence[float] = (),
) -> FittedModel:
    """Fit on a user's labels, or on a benchmark's.

    Args:
        evidence: of all claims at hand; what relations look like is learned without labels.
        outcomes: 1 or 0 for each labelled claim.
        groups: claims of one group (a subject) are held out together, one a claim at hand.
        embedder: the one that the evidence was gathered with.
        embedder_name: its name; another one's vectors mean something else.
        labelled: which claims `outcomes` are of; by default all.
        record: what the file shall say of its origin.
        judges: whose votes are a column as well.
        votes: their summed log-odds, one a claim at hand.
    """
    predicates = sorted({item.predicate for item in evidence})
    folds = group_folds(groups, folds=_FOLDS)
    signals = signals_out_of_fold(evidence, folds, embedder)
    names = tuple(item.predicate for item in evidence)
    inputs = Inputs(names, signals, _scores(votes if judges else (), len(names)))
    places = np.arange(len(names)) if labelled is None else np.array(labelled, dtype=np.int64)
    fusion = fit_fusion(
        inputs.take(places), outcomes, [groups[at] for at in places], population=inputs
    )
    space = learn_from(evidence, predicates, embed_predicates(predicates, embedder))
    rare = sum(names[at] not in fusion.predicates for at in places.tolist())
    regime = _regime(evidence, any_predicate=rare >= OWN_LABELS)
    told = {
        **record,
        "held_out_by_subject": _held_out(inputs.take(places), outcomes, groups, places),
    }
    return FittedModel(fusion, space, regime, embedder_name, told, tuple(judges))


def _held_out(
    inputs: Inputs, outcomes: Floats, groups: Sequence[str], places: NDArray[np.int64]
) -> dict[str, float]:
    """How such a model does on subjects that it was not fitted on."""
    known = [groups[at] for at in places.tolist()]
    chances = cross_fusion(inputs, outcomes, known, group_folds(known, folds=_FOLDS))
    said = (chances.round(6) >= _HALF).astype(np.int64)
    matrix = confusion_matrix(outcomes.astype(np.int64), said, classes=2)
    return {
        "balanced_accuracy": round(balanced_accuracy(matrix), 4),
        "auc": round(area_under_curve(chances, outcomes), 4),
        "ece": round(float(expected_calibration_error(chances, outcomes)), 4),
    }


def judge_evidence(
    evidence: Sequence[ClaimEvidence],
    model: FittedModel,
    *,
    embedder: Embedder,
    votes: Sequence[float] = (),
) -> list[Judged]:
    """What the model says of each claim.

    Args:
        evidence: of the claims.
        model: fitted with the same embedder.
        embedder: for predicates that the model does not know.
        votes: the summed log-odds of the model's judges, one a claim; none if it has no judges.
    """
    if not evidence:
        return []
    space = extend_space(model.space, [item.predicate for item in evidence], embedder)
    signals = signal_matrix(evidence, space)
    for row, item in enumerate(evidence):
        if item.predicate not in model.space.predicates:
            # Nothing was learned of this relation's windows: what they tell is left at the mean.
            signals[row, _LEARNED] = model.fusion.mean[_LEARNED]
    names = tuple(item.predicate for item in evidence)
    inputs = Inputs(names, signals, _scores(votes if model.judges else (), len(names)))
    chances = predict(inputs, model.fusion).round(4)
    added = contributions(inputs, model.fusion)
    labels: dict[int, Polarity] = {1: "supported", 0: "refuted", -1: "unclear"}
    decided = decide(chances, model.fusion.thresholds)
    return [
        Judged(float(chance), labels[int(label)], _is_familiar(item, model), _most_telling(row))
        if has_evidence(item)
        else Judged(0.5, "unclear", calibrated=False)
        for item, chance, label, row in zip(evidence, chances, decided, added, strict=True)
    ]


def _scores(votes: Sequence[float], count: int) -> Floats:
    """The votes as a column; no column without votes."""
    column = np.asarray(votes, dtype=np.float64).reshape(-1, 1)
    return column if len(column) else np.zeros((count, 0))


def _most_telling(added: Floats) -> tuple[tuple[str, float], ...]:
    names = (*SIGNALS, "votes")
    order = np.argsort(-np.abs(added), kind="stable")[:_TOLD].tolist()
    return tuple((names[at], round(float(added[at]), 4)) for at in order if added[at])


def has_evidence(item: ClaimEvidence) -> bool:
    """Whether any page surely is about the subject: what names only the object says nothing."""
    return bool(item.counts[COUNT_SIGNALS.index("pages_subject")] > 0)


def fitted_verdict(
    claim_id: str, item: ClaimEvidence, judged: Judged, *, votes: Sequence[Vote] = ()
) -> Verdict:
    """The verdict, what moved it, and the windows that it rests on.

    Args:
        claim_id: the claim.
        item: its evidence.
        judged: what the model says.
        votes: the judges' own; failing those the quoted windows stand for what was read.
    """
    stances: dict[Polarity, Stance] = {"supported": "support", "refuted": "refute"}
    stance = stances.get(judged.label, "neutral")
    windows = tuple(
        Vote(judge="fitted", stance=stance, source=quote.source, start=quote.start,
             end=quote.end, quote=quote.text, log_odds=0.0, reason="window")
        for quote in item.quotes[:_QUOTES]
    )  # fmt: skip
    reason = "fitted" if has_evidence(item) else "no_evidence"
    if judged.label == "unclear" and has_evidence(item):
        reason = "weak_evidence"
    agreeing = tuple(vote for vote in votes if vote.stance == stance)
    return Verdict(
        claim_id=claim_id,
        label=judged.label,
        status="ok",
        reason=reason,
        probability=judged.probability,
        calibrated=judged.calibrated,
        evidence=(agreeing or windows) if judged.label != "unclear" else (),
        votes=tuple(votes) or windows,
        trace=tuple(
            Step(action="signal", subject=name, probability=judged.probability, log_odds=added)
            for name, added in judged.told
        ),
    )


def extend_space(
    space: RelationSpace, predicates: Sequence[str], embedder: Embedder
) -> RelationSpace:
    """The space with further predicates, known by their words alone."""
    new = sorted(set(predicates) - set(space.predicates))
    if not new:
        return space
    words = embed_predicates(new, embedder)
    # The cosines of any windows with a new predicate are taken to be spread as the known ones.
    return RelationSpace(
        (*space.predicates, *new),
        np.concatenate([space.words, words]),
        np.append(space.mean, np.full(len(new), space.mean.mean())),
        np.append(space.deviation, np.full(len(new), space.deviation.mean())),
        np.column_stack([space.matrix, np.zeros((len(space.matrix), len(new)))]),
    )


def _regime(evidence: Sequence[ClaimEvidence], *, any_predicate: bool) -> Regime:
    pages = np.array([item.pages for item in evidence], dtype=np.float64)
    characters = np.array([item.characters / max(1, item.pages) for item in evidence])
    ranges = [np.quantile(values, [_TAIL, 1 - _TAIL]).tolist() for values in (pages, characters)]
    return Regime(tuple(ranges[0]), tuple(ranges[1]), any_predicate)


def _is_familiar(item: ClaimEvidence, model: FittedModel) -> bool:
    """Whether the evidence is like that of the fit."""
    regime = model.regime
    within = (
        (item.pages, regime.pages),
        (item.characters / max(1, item.pages), regime.characters),
    )
    inside = all(low <= value <= high for value, (low, high) in within)
    return inside and knows_predicate(item.predicate, model)


def knows_predicate(predicate: str, model: FittedModel) -> bool:
    """Whether the model may be calibrated for claims of this predicate."""
    return model.regime.any_predicate or predicate in model.fusion.predicates
