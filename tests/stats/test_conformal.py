import numpy as np
import pytest

from kgpipe.stats.conformal import Thresholds, conformal_thresholds, decide


@pytest.mark.parametrize("error", [0.05, 0.1, 0.2])
def test_each_class_is_wrongly_ruled_out_at_most_at_the_rate(error: float) -> None:
    generator = np.random.default_rng(0)
    misses: list[tuple[float, float]] = []
    for _ in range(200):
        outcomes = (generator.random(300) < 0.3).astype(float)
        # Skewed on purpose: the promise needs no calibrated probability.
        chances = np.clip(0.4 * outcomes + generator.beta(2, 5, size=300), 0, 1)
        known, new = slice(0, 200), slice(200, 300)
        thresholds = conformal_thresholds(chances[known], outcomes[known], error=error)
        true, false = outcomes[new] == 1, outcomes[new] == 0
        misses.append(
            (
                (chances[new][true] < thresholds.keep_true).mean(),
                (1 - chances[new][false] < thresholds.keep_false).mean(),
            )
        )
    # Three standard errors of a mean over 200 draws.
    assert np.mean(misses, axis=0).max() <= error + 0.01


def test_too_few_items_rule_nothing_out() -> None:
    thresholds = conformal_thresholds(np.array([0.9, 0.1]), np.array([1.0, 0.0]), error=0.05)
    assert thresholds == Thresholds(0.0, 0.0)
    assert decide(np.array([0.99, 0.01]), thresholds).tolist() == [-1, -1]


def test_decides_where_one_class_is_left() -> None:
    decided = decide(np.array([0.9, 0.5, 0.05]), Thresholds(keep_true=0.4, keep_false=0.3))
    assert decided.tolist() == [1, -1, 0]
