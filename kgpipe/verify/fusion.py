"""Joins evidence, votes and other scores into one calibrated probability.

A logistic regression with one set of weights for all predicates and, for each predicate with labels
enough, a penalised departure from it: a new predicate gets the common weights. The penalty draws
to a plain mean of a few signals, which is what the model says without any label. Log-odds from
claims that were held out while fitting give the calibration (Platt 1999) and the conformal
thresholds.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from kgpipe.stats.conformal import Thresholds, conformal_thresholds
from kgpipe.stats.logistic import fit_logistic
from kgpipe.verify.signals import SIGNALS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Chosen on the development half of FactBench (subjects by hash) among 10 to 200.
PENALTY = 10.0
# The model without labels: these signals alike, where they are among the columns. They were named
# before any fit, as what co-occurrence and the relation's wording say most plainly.
PRIOR_SIGNALS = ("told_log", "said_pages", "pages_sentence", "near")
_PRIOR_WEIGHT = 0.5
# All votes together weigh so much before any label: about as two signals.
_PRIOR_VOTES = 1.0
# A predicate with fewer labels has no weights of its own.
OWN_LABELS = 30
# How freely a predicate's own base rate departs from the common one, beside its weights.
_OWN_RATE = 3.0
_INNER_FOLDS = 5
# The rate at which a true, and a false, claim may be decided wrongly.
ERROR = 0.05
# From fewer labels slope and shift would be learned worse than they are without.
CALIBRATED_LABELS = 100
# A column that never varies says nothing, whatever a new claim has there.
_MIN_SPREAD = 1e-9


class Inputs(NamedTuple):
    """What is known of claims: predicates (n), `SIGNALS` (n, s), votes (n, v), graph scores (n, g).

    The last two depart by no predicate. `votes` are the higher the truer (1, -1 and 0 for none, or
    log-odds), which is believed before any label; of `graph` nothing is.
    """

    predicates: tuple[str, ...]
    signals: Floats
    votes: Floats
    graph: Floats

    @property
    def common(self) -> Floats:
        """What has weights for all predicates: signals, votes and graph scores side by side."""
        return np.column_stack([self.signals, self.votes, self.graph])

    def take(self, places: Ints) -> "Inputs":
        """The inputs of some claims."""
        names = tuple(self.predicates[at] for at in places)
        return Inputs(names, self.signals[places], self.votes[places], self.graph[places])


class Fusion(NamedTuple):
    """Everything that was fitted, as plain numbers.

    `weights` are in the order of `_design`; `slope` and `shift` calibrate the log-odds.
    """

    predicates: tuple[str, ...]
    mean: Floats
    spread: Floats
    weights: Floats
    slope: float
    shift: float
    thresholds: Thresholds


def fit_fusion(
    inputs: Inputs,
    outcomes: Floats,
    groups: Sequence[str],
    *,
    population: Inputs | None = None,
    penalty: float = PENALTY,
    error: float = ERROR,
) -> Fusion:
    """Fit weights on all claims; calibrate and set thresholds on held-out log-odds.

    Args:
        inputs: of the labelled claims.
        outcomes: 1 or 0, shape (n,).
        groups: claims of one group (a subject) are held out together.
        population: claims, labelled or not, whose spread scales the columns; by default the
            labelled ones.
        penalty: on squared weights of standardised columns.
        error: the rate at which a true, and a false, claim may be decided wrongly.
    """
    scale = _measure(population or inputs)
    folds = group_folds(groups, folds=_INNER_FOLDS)
    held_out = np.zeros(len(outcomes))
    for fold in sorted(set(folds.tolist())):
        inside = np.flatnonzero(folds == fold)
        others = np.flatnonzero(folds != fold)
        part = _fit_weights(inputs.take(others), outcomes[others], penalty, scale)
        held_out[inside] = _raw_log_odds(inputs.take(inside), part)
    enough = len(outcomes) >= CALIBRATED_LABELS
    slope, shift = _calibrate(held_out, outcomes) if enough else (1.0, 0.0)
    fusion = _fit_weights(inputs, outcomes, penalty, scale)
    chances = expit(slope * held_out + shift)
    thresholds = conformal_thresholds(chances, outcomes, error=error)
    return fusion._replace(slope=slope, shift=shift, thresholds=thresholds)


def cross_fusion(inputs: Inputs, labels: Floats, groups: Sequence[str], folds: Ints) -> Floats:
    """The probability of each claim from a model fitted on the other folds, shape (n,)."""
    chances = np.zeros(len(labels))
    for fold in sorted(set(folds.tolist())):
        inside, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        model = fit_fusion(
            inputs.take(others), labels[others], [groups[at] for at in others.tolist()]
        )
        chances[inside] = predict(inputs.take(inside), model)
    return chances


def predict(inputs: Inputs, fusion: Fusion) -> Floats:
    """The calibrated probability of each claim being true, shape (n,)."""
    chances: Floats = expit(fusion.slope * _raw_log_odds(inputs, fusion) + fusion.shift)
    return chances


def contributions(inputs: Inputs, fusion: Fusion) -> Floats:
    """What each signal, vote and graph score adds to the calibrated log-odds, (n, s + v + g).

    The sum of a row and the log-odds differ by what no signal tells: base rates and the shift.
    """
    design = _design(inputs, fusion)
    weighted = fusion.slope * design * fusion.weights[:-1]
    signals = inputs.signals.shape[1]
    columns = len(fusion.mean)
    # Behind the columns: for each predicate the signals again, and its base rate.
    own = weighted[:, columns:].reshape(len(weighted), len(fusion.predicates), signals + 1)
    added: Floats = weighted[:, :columns].copy()
    added[:, :signals] += own[:, :, :signals].sum(axis=1)
    return added


def group_folds(groups: Sequence[str], *, folds: int, seed: int = 0) -> Ints:
    """A fold for each item: whole groups, drawn by the groups' names, never by row order."""
    names = sorted(set(groups))
    order = np.random.default_rng(seed).permutation(len(names))
    numbers = {names[at]: place % folds for place, at in enumerate(order)}
    return np.array([numbers[group] for group in groups], dtype=np.int64)


