"""The fitted verifier: what it was fitted on, and what it weighs.

Beside weights for the predicates of the fit it holds some for any predicate that a batch has claims
enough of (see `standardise`), with a sample of the fit's windows: what a new relation's windows say
is learned against those of other relations.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.ports import Embedder
from kgpipe.stats.conformal import promised_errors
from kgpipe.types import Vote
from kgpipe.verify.choose import Material, arrange, choose_columns, score_held_out
from kgpipe.verify.fusion import (
    CALIBRATED_LABELS,
    ERROR,
    OWN_LABELS,
    Fusion,
    Inputs,
    fit_fusion,
    group_folds,
)
from kgpipe.verify.relation import RelationSpace, WindowSample, embed_predicates, sample_windows
from kgpipe.verify.reliability import SourceRecord
from kgpipe.verify.signals import ClaimEvidence, learn_from, signals_out_of_fold
from kgpipe.verify.standardise import (
    MIN_CLAIMS,
    scales_of_predicates,
    typical_spread,
    within_predicates,
)

Floats = NDArray[np.float64]

_FOLDS = 5
# The regime is what all but this share of the fit's claims lie in, on either side.
_TAIL = 0.01
# From fewer predicates nothing is learned that holds for any other.
_MIN_PREDICATES = 5


class Regime(NamedTuple):
    """The evidence of the fit: independent pages a claim, and characters a page.

    `any_predicate`: the labels were of so many predicates that calibration holds for new ones.
    `calibrated`: there were labels enough to calibrate at all.
    """

    pages: tuple[float, float]
    characters: tuple[float, float]
    any_predicate: bool = False
    calibrated: bool = True


class FittedModel(NamedTuple):
    """What `fit_model` makes and a file holds.

    `general` weighs the signals of a predicate's claims among one another, for predicates that
    `fusion` does not know; None where the fit saw too few. `spread` is how far signals of one
    predicate's claims usually lie apart, shape (s,). `sample` are windows of the fit.
    `judges` are those whose votes are one of its columns, as the settings name them; without any
    the pages alone speak. `graph` says whether graph scores are columns, and `sources` how far
    votes of each are to be trusted.
    """

    fusion: Fusion
    general: Fusion | None
    spread: Floats
    space: RelationSpace
    sample: WindowSample
    regime: Regime
    embedder: str
    record: Mapping[str, Any]
    judges: tuple[str, ...] = ()
    graph: bool = False
    sources: Mapping[str, SourceRecord] = {}


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
    votes: Sequence[Sequence[Vote]] = (),
    graph: Floats | None = None,
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
        votes: theirs, one a source, for each claim at hand.
        graph: graph scores of each claim at hand, taken where they help; None for none.
    """
    names = tuple(item.predicate for item in evidence)
    signals = signals_out_of_fold(evidence, group_folds(groups, folds=_FOLDS), embedder)
    places = np.arange(len(names)) if labelled is None else np.array(labelled, dtype=np.int64)
    material = Material(
        Inputs(names, signals, _add_up(votes if judges else (), len(names)),
               np.zeros((len(names), 0)) if graph is None else graph),
        votes if judges else (), groups, places, outcomes,
    )  # fmt: skip
    chosen = choose_columns(material)
    inputs, sources = arrange(material, chosen.choice)
    known = [groups[at] for at in places.tolist()]
    fusion = fit_fusion(inputs.take(places), outcomes, known, population=inputs)
    predicates = sorted(set(names))
    rare = sum(names[at] not in fusion.predicates for at in places.tolist())
    told = {
        **record,
        "held_out_by_subject": score_held_out(chosen.held_out, outcomes),
        "log_loss_with": dict(chosen.log_losses),
        "promised_error": promised_errors(outcomes, error=ERROR),
    }
    return FittedModel(
        fusion,
        _fit_general(inputs, places, outcomes, known),
        typical_spread(scales_of_predicates(names, signals).values()),
        learn_from(evidence, predicates, embed_predicates(predicates, embedder)),
        sample_windows([item.windows for item in evidence], names),
        _regime(
            evidence,
            any_predicate=rare >= OWN_LABELS,
            calibrated=len(places) >= CALIBRATED_LABELS,
        ),
        embedder_name,
        told,
        tuple(judges),
        chosen.choice.graph,
        sources,
    )


def _fit_general(
    inputs: Inputs, places: NDArray[np.int64], outcomes: Floats, groups: Sequence[str]
) -> Fusion | None:
    """Weights for predicates that are unknown, None where the fit saw too few to tell."""
    counts = Counter(inputs.predicates)
    if sum(count >= MIN_CLAIMS for count in counts.values()) < _MIN_PREDICATES:
        return None
    scaled = within_predicates(inputs)
    return fit_fusion(scaled.take(places), outcomes, groups, population=scaled)


def _add_up(votes: Sequence[Sequence[Vote]], count: int) -> Floats:
    """The votes of each claim as a column; no column without any."""
    totals = [[sum(vote.log_odds for vote in given)] for given in votes]
    return np.array(totals, dtype=np.float64) if totals else np.zeros((count, 0))


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


def _regime(evidence: Sequence[ClaimEvidence], *, any_predicate: bool, calibrated: bool) -> Regime:
    # Claims without a page are not what anything was learned from.
    evidence = [item for item in evidence if item.pages] or evidence
    pages = np.array([item.pages for item in evidence], dtype=np.float64)
    characters = np.array([item.characters / max(1, item.pages) for item in evidence])
    ranges = [np.quantile(values, [_TAIL, 1 - _TAIL]).tolist() for values in (pages, characters)]
    return Regime(tuple(ranges[0]), tuple(ranges[1]), any_predicate, calibrated)


def knows_predicate(predicate: str, model: FittedModel) -> bool:
    """Whether the model may be calibrated for claims of this predicate."""
    return model.regime.any_predicate or predicate in model.fusion.predicates
