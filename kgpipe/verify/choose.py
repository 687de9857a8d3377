"""Chooses, by labels held out, what a fitted model weighs beside the signals and plain votes.

Graph scores help where claims hang together, and the records of sources where the same ones are met
again and again. With few labels or loose claims either only adds noise, so that each is taken where
subjects that were held out are judged better with it.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.stats.metrics import (
    area_under_curve,
    balanced_accuracy,
    confusion_matrix,
    expected_calibration_error,
)
from kgpipe.types import Vote
from kgpipe.verify.fusion import Inputs, fit_fusion, group_folds, predict
from kgpipe.verify.reliability import SourceRecord, add_votes_out_of_fold

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_FOLDS = 5
_HALF = 0.5
# A better log loss than this is needed for what makes the model larger.
_MIN_GAIN = 0.002


class Material(NamedTuple):
    """All claims at hand, and the labels of some.

    `inputs` has all columns that can be had; `votes` are empty where there are no judges; `groups`
    are held out together, one a claim; `labelled` are the places of the claims that `outcomes` are
    of.
    """

    inputs: Inputs
    votes: Sequence[Sequence[Vote]]
    groups: Sequence[str]
    labelled: Ints
    outcomes: Floats


class Choice(NamedTuple):
    """Whether graph scores are taken, and whether votes are weighed by their sources' records."""

    graph: bool
    sources: bool


class Chosen(NamedTuple):
    """What was chosen, and the log loss of each alternative on held-out subjects."""

    choice: Choice
    held_out: Floats
    log_losses: Mapping[str, float]


def choose_columns(material: Material) -> Chosen:
    """Compare all alternatives that the material has on held-out subjects.

    `held_out` are the chances that the chosen one gives the labelled claims. A label reaches none
    of the chances of its own fold, not even by way of a source's record; that the best of up to
    four alternatives was taken makes them look a little better than new claims will.
    """
    graphs = (False, True) if material.inputs.graph.shape[1] else (False,)
    records = (False, True) if any(material.votes) else (False,)
    choices = [Choice(*pair) for pair in product(graphs, records)]
    chances = {choice: _hold_out(material, choice) for choice in choices}
    losses = {choice: _log_loss(found, material.outcomes) for choice, found in chances.items()}
    simplest = choices[0]
    best = min(choices, key=lambda choice: losses[choice])
    if losses[best] > losses[simplest] - _MIN_GAIN:
        best = simplest
    named = {_name(choice): round(loss, 4) for choice, loss in losses.items()}
    return Chosen(best, chances[best], named)


def arrange(material: Material, choice: Choice) -> tuple[Inputs, dict[str, SourceRecord]]:
    """The columns of all claims under a choice, and the sources' records, if they are used."""
    inputs = material.inputs
    sources: dict[str, SourceRecord] = {}
    if not choice.graph:
        inputs = inputs._replace(graph=inputs.graph[:, :0])
    if choice.sources:
        totals, sources = add_votes_out_of_fold(
            material.votes, material.labelled, material.outcomes, material.groups
        )
        inputs = inputs._replace(votes=totals[:, None])
    return inputs, sources


def score_held_out(chances: Floats, outcomes: Floats) -> dict[str, float]:
    """How chances of claims that were held out did."""
    said = (chances.round(6) >= _HALF).astype(np.int64)
    matrix = confusion_matrix(outcomes.astype(np.int64), said, classes=2)
    return {
        "balanced_accuracy": round(balanced_accuracy(matrix), 4),
        "auc": round(area_under_curve(chances, outcomes), 4),
        "ece": round(float(expected_calibration_error(chances, outcomes)), 4),
    }


def _hold_out(material: Material, choice: Choice) -> Floats:
    places, outcomes = material.labelled, material.outcomes
    folds = group_folds([material.groups[at] for at in places.tolist()], folds=_FOLDS)
    chances = np.zeros(len(outcomes))
    for fold in np.unique(folds).tolist():
        inside, others = folds == fold, folds != fold
        part = material._replace(labelled=places[others], outcomes=outcomes[others])
        inputs, _ = arrange(part, choice)
        groups = [material.groups[at] for at in places[others].tolist()]
        model = fit_fusion(inputs.take(places[others]), outcomes[others], groups)
        chances[inside] = predict(inputs.take(places[inside]), model)
    return chances


def _log_loss(chances: Floats, outcomes: Floats) -> float:
    said = np.clip(np.where(outcomes == 1, chances, 1 - chances), 1e-6, None)
    return float(-np.log(said).mean())


def _name(choice: Choice) -> str:
    taken = [name for name, value in zip(("graph", "sources"), choice, strict=True) if value]
    return " and ".join(taken) or "neither"
