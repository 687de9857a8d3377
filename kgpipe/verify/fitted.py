"""The fitted verifier as a file of plain numbers, and what it says of claims.

The file holds its training record: on what it was fitted, and how it did on what was held out. A
probability is called calibrated only for evidence like that of the fit: a predicate with weights of
its own, and pages as many and as long. Without evidence a claim is unclear, whatever its predicate.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError
from kgpipe.ports import Embedder
from kgpipe.stats.conformal import Thresholds, decide
from kgpipe.types import Polarity, Stance, Verdict, Vote
from kgpipe.verify.fusion import Fusion, Inputs, fit_fusion, group_folds, predict
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

FORMAT = "kgpipe fusion 1"
# Digits kept of a number: weights and vectors say no more.
_DIGITS = 6
_FOLDS = 5
# The regime is what all but this share of the fit's claims lie in, on either side.
_TAIL = 0.01
# Windows quoted with a verdict.
_QUOTES = 3
_LEARNED = [SIGNALS.index(name) for name in RELATION_SIGNALS if name not in ZERO_SHOT_SIGNALS]


class Regime(NamedTuple):
    """The evidence of the fit: independent pages a claim, and characters a page."""

    pages: tuple[float, float]
    characters: tuple[float, float]


class FittedModel(NamedTuple):
    """What `fit_model` makes and a file holds."""

    fusion: Fusion
    space: RelationSpace
    regime: Regime
    embedder: str
    record: Mapping[str, Any]


def fit_model(
    evidence: Sequence[ClaimEvidence],
    outcomes: Floats,
    groups: Sequence[str],
    *,
    embedder: Embedder,
    embedder_name: str,
    labelled: Sequence[int] | None = None,
    record: Mapping[str, Any],
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
    """
    predicates = sorted({item.predicate for item in evidence})
    folds = group_folds(groups, folds=_FOLDS)
    signals = signals_out_of_fold(evidence, folds, embedder)
    names = tuple(item.predicate for item in evidence)
    inputs = Inputs(names, signals, np.zeros((len(names), 0)))
    places = np.arange(len(names)) if labelled is None else np.array(labelled, dtype=np.int64)
    fusion = fit_fusion(
        inputs.take(places), outcomes, [groups[at] for at in places], population=inputs
    )
    space = learn_from(evidence, predicates, embed_predicates(predicates, embedder))
    return FittedModel(fusion, space, _regime(evidence), embedder_name, dict(record))


def judge_evidence(
    evidence: Sequence[ClaimEvidence], model: FittedModel, *, embedder: Embedder
) -> list[tuple[float, Polarity, bool]]:
    """Probability, label and whether it is calibrated, for each claim."""
    if not evidence:
        return []
    space = extend_space(model.space, [item.predicate for item in evidence], embedder)
    signals = signal_matrix(evidence, space)
    for row, item in enumerate(evidence):
        if item.predicate not in model.space.predicates:
            # Nothing was learned of this relation's windows: what they tell is left at the mean.
            signals[row, _LEARNED] = model.fusion.mean[_LEARNED]
    names = tuple(item.predicate for item in evidence)
    inputs = Inputs(names, signals, np.zeros((len(names), 0)))
    chances = predict(inputs, model.fusion).round(4)
    labels: dict[int, Polarity] = {1: "supported", 0: "refuted", -1: "unclear"}
    decided = decide(chances, model.fusion.thresholds)
    return [
        (float(chance), labels[int(label)], _is_familiar(item, model))
        if has_evidence(item)
        else (0.5, "unclear", False)
        for item, chance, label in zip(evidence, chances, decided, strict=True)
    ]


def has_evidence(item: ClaimEvidence) -> bool:
    """Whether any page surely is about the subject: what names only the object says nothing."""
    return bool(item.counts[COUNT_SIGNALS.index("pages_subject")] > 0)


