"""How many labels it takes: balanced accuracy over many grouped splits, by budget and by choice.

Each split holds out a fifth of the subjects; labels are bought among the others, either at random
or where the model is least sure (Lewis and Gale 1994). Signals of all claims are known, labels only
of those bought.
"""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.factbench_score import says_true
from kgpipe.stats.metrics import balanced_accuracy, confusion_matrix
from kgpipe.verify.fusion import Fusion, Inputs, fit_fusion, group_folds, predict, unfitted

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Choice = Literal["random", "active"]

BUDGETS = (0, 20, 50, 100, 200)
SPLITS = 20
# A fifth of the subjects is held out.
_FOLDS = 5
# Labels bought between two fits; before the first, the model without labels chooses.
_BATCH = 10
# Of each batch so many are drawn at random, against a model that is surely wrong somewhere.
_EXPLORED = 3
# With few labels more of the prior is kept.
_PENALTY = 20.0


def label_curve(
    inputs: Inputs, labels: Floats, groups: Sequence[str], *, splits: int = SPLITS
) -> list[dict[str, Any]]:
    """Mean balanced accuracy and its 95 % interval over splits, for each choice and budget."""
    runs: dict[Choice, list[list[float]]] = {"random": [], "active": []}
    for split in range(splits):
        folds = group_folds(groups, folds=_FOLDS, seed=split + 1)
        for choice, scores in runs.items():
            scores.append(
                _one_split(inputs, labels, groups, folds=folds, seed=split, choice=choice)
            )
    return [
        {"choice": choice, "labels": budget, **_mean(np.array([run[at] for run in scores]))}
        for choice, scores in runs.items()
        for at, budget in enumerate(BUDGETS)
    ]


def _one_split(
    inputs: Inputs,
    labels: Floats,
    groups: Sequence[str],
    *,
    folds: Ints,
    seed: int,
    choice: Choice,
) -> list[float]:
    pool, held_out = np.flatnonzero(folds != 0), np.flatnonzero(folds == 0)
    generator = np.random.default_rng(seed)
    bought = np.array([], dtype=np.int64)
    model = unfitted(inputs)
    scores = [_score(inputs, labels, held_out, model)]
    for budget in np.minimum(BUDGETS[1:], len(pool)).tolist():
        while len(bought) < budget:
            count = (
                min(_BATCH, budget - len(bought)) if choice == "active" else budget - len(bought)
            )
            left = np.setdiff1d(pool, bought)
            chosen = _choose(inputs, left, model, count=count, generator=generator, choice=choice)
            bought = np.concatenate([bought, chosen])
            model = _fit(inputs, labels, groups, bought)
        scores.append(_score(inputs, labels, held_out, model))
    return scores


def _choose(
    inputs: Inputs,
    left: Ints,
    model: Fusion,
    *,
    count: int,
    generator: np.random.Generator,
    choice: Choice,
) -> Ints:
    """Claims to label next."""
    shuffled = generator.permutation(left)
    if choice == "random":
        return shuffled[:count]
    explored = min(_EXPLORED, count)
    rest = shuffled[explored:]
    doubt = np.abs(predict(inputs.take(rest), model).round(6) - 0.5)
    unsure = rest[np.argsort(doubt, kind="stable")[: count - explored]]
    return np.concatenate([shuffled[:explored], unsure])


def _fit(inputs: Inputs, labels: Floats, groups: Sequence[str], bought: Ints) -> Fusion:
    return fit_fusion(
        inputs.take(bought),
        labels[bought],
        [groups[at] for at in bought],
        population=inputs,
        penalty=_PENALTY,
    )


def _score(inputs: Inputs, labels: Floats, held_out: Ints, model: Fusion) -> float:
    said = says_true(predict(inputs.take(held_out), model))
    return balanced_accuracy(confusion_matrix(labels[held_out].astype(np.int64), said, classes=2))


def _mean(values: Floats) -> dict[str, float]:
    """The mean over splits with a normal interval; splits overlap, so it is somewhat narrow."""
    half = 1.96 * float(values.std(ddof=1)) / len(values) ** 0.5 if len(values) > 1 else 0.0
    mean = float(values.mean())
    return {
        "balanced_accuracy": round(mean, 4),
        "low": round(mean - half, 4),
        "high": round(mean + half, 4),
    }
