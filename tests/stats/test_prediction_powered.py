import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.stats import t
from statsmodels.stats.proportion import proportion_confint

from kgpipe.stats.intervals import Estimate, wilson_bounds
from kgpipe.stats.prediction_powered import Floats, half_width, powered_share

SIZE, LABELS = 2000, 100


def population(seed: int) -> tuple[Floats, Floats]:
    """True outcomes, and predictions that are too sure of themselves."""
    predictions = np.random.default_rng(seed).beta(1.2, 0.4, SIZE)
    chances = 0.1 + 0.8 * predictions
    outcomes = (np.random.default_rng(seed + 1).random(SIZE) < chances).astype(np.float64)
    return outcomes, predictions


def covers(estimate: Estimate, truth: float) -> bool:
    assert estimate.low is not None and estimate.high is not None
    return estimate.low <= truth <= estimate.high


def test_the_best_power_gives_the_regression_estimate_of_statsmodels() -> None:
    outcomes, predictions = population(11)
    drawn = np.random.default_rng(2).choice(SIZE, LABELS, replace=False)
    ours = powered_share(outcomes[drawn], predictions[drawn], predictions)
    fit = sm.OLS(outcomes[drawn], sm.add_constant(predictions[drawn])).fit()
    assert 0 < ours.power < 1
    assert ours.power == pytest.approx(fit.params[1], abs=1e-4)
    expected = fit.params @ [1, predictions.mean()]
    assert ours.estimate.value == pytest.approx(expected, abs=1e-6)
    # The variance of the mean of its residuals, without what was seen of the population.
    # Half a miss is added to the squares.
    variance = (fit.ssr + 0.5) / (LABELS - 2) / LABELS * (1 - LABELS / SIZE)
    endless = expected * (1 - expected) / variance
    assert ours.worth == pytest.approx(endless / (1 + endless / SIZE), rel=1e-3)
    # Student's t with a degree of freedom less for each parameter.
    price = (1.959964 / t.ppf(0.975, LABELS - 2)) ** 2
    low, high = wilson_bounds(expected, price * endless)
    assert ours.estimate.low == pytest.approx(low, abs=1e-5)
    assert ours.estimate.high == pytest.approx(high, abs=1e-5)


def test_without_power_it_is_wilsons_interval_of_statsmodels() -> None:
    outcomes, _ = population(3)
    drawn = np.random.default_rng(4).choice(SIZE, LABELS, replace=False)
    endless = np.zeros(10**7)
    ours = powered_share(outcomes[drawn], np.zeros(LABELS), endless, power=0).estimate
    low, high = proportion_confint(int(outcomes[drawn].sum()), LABELS, method="wilson")
    assert ours.value == pytest.approx(outcomes[drawn].mean())
    # Student's t costs a little over one label in a hundred.
    assert ours.low == pytest.approx(low, abs=3e-3)
    assert ours.high == pytest.approx(high, abs=3e-3)


def test_useless_predictions_do_no_harm() -> None:
    outcomes, predictions = population(5)
    noise = np.random.default_rng(6).permutation(predictions)
    drawn = np.random.default_rng(7).choice(SIZE, LABELS, replace=False)
    plain = powered_share(outcomes[drawn], noise[drawn], noise, power=0)
    tuned = powered_share(outcomes[drawn], noise[drawn], noise)
    assert half_width(tuned.estimate) <= half_width(plain.estimate) * 1.02
    # Predictions that say the opposite are not used at all.
    assert powered_share(outcomes[drawn], 1 - outcomes[drawn], predictions).power == 0


@pytest.mark.parametrize("how", ["simple", "stratified"])
def test_it_covers_the_truth_and_is_narrower(how: str) -> None:
    outcomes, predictions = population(8)
    truth = float(outcomes.mean())
    sides = np.where(predictions > 0.7, "likely", "doubtful")
    generator = np.random.default_rng(100)
    hits, widths, plain_widths = [], [], []
    for _ in range(1000):
        if how == "simple":
            drawn = generator.choice(SIZE, LABELS, replace=False)
            strata = None
        else:
            halves = [
                generator.choice(np.flatnonzero(sides == one), 50, False)
                for one in np.unique(sides)
            ]
            drawn = np.concatenate(halves)
            strata = (sides[drawn].tolist(), sides.tolist())
        ours = powered_share(outcomes[drawn], predictions[drawn], predictions, strata=strata)
        plain = powered_share(outcomes[drawn], predictions[drawn], predictions, power=0)
        hits.append(covers(ours.estimate, truth))
        widths.append(half_width(ours.estimate))
        plain_widths.append(half_width(plain.estimate))
    assert np.mean(hits) >= 0.93
    assert np.mean(widths) < 0.9 * np.mean(plain_widths)


@pytest.mark.parametrize("wrong", [0.01, 0.03])
def test_it_covers_the_truth_where_predictions_are_hardly_ever_wrong(wrong: float) -> None:
    generator = np.random.default_rng(12)
    said = generator.random(SIZE) < 0.66
    outcomes = (said ^ (generator.random(SIZE) < wrong)).astype(np.float64)
    predictions = np.where(said, 0.98, 0.02)
    hits = []
    for _ in range(300):
        drawn = generator.choice(SIZE, 40, replace=False)
        ours = powered_share(outcomes[drawn], predictions[drawn], predictions)
        hits.append(covers(ours.estimate, float(outcomes.mean())))
    assert np.mean(hits) >= 0.95


def test_strata_are_weighted_by_their_true_size() -> None:
    # Nine in ten items are of "a"; the sample took two of either.
    strata = (["a", "a", "b", "b"], ["a"] * 90 + ["b"] * 10)
    outcomes, nothing = np.array([1.0, 1, 0, 0]), np.zeros(4)
    ours = powered_share(outcomes, nothing, np.zeros(100), strata=strata)
    assert ours.estimate.value == pytest.approx(0.9)
    with pytest.raises(ValueError, match="'b' has 1"):
        powered_share(outcomes[:3], nothing[:3], np.zeros(100), strata=(["a", "a", "b"], strata[1]))


def test_labels_that_agree_leave_wilsons_interval() -> None:
    estimate = powered_share(np.ones(20), np.full(20, 0.9), np.full(10**6, 0.9)).estimate
    low, _ = proportion_confint(20, 20, method="wilson")
    assert (estimate.value, estimate.high) == (1, 1)
    assert estimate.low == pytest.approx(low, abs=0.02)


def test_a_census_leaves_no_doubt() -> None:
    outcomes, predictions = population(10)
    estimate = powered_share(outcomes, predictions, predictions).estimate
    assert estimate.value == estimate.low == estimate.high == pytest.approx(outcomes.mean())


def test_no_interval_no_width() -> None:
    assert math.isnan(half_width(Estimate(value=0.5)))
