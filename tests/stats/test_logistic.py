import numpy as np
import pytest
from scipy.optimize import minimize

from kgpipe.stats.logistic import fit_logistic, log_odds

RNG = np.random.default_rng(0)
FEATURES = RNG.normal(size=(80, 3))
OUTCOMES = (FEATURES @ [1.0, -2.0, 0.0] + RNG.normal(size=80) > 0.3).astype(float)
PENALTIES = np.array([1.0, 2.0, 0.5])


def test_it_is_the_minimum_that_a_general_optimiser_finds() -> None:
    def loss(weights: np.ndarray) -> float:
        odds = FEATURES @ weights[:3] + weights[3]
        fit = np.logaddexp(0, odds) - OUTCOMES * odds
        return float(fit.sum() + 0.5 * (PENALTIES * weights[:3] ** 2).sum())

    expected = minimize(loss, np.zeros(4), tol=1e-10).x
    assert fit_logistic(FEATURES, OUTCOMES, penalties=PENALTIES) == pytest.approx(
        expected, abs=1e-3
    )


def test_without_data_the_prior_stays() -> None:
    prior = np.array([0.5, -1.0, 2.0])
    none = fit_logistic(np.zeros((0, 3)), np.zeros(0), penalties=PENALTIES, prior=prior)
    assert none == pytest.approx([0.5, -1.0, 2.0, 0.0])


def test_separable_data_and_constant_outcomes_stay_finite() -> None:
    column = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    for outcomes in ([0.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]):
        weights = fit_logistic(column, np.array(outcomes), penalties=np.array([1e-4]))
        assert np.isfinite(log_odds(column, weights)).all()
