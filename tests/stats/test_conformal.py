import numpy as np
import pytest

from kgpipe.stats.conformal import Thresholds, conformal_thresholds, decide, promised_errors


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


def test_of_few_items_the_rate_is_promised_that_they_allow() -> None:
    outcomes = np.array([1.0, 1.0, 1.0, 0.0])
    chances = np.array([0.9, 0.7, 0.8, 0.1])
    thresholds = conformal_thresholds(chances, outcomes, error=0.05)
    assert thresholds == Thresholds(0.7, 0.9)
    assert decide(np.array([0.99, 0.01, 0.5]), thresholds).tolist() == [1, 0, -1]
    assert promised_errors(outcomes, error=0.05) == {"true": 0.25, "false": 0.5}
    assert promised_errors(np.ones(40), error=0.05) == {"true": 0.05, "false": 1.0}
    # Of a class that was never met nothing is known: it always stays possible.
    assert conformal_thresholds(chances[:3], outcomes[:3], error=0.05).keep_false == 0.0


def test_nothing_is_decided_against_the_probability() -> None:
    decided = decide(np.array([0.35, 0.65]), Thresholds(keep_true=0.3, keep_false=0.9))
    assert decided.tolist() == [-1, 1]


def test_decides_where_one_class_is_left() -> None:
    decided = decide(np.array([0.9, 0.5, 0.05]), Thresholds(keep_true=0.4, keep_false=0.3))
    assert decided.tolist() == [1, -1, 0]
