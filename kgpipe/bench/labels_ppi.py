"""How well a hundred labels of a random sample tell a benchmark's accuracy, with predictions.

The population is a benchmark whose labels are all known. Again and again a random sample is drawn
and looked up; the share of right verdicts, and the share of true facts, are estimated from it with
and without the machine's probabilities, and the intervals are held against the truth. The
probabilities must be cross-validated: that of a fact comes from models that never saw its label.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.factbench_score import says_true
from kgpipe.stats.intervals import Estimate
from kgpipe.stats.prediction_powered import half_width, powered_share

Floats = NDArray[np.float64]

LABELS, REPETITIONS = 100, 1000


def sampled_accuracy(
    probabilities: Floats,
    truth: Floats,
    *,
    labels: int = LABELS,
    repetitions: int = REPETITIONS,
    seed: int = 0,
) -> dict[str, Any]:
    """Coverage and mean half-width of 95 % intervals, plain (Wilson) and prediction-powered.

    Args:
        probabilities: of each fact being true, by cross-validation, shape (N,).
        truth: 1 or 0, shape (N,).
        labels: drawn in each repetition, at random without replacement.
        repetitions: number of draws.
        seed: of numpy's generator.
    """
    said = says_true(probabilities)
    right = (said == truth).astype(np.float64)
    # What the machine itself expects: that the verdict is right, that the fact is true.
    sure = np.where(said == 1, probabilities, 1 - probabilities)
    return {
        "facts": len(truth),
        "labels": labels,
        "repetitions": repetitions,
        "right_verdicts": _measure(right, sure, labels, repetitions, seed),
        "true_facts": _measure(truth, probabilities, labels, repetitions, seed),
    }


def _measure(
    outcomes: Floats, predictions: Floats, labels: int, repetitions: int, seed: int
) -> dict[str, Any]:
    generator = np.random.default_rng(seed)
    share = float(outcomes.mean())
    plain, powered, worth = [], [], []
    for _ in range(repetitions):
        drawn = generator.choice(len(outcomes), labels, replace=False)
        sample = outcomes[drawn], predictions[drawn], predictions
        plain.append(powered_share(*sample, power=0).estimate)
        with_predictions = powered_share(*sample)
        powered.append(with_predictions.estimate)
        worth.append(with_predictions.worth)
    return {
        "true_share": round(share, 4),
        "plain": _sum_up(plain, share),
        "prediction_powered": _sum_up(powered, share),
        # The median, since a sample with hardly a deviation seems worth very much.
        "labels_worth": round(float(np.median(worth))),
    }


def _sum_up(estimates: list[Estimate], share: float) -> dict[str, float]:
    columns: dict[str, list[float]] = {
        "coverage": [float(_covers(one, share)) for one in estimates],
        "half_width": [half_width(one) for one in estimates],
        "mean_estimate": [one.value or 0.0 for one in estimates],
    }
    return {name: round(sum(values) / len(values), 4) for name, values in columns.items()}


def _covers(estimate: Estimate, share: float) -> bool:
    if estimate.low is None or estimate.high is None:
        return False
    return estimate.low <= share <= estimate.high
