"""What a fitted model says of a claim.

A probability is called calibrated only for evidence like that of the fit: pages as many and as
long, and a predicate with weights of its own, unless the fit saw predicates enough to speak of any.
Of another predicate it speaks, uncalibrated, where the batch shows what its claims are like.
Without evidence a claim is unclear, whatever its predicate.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.stats.conformal import decide
from kgpipe.types import Polarity, Stance, Step, Verdict, Vote
from kgpipe.verify.fitted import FittedModel, knows_predicate
from kgpipe.verify.fusion import Fusion, Inputs, contributions, predict
from kgpipe.verify.graph_scores import GRAPH_SCORES
from kgpipe.verify.readings import Reading
from kgpipe.verify.signals import SIGNALS

Floats = NDArray[np.float64]

# Signals told with a verdict.
_TOLD = 5


class Judged(NamedTuple):
    """What a fitted model says of a claim.

    `known` says that it was fitted for such a claim, or had a batch to measure it against; only
    then is it worth listening to. `told` are the columns that moved the log-odds most, each with
    what it added.
    """

    probability: float
    label: Polarity
    calibrated: bool
    known: bool
    told: tuple[tuple[str, float], ...] = ()


def judge_reading(
    reading: Reading, model: FittedModel, *, votes: float | None = None, graph: Floats | None = None
) -> Judged:
    """What the model says of a claim.

    Args:
        reading: of its pages, made for this model.
        model: fitted.
        votes: log-odds of its judges' votes, if it has judges.
        graph: the claim's graph scores, if it has columns for them.
    """
    similar = _is_similar(reading, model)
    inside = knows_predicate(reading.predicate, model) and not reading.within_batch
    known = similar and (inside or reading.within_batch)
    if not reading.has_subject:
        return Judged(0.5, "unclear", calibrated=False, known=known)
    fusion, inputs = choose_fusion(reading, model), _inputs(reading, model, votes, graph)
    chance = predict(inputs, fusion).round(4)
    [label] = decide(chance, fusion.thresholds)
    labels: dict[int, Polarity] = {1: "supported", 0: "refuted", -1: "unclear"}
    told = _most_telling(contributions(inputs, fusion)[0], model)
    # Graph scores are taken among the claims of a batch, and another batch has others.
    calibrated = similar and inside and model.regime.calibrated and not model.graph
    return Judged(float(chance[0]), labels[int(label)], calibrated, known, told)


def choose_fusion(reading: Reading, model: FittedModel) -> Fusion:
    """The weights for a claim: of its predicate, or those for any one measured within a batch."""
    return model.general if reading.within_batch and model.general else model.fusion


def _inputs(
    reading: Reading, model: FittedModel, votes: float | None, graph: Floats | None
) -> Inputs:
    return Inputs(
        (reading.predicate,),
        np.array([reading.signals]),
        _row(votes if model.judges else None),
        _row(graph if model.graph else None),
    )


def fitted_verdict(reading: Reading, judged: Judged, *, votes: Sequence[Vote] = ()) -> Verdict:
    """The verdict, what moved it, and the windows that it rests on.

    Args:
        reading: of the claim's pages.
        judged: what the model says.
        votes: the judges' own; failing those the quoted windows stand for what was read.
    """
    stances: dict[Polarity, Stance] = {"supported": "support", "refuted": "refute"}
    stance = stances.get(judged.label, "neutral")
    # What was read speaks for a claim that it supports; that no page states one is in no window.
    shown: Stance = "support" if judged.label == "supported" else "neutral"
    windows = tuple(
        Vote(judge="fitted", stance=shown, source=quote.source, start=quote.start,
             end=quote.end, quote=quote.text, log_odds=0.0, reason="window")
        for quote in reading.quotes
    )  # fmt: skip
    agreeing = tuple(vote for vote in votes if vote.stance == stance)
    if judged.label == "supported" and not (agreeing or windows):
        judged = judged._replace(label="unclear")
    return Verdict(
        claim_id=reading.claim_id,
        label=judged.label,
        status="ok",
        reason=_reason(reading, judged),
        probability=judged.probability,
        calibrated=judged.calibrated,
        evidence=(agreeing or windows) if judged.label != "unclear" else (),
        votes=tuple(votes) or windows,
        trace=tuple(
            Step(action="signal", subject=name, probability=judged.probability, log_odds=added)
            for name, added in judged.told
        ),
    )


def _reason(reading: Reading, judged: Judged) -> str:
    if not reading.has_subject:
        return "no_evidence"
    if judged.label == "unclear":
        return "weak_evidence"
    return "fitted_within_batch" if reading.within_batch else "fitted"


def _row(values: float | Floats | None) -> Floats:
    """Values as a row; a row of nothing without any."""
    return np.zeros((1, 0)) if values is None else np.atleast_2d(np.asarray(values, np.float64))


def _most_telling(added: Floats, model: FittedModel) -> tuple[tuple[str, float], ...]:
    votes = ("votes",) if model.judges else ()
    names = (*SIGNALS, *votes, *(GRAPH_SCORES if model.graph else ()))
    order = np.argsort(-np.abs(added), kind="stable")[:_TOLD].tolist()
    return tuple((names[at], round(float(added[at]), 4)) for at in order if added[at])


def _is_similar(reading: Reading, model: FittedModel) -> bool:
    """Whether the pages are as many and as long as those of the fit."""
    regime = model.regime
    within = (
        (reading.pages, regime.pages),
        (reading.characters / max(1, reading.pages), regime.characters),
    )
    return all(low <= value <= high for value, (low, high) in within)
