"""Class-conditional split conformal prediction: when to abstain at a stated rate of errors."""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Thresholds(NamedTuple):
    """Each class stays possible while its own probability is at least this."""

    keep_true: float
    keep_false: float


def conformal_thresholds(probabilities: Floats, outcomes: Floats, *, error: float) -> Thresholds:
    """Thresholds under which each class is wrongly ruled out at most at the rate `error`.

    Mondrian split conformal (Vovk, Gammerman and Shafer 2005, section 4.5): of the items of a class
    in the calibration set, the floor(error * (n + 1)) least probable may fall below its threshold.
    The promise holds for items exchangeable with these and needs no calibrated probabilities. Of a
    class with fewer than 1 / error - 1 items only the rate 1 / (n + 1) can be promised, and is (see
    `promised_errors`).

    Args:
        probabilities: of being true, for items that the model was not fitted on, shape (n,).
        outcomes: 0 or 1, shape (n,).
        error: the promised rate, e.g. 0.05.
    """
    return Thresholds(
        keep_true=_threshold(probabilities[outcomes == 1], error),
        keep_false=_threshold(1 - probabilities[outcomes == 0], error),
    )


def promised_errors(outcomes: Floats, *, error: float) -> dict[str, float]:
    """The rates that hold for the true and for the false items, at most the one asked for or more.

    Args:
        outcomes: 0 or 1 for each item of the calibration set.
        error: the rate asked for.
    """
    counts = {"true": int(outcomes.sum()), "false": int(len(outcomes) - outcomes.sum())}
    return {name: round(max(error, 1 / (n + 1)), 4) for name, n in counts.items()}


def decide(probabilities: Floats, thresholds: Thresholds) -> NDArray[np.int64]:
    """1 where only true stays possible, 0 where only false does, -1 where nothing is decided.

    Nothing is decided against the probability itself, whatever the thresholds.
    """
    possible_true = probabilities >= thresholds.keep_true
    possible_false = 1 - probabilities >= thresholds.keep_false
    likelier = np.where(possible_true, probabilities >= 0.5, probabilities <= 0.5)
    decided = (possible_true != possible_false) & likelier
    return np.where(decided, possible_true.astype(np.int64), -1)


def _threshold(own: Floats, error: float) -> float:
    """The k-th smallest of the class's own probabilities, k = floor(error * (n + 1)) but 1."""
    if not len(own):
        return 0.0
    return float(np.sort(own)[max(1, math.floor(error * (len(own) + 1))) - 1])
