"""Fits the sentence model on HealthVer's development half."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.healthver_data import LABELS
from kgpipe.errors import KgpipeError
from kgpipe.stats.logistic import fit_logistic
from kgpipe.verify.fusion import group_folds
from kgpipe.verify.sentence_model import Chances, Features, SentenceModel, judge_features

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Cross-validated on the development half, .3 to 100 made no difference beyond .01 macro-F1.
_PENALTY = 30.0
_FOLDS = 7
_SUPPORTS, _REFUTES, _NEUTRAL = range(len(LABELS))
# A column that never varies is left as it is.
_MIN_SPREAD = 1e-9


def fit_sentence_model(
    features: Sequence[Features], labels: Ints, *, embedder: str, record: dict[str, object]
) -> SentenceModel:
    """Fit whether a window speaks on all pairs, and which way on those that do.

    Both sides of each question weigh the same, however many pairs they have: how often a passage
    is silent, or a claim false, is another matter in every collection.

    Raises:
        KgpipeError: a label is missing.
    """
    if missing := [name for n, name in enumerate(LABELS) if n not in labels]:
        raise KgpipeError(f"The development half has no pair labelled {', '.join(missing)}.")
    sided = np.flatnonzero(labels != _NEUTRAL)
    speaks = np.array([item.speaks for item in features])
    holds = np.array([features[at].holds for at in sided.tolist()])
    return SentenceModel(
        embedder,
        _fit(speaks, labels != _NEUTRAL),
        _fit(holds, labels[sided] == _SUPPORTS),
        record,
    )


def cross_answers(
    features: Sequence[Features], labels: Ints, groups: Sequence[str], *, embedder: str
) -> Ints:
    """The answer to each pair by a model fitted on the other groups, shape (n,)."""
    answers = np.zeros(len(labels), dtype=np.int64)
    folds = group_folds(groups, folds=min(_FOLDS, len(set(groups))))
    for fold in sorted(set(folds.tolist())):
        others = np.flatnonzero(folds != fold)
        model = fit_sentence_model(
            [features[at] for at in others.tolist()], labels[others], embedder=embedder, record={}
        )
        for at in np.flatnonzero(folds == fold).tolist():
            answers[at] = _answer(judge_features(features[at], model))
    return answers


def _answer(chances: Chances) -> int:
    if chances.speaks < 0.5:
        return _NEUTRAL
    return _SUPPORTS if chances.log_odds > 0 else _REFUTES


def _fit(columns: Floats, outcomes: NDArray[np.bool_]) -> tuple[float, ...]:
    """Weights of the columns as they are, fitted on standardised ones; the intercept is last."""
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    spread = np.where(spread < _MIN_SPREAD, 1.0, spread)
    share = outcomes.mean()
    fitted = fit_logistic(
        (columns - mean) / spread,
        outcomes.astype(np.float64),
        penalties=np.full(columns.shape[1], _PENALTY),
        sizes=np.where(outcomes, 0.5 / share, 0.5 / (1 - share)),
    )
    weights = fitted[:-1] / spread
    return (*weights.tolist(), float(fitted[-1] - weights @ mean))