def unfitted(population: Inputs) -> Fusion:
    """The model that has seen no label: the prior, around the population's mean."""
    return _fit_weights(population.take(np.array([], dtype=np.int64)), np.zeros(0), PENALTY,
                        _measure(population))  # fmt: skip


def _measure(population: Inputs) -> tuple[Floats, Floats]:
    """Mean and spread of each column."""
    raw = population.common
    spread = raw.std(axis=0)
    return raw.mean(axis=0), np.where(spread < _MIN_SPREAD, np.inf, spread)


def _fit_weights(
    inputs: Inputs, outcomes: Floats, penalty: float, scale: tuple[Floats, Floats]
) -> Fusion:
    counts = Counter(inputs.predicates)
    predicates = tuple(sorted(name for name in counts if counts[name] >= OWN_LABELS))
    fusion = Fusion(predicates, *scale, np.zeros(0), 1.0, 0.0, Thresholds(0.0, 0.0))
    design = _design(inputs, fusion)
    prior = np.zeros(design.shape[1])
    prior[[SIGNALS.index(name) for name in PRIOR_SIGNALS]] = _PRIOR_WEIGHT
    votes = inputs.votes.shape[1]
    prior[len(SIGNALS) : len(SIGNALS) + votes] = _PRIOR_VOTES / max(1, votes)
    penalties = np.full(design.shape[1], penalty)
    return fusion._replace(weights=fit_logistic(design, outcomes, penalties=penalties, prior=prior))


def _design(inputs: Inputs, fusion: Fusion) -> Floats:
    """The standardised columns; then for each predicate the signals again, and a 1."""
    common = (inputs.common - fusion.mean) / fusion.spread
    signals = np.column_stack(
        [common[:, : inputs.signals.shape[1]], np.full(len(common), _OWN_RATE)]
    )
    member = np.zeros((len(common), len(fusion.predicates)))
    for row, name in enumerate(inputs.predicates):
        if name in fusion.predicates:
            member[row, fusion.predicates.index(name)] = 1.0
    own = signals[:, None, :] * member[:, :, None]
    return np.column_stack([common, own.reshape(len(common), own.shape[1] * own.shape[2])])


def _raw_log_odds(inputs: Inputs, fusion: Fusion) -> Floats:
    odds: Floats = _design(inputs, fusion) @ fusion.weights[:-1] + fusion.weights[-1]
    return odds


def _calibrate(held_out: Floats, outcomes: Floats) -> tuple[float, float]:
    """Slope and shift of the log-odds that fit held-out outcomes best, drawn towards 1 and 0."""
    # Fitted as the departure from slope 1, so that the penalty draws to the identity.
    slope, shift = 1.0, 0.0
    for _ in range(20):
        chances = expit(slope * held_out + shift)
        gaps = chances - outcomes
        gradient = np.array([gaps @ held_out + (slope - 1), gaps.sum() + shift])
        spread = np.maximum(chances * (1 - chances), 1e-9)
        cross = spread @ held_out
        curvature = np.array([[spread @ held_out**2 + 1.0, cross], [cross, spread.sum() + 1.0]])
        step = np.linalg.solve(curvature, gradient)
        slope, shift = slope - float(step[0]), shift - float(step[1])
    return slope, shift
