"""Dawid-Skene: who votes well, and what is true, from votes alone."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]

# The estimate settles within a few dozen rounds.
_ROUNDS = 100
_TOLERANCE = 1e-7
# One right and one wrong vote that each voter is given beforehand, against rates of 0 and 1.
_PSEUDO_VOTES = 1.0


class VoterModel(NamedTuple):
    """What was learned about the voters.

    `prevalence` is the share of true items, `sensitivity` and `specificity` each voter's rates of
    true votes on true items and of false votes on false ones, shape (voters,).
    """

    prevalence: float
    sensitivity: Floats
    specificity: Floats


def fit_voters(votes: Floats) -> VoterModel:
    """Expectation maximisation from the votes' mean (Dawid and Skene 1979, section 2).

    Args:
        votes: 1, 0, or nan where a voter did not vote; shape (items, voters).
    """
    voted = ~np.isnan(votes)
    filled = np.where(voted, votes, 0.0)
    counts = voted.sum(axis=1)
    truth = np.where(counts > 0, filled.sum(axis=1) / np.maximum(counts, 1), 0.5)
    model = _maximise(filled, voted, truth)
    for _ in range(_ROUNDS):
        updated = predict_truth(votes, model)
        model = _maximise(filled, voted, updated)
        moved = float(np.abs(updated - truth).max(initial=0.0))
        truth = updated
        if moved < _TOLERANCE:
            break
    return model


def predict_truth(votes: Floats, model: VoterModel) -> Floats:
    """The probability of each item being true, shape (items,); the prevalence without votes."""
    voted = ~np.isnan(votes)
    says_true = voted & (votes == 1)
    says_false = voted & (votes == 0)
    for_true = np.log(model.sensitivity / (1 - model.specificity))
    for_false = np.log((1 - model.sensitivity) / model.specificity)
    prior = np.log(model.prevalence / (1 - model.prevalence))
    chances: Floats = expit(prior + says_true @ for_true + says_false @ for_false)
    return chances


def _maximise(filled: Floats, voted: NDArray[np.bool_], truth: Floats) -> VoterModel:
    true_seen, false_seen = truth @ voted, (1 - truth) @ voted
    true_right = truth @ filled
    false_right = (1 - truth) @ (voted - filled)
    return VoterModel(
        float(np.clip(truth.mean(), 1e-3, 1 - 1e-3)) if len(truth) else 0.5,
        (true_right + _PSEUDO_VOTES) / (true_seen + 2 * _PSEUDO_VOTES),
        (false_right + _PSEUDO_VOTES) / (false_seen + 2 * _PSEUDO_VOTES),
    )
