"""Which verdicts are suspect, once labels show where the machine has been wrong.

A logistic regression on top of the verdicts' own doubt: each group of a stratum (a predicate, a
document, ...) has an effect on the log-odds of an error, around zero and as far from it as its
labels demand. What no label speaks of stays what the verdict says.
"""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# An effect is expected to change odds by a factor of about 1.6, or the inverse: calibrated verdicts
# leave little to learn, and the few labels of a batch shall not drown what they say.
_SPREAD = 0.5
# How far the weight of the verdicts' own log-odds is expected to be from 1.
_SPREAD_OF_SLOPE = 0.25
# A verdict that says 0 or 1 may be wrong all the same.
_LEAST_DOUBT = 0.005
_TOLERANCE = 1e-9


def learn_doubt(doubt: Floats, wrong: Floats, *, strata: Mapping[str, Ints]) -> Floats:
    """The probability that each verdict is wrong, given the labels; shape (n,).

    Effects are at their posterior mode (Laplace's approximation with independent effects), and the
    probability is averaged over what is still uncertain of them (MacKay 1992, "The evidence
    framework applied to classification networks", section 4), so that a group without labels is
    looked into before one that is known to be sound. Without labels the order of `doubt` stays.

    Args:
        doubt: that of the verdicts themselves, shape (n,).
        wrong: 1 or 0 where a label tells, else nan, shape (n,).
        strata: by name the number of each fact's group, shape (n,).
    """
    odds = logit(np.clip(doubt, _LEAST_DOUBT, 1 - _LEAST_DOUBT))
    known = np.flatnonzero(~np.isnan(wrong))
    if not len(known):
        return np.asarray(expit(odds), dtype=np.float64)
    columns = [np.unique(numbers[known], return_inverse=True) for numbers in strata.values()]
    starts = np.cumsum([0, *(len(groups) for groups, _ in columns)])
    # (labelled, strata): where in the vector of effects the effect of each fact's group stands.
    places = np.column_stack([at + rows for at, (_, rows) in zip(starts, columns, strict=False)])
    centre = float(odds[known].mean())
    effects, variances = _fit(odds[known], wrong[known], places, int(starts[-1]), centre=centre)
    mean = odds + effects[-1] + effects[-2] * (odds - centre)
    variance = np.full(len(doubt), variances[-1]) + variances[-2] * (odds - centre) ** 2
    for at, (groups, _), numbers in zip(starts, columns, strata.values(), strict=False):
        place = np.minimum(np.searchsorted(groups, numbers), len(groups) - 1)
        seen = groups[place] == numbers
        mean = mean + np.where(seen, effects[at + place], 0.0)
        variance = variance + np.where(seen, variances[at + place], _SPREAD**2)
    return np.asarray(expit(mean / np.sqrt(1 + math.pi * variance / 8)), dtype=np.float64)


def _fit(
    odds: Floats, wrong: Floats, places: Ints, groups: int, *, centre: float
) -> tuple[Floats, Floats]:
    """Effects and their variances: of the groups, then of the slope, then the common one."""
    spread = np.append(np.full(groups, _SPREAD), [_SPREAD_OF_SLOPE, _SPREAD])
    precision = 1 / spread**2
    steep = odds - centre

    def gather(per_fact: Floats, steepness: Floats) -> Floats:
        weights = np.repeat(per_fact, places.shape[1])
        by_group = np.bincount(places.ravel(), weights=weights, minlength=groups)
        return np.append(by_group, [per_fact @ steepness, per_fact.sum()])

    def predict(effects: Floats) -> Floats:
        total: Floats = odds + effects[-1] + effects[-2] * steep + effects[places].sum(axis=1)
        return total

    def loss(effects: Floats) -> tuple[float, Floats]:
        total = predict(effects)
        fit = np.logaddexp(0, total) - wrong * total
        slope = gather(expit(total) - wrong, steep) + precision * effects
        return float(fit.sum() + 0.5 * (precision * effects**2).sum()), slope

    found = minimize(
        loss, np.zeros(groups + 2), jac=True, method="L-BFGS-B", options={"ftol": _TOLERANCE}
    )
    effects = np.asarray(found.x, dtype=np.float64)
    chances = expit(predict(effects))
    curvature = chances * (1 - chances)
    information = gather(curvature, np.zeros_like(steep))
    information[-2] = float(curvature @ steep**2)
    return effects, 1 / (precision + information)