def fitted_verdict(
    claim_id: str, item: ClaimEvidence, judged: tuple[float, Polarity, bool]
) -> Verdict:
    """The verdict with the windows that it rests on; their quotes stand verbatim in the sources."""
    probability, label, calibrated = judged
    stances: dict[Polarity, Stance] = {"supported": "support", "refuted": "refute"}
    stance = stances.get(label, "neutral")
    votes = tuple(
        Vote(judge="fitted", stance=stance, source=quote.source, start=quote.start,
             end=quote.end, quote=quote.text, log_odds=0.0, reason="window")
        for quote in item.quotes[:_QUOTES]
    )  # fmt: skip
    reason = "fitted" if has_evidence(item) else "no_evidence"
    if label == "unclear" and has_evidence(item):
        reason = "weak_evidence"
    return Verdict(
        claim_id=claim_id,
        label=label,
        status="ok",
        reason=reason,
        probability=probability,
        calibrated=calibrated,
        evidence=votes if label != "unclear" else (),
        votes=votes,
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


def write_model(model: FittedModel, path: Path) -> None:
    """Write the model as JSON."""
    tree = {
        "format": FORMAT,
        "record": model.record,
        "embedder": model.embedder,
        "signals": list(SIGNALS),
        "regime": model.regime._asdict(),
        "fusion": {name: _plain(value) for name, value in model.fusion._asdict().items()},
        "space": {name: _plain(value) for name, value in model.space._asdict().items()},
    }
    # One line a part: thousands of lines of a number each would help nobody.
    parts = ",\n".join(f"{json.dumps(name)}: {json.dumps(part)}" for name, part in tree.items())
    path.write_text(f"{{\n{parts}\n}}\n", encoding="utf-8")


def default_model() -> FittedModel:
    """The model that ships: fitted on FactBench by `kgpipe bench factbench` (its `fusion.json`)."""
    return read_model(asset_path("data/verify/fusion.json"))


def read_model(path: Path) -> FittedModel:
    """Read what `write_model` wrote.

    Raises:
        KgpipeError: it is no such file, or one of other signals than this version reads.
    """
    try:
        tree = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KgpipeError(f"Cannot read the fitted model {path}: {error}.") from error
    if not isinstance(tree, dict) or tree.get("format") != FORMAT:
        raise KgpipeError(f"{path} is no fitted model of the format {FORMAT!r}. Fit it again.")
    if tree["signals"] != list(SIGNALS):
        raise KgpipeError(f"{path} was fitted on other signals. Fit it again.")
    fusion, space, regime = tree["fusion"], tree["space"], tree["regime"]
    return FittedModel(
        Fusion(
            tuple(fusion["predicates"]),
            np.array(fusion["mean"]),
            # JSON has no infinity: null stands for a column that says nothing.
            np.array([np.inf if value is None else value for value in fusion["spread"]]),
            np.array(fusion["weights"]),
            fusion["slope"],
            fusion["shift"],
            Thresholds(*fusion["thresholds"]),
        ),
        RelationSpace(
            tuple(space["predicates"]),
            *(np.array(space[name]) for name in ("words", "mean", "deviation", "matrix")),
        ),
        Regime(tuple(regime["pages"]), tuple(regime["characters"])),
        tree["embedder"],
        tree["record"],
    )


def _plain(value: Any) -> Any:
    """Lists of rounded numbers; None for infinity."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, _DIGITS) if np.isfinite(value) else None
    return value


def _regime(evidence: Sequence[ClaimEvidence]) -> Regime:
    pages = np.array([item.pages for item in evidence], dtype=np.float64)
    characters = np.array([item.characters / max(1, item.pages) for item in evidence])
    low, high = (np.quantile(values, [_TAIL, 1 - _TAIL]) for values in (pages, characters))
    return Regime((float(low[0]), float(low[1])), (float(high[0]), float(high[1])))


def _is_familiar(item: ClaimEvidence, model: FittedModel) -> bool:
    """Whether the evidence is like that of the fit."""
    values = (item.pages, item.characters / max(1, item.pages))
    return item.predicate in model.fusion.predicates and all(
        low <= value <= high for value, (low, high) in zip(values, model.regime, strict=True)
    )
