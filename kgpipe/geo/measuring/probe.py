"""What a frozen embedding tells: logistic regression on it, and how few labels that needs."""

from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from kgpipe.geo.measuring.folds import share_groups
from kgpipe.geo.measuring.metrics import mean_average_precision
from kgpipe.stats.logistic import fit_logistic

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Penalties a row that are tried, strongest first, in steps of about the square root of ten
# (scikit-learn's C is 1 / (penalty * rows)).
STRENGTHS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003)
# Taken where the training groups allow no folds to choose by.
_WITHOUT_CHOICE = 0.01
_INNER_FOLDS = 3
# Newton's method costs the cube of the columns; above so many L-BFGS is ten times as fast.
_WIDE = 400
# The steepest slope that is left, a row: a tenth of it changes no average precision by .001.
_FLAT = 1e-4
_MOST_STEPS = 300
LABEL_SHARES = (0.01, 0.1, 1.0)


class Probe(NamedTuple):
    """A linear reading of an embedding.

    `mean` and `scale` (d,) standardise its columns; `weights` (labels, d) and `intercepts`
    (labels,) give log-odds; `strength` is the penalty that was chosen.
    """

    mean: Floats
    scale: Floats
    weights: Floats
    intercepts: Floats
    strength: float

    def score(self, vectors: NDArray[np.floating]) -> Floats:
        """Log-odds of each label, shape (n, labels)."""
        scores: Floats = ((vectors - self.mean) / self.scale) @ self.weights.T + self.intercepts
        return scores


def fit_probe(
    vectors: NDArray[np.floating],
    labels: Floats,
    *,
    groups: Sequence[Hashable],
    strengths: Sequence[float] = STRENGTHS,
) -> Probe:
    """One logistic regression a label, all with the same penalty.

    The penalty is the one with the best mean average precision over inner folds of these very
    rows, in which no group is cut.

    Args:
        vectors: the frozen embedding, shape (n, d).
        labels: 0 or 1, shape (n, labels); exactly one column for a question of yes or no.
        groups: what makes rows depend on one another, shape (n,).
        strengths: penalties to choose from, strongest first.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    mean, scale = _standard(rows)
    strength = _choose(rows, labels, groups, strengths) if len(strengths) > 1 else strengths[0]
    path = [one for one in strengths if one >= strength] or [strength]
    weights, intercepts = _fit_path((rows - mean) / scale, labels, path)[-1]
    return Probe(mean, scale, weights, intercepts, strength)


def score_inner_folds(
    vectors: NDArray[np.floating],
    labels: Floats,
    *,
    groups: Sequence[Hashable],
    strengths: Sequence[float],
) -> Floats:
    """Log-odds of each row by probes of the other folds of these rows, (strengths, n, labels).

    NaN in folds where the others have no label that is there and is not. Arguments as for
    `fit_probe`.
    """
    rows = np.asarray(vectors, dtype=np.float64)
    # Rows with the same labels are of one class for the folds.
    classes = np.unique(labels, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    folds = share_groups(groups, classes, folds=_INNER_FOLDS)
    scores = np.full((len(strengths), *labels.shape), np.nan)
    for fold in range(_INNER_FOLDS):
        held, kept = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        if not len(held) or not _both_sides(labels[kept]):
            continue
        mean, scale = _standard(rows[kept])
        fits = _fit_path((rows[kept] - mean) / scale, labels[kept], strengths)
        tested = (rows[held] - mean) / scale
        for place, (weights, intercepts) in enumerate(fits):
            scores[place, held] = tested @ weights.T + intercepts
    return scores


def draw_labelled(
    classes: Ints, share: float, *, draws: int, seed: int, least: int = 2
) -> Iterator[Ints]:
    """Rows whose labels are kept, drawn by class so that each is there; one array a draw.

    Args:
        classes: codes, shape (n,).
        share: of each class that is kept, at least `least` rows of it.
        draws: how many times.
        seed: of the first draw; the others continue from it.
        least: rows of a class, as far as it has them.
    """
    generator = np.random.default_rng(seed)
    for _ in range(draws):
        kept = []
        for kind in np.unique(classes):
            members = np.flatnonzero(classes == kind)
            count = min(len(members), max(least, round(share * len(members))))
            kept.append(generator.choice(members, size=count, replace=False))
        yield np.sort(np.concatenate(kept))


def _standard(rows: Floats) -> tuple[Floats, Floats]:
    scale = rows.std(axis=0)
    # A column that never moves says nothing, and must not be blown up by what rounding left of it.
    return rows.mean(axis=0), np.where(scale > 1e-9, scale, 1.0)


def _choose(
    rows: Floats, labels: Floats, groups: Sequence[Hashable], strengths: Sequence[float]
) -> float:
    scores = score_inner_folds(rows, labels, groups=groups, strengths=strengths)
    scored = ~np.isnan(scores[0, :, 0])
    if not _both_sides(labels[scored]):
        return _WITHOUT_CHOICE
    found = [mean_average_precision(one[scored], labels[scored]).macro for one in scores]
    # The strongest of equals.
    return strengths[int(np.argmax(np.round(found, 6)))]


def _both_sides(labels: Floats) -> bool:
    """Whether some label is there and is not."""
    return bool(len(labels) and (labels.any(axis=0) & ~labels.all(axis=0)).any())


def _fit_path(
    rows: Floats, labels: Floats, strengths: Sequence[float]
) -> list[tuple[Floats, Floats]]:
    """Weights and intercepts for each penalty, each fit starting from the one before."""
    width = rows.shape[1]
    state = np.zeros((labels.shape[1], width + 1))
    fits = []
    for strength in strengths:
        for place, outcomes in enumerate(labels.T):
            if width > _WIDE:
                state[place] = _fit_wide(rows, outcomes, strength, start=state[place])
                continue
            penalties = np.full(width, strength * len(rows))
            state[place] = fit_logistic(rows, outcomes, penalties=penalties, start=state[place])
        fits.append((state[:, :width].copy(), state[:, width].copy()))
    return fits


def _fit_wide(rows: Floats, outcomes: Floats, strength: float, *, start: Floats) -> Floats:
    """The same minimum as `fit_logistic`'s, to `_FLAT`, by L-BFGS."""

    def loss(state: Floats) -> tuple[float, Floats]:
        weights, odds = state[:-1], rows @ state[:-1] + state[-1]
        error = expit(odds) - outcomes
        fit = (np.logaddexp(0, odds) - outcomes * odds).mean() + strength / 2 * weights @ weights
        slope = np.append(rows.T @ error / len(rows) + strength * weights, error.mean())
        return float(fit), slope

    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", options={"gtol": _FLAT, "maxiter": _MOST_STEPS}
    )
    weights: Floats = found.x
    return weights
