import math

import numpy as np
import pytest

from kgpipe.errors import KgpipeError
from kgpipe.geo.mechanisms import conjure
from kgpipe.geo.mechanisms.conjure import (
    Gaussian,
    GaussianModel,
    Weighting,
    conjured_distances,
    jeffreys_distance,
)

MINE = Gaussian(np.array([1.0, 0.0, 0.5]), 0.8)
DREDGE = Gaussian(np.array([1.2, 0.3, 0.5]), 0.7)
FOREST = Gaussian(np.array([-2.0, 1.0, -1.0]), 0.5)
CONCEPTS = {"mine": MINE, "dredge": DREDGE, "forest": FOREST}
schedules = pytest.mark.parametrize("schedule", ["vp", "ve"])


def model(schedule: str, **concepts: Gaussian) -> GaussianModel:
    return GaussianModel(concepts or CONCEPTS, schedule="vp" if schedule == "vp" else "ve")


@schedules
def test_scores_are_the_slopes_of_the_log_density(schedule: str) -> None:
    exact = model(schedule)
    times, x, step = np.array([0.3]), np.array([[0.2, -0.1, 0.4]]), 1e-5

    def log_density(point: np.ndarray) -> float:
        signal, noise = exact.signal(times)[0], exact.noise_level(times)[0]
        variance = signal**2 * MINE.spread**2 + noise**2
        return float(-np.square(point - signal * MINE.mean).sum() / (2 * variance))

    slopes = [
        (log_density(x[0] + step * axis) - log_density(x[0] - step * axis)) / (2 * step)
        for axis in np.eye(3)
    ]
    np.testing.assert_allclose(exact.score(x, times, "mine")[0], slopes, rtol=1e-5)


@schedules
def test_equal_spreads_have_the_closed_form(schedule: str) -> None:
    # E_t a^2 ||mean_1 - mean_2||^2 / v^2, by a fine sum instead of the module's quadrature.
    exact = model(
        schedule, one=Gaussian(np.array([0.0, 0.0]), 0.5), other=Gaussian(np.array([3.0, 4.0]), 0.5)
    )
    times = (np.arange(200_000) + 0.5) / 200_000
    variance = exact.signal(times) ** 2 * 0.25 + exact.noise_level(times) ** 2
    expected = (25 * exact.signal(times) ** 2 / variance**2).mean()
    assert exact.exact_distance("one", "other") == pytest.approx(expected, rel=1e-6)
    found, error = jeffreys_distance(exact, "one", "other", samples=400, seed=1)
    # The only luck left is in the times, and those are drawn one from each tenth.
    assert error < 0.02 * found
    assert found == pytest.approx(expected, abs=4 * error)


@schedules
@pytest.mark.parametrize("weighting", ["score", "noise"])
def test_unequal_spreads_agree_with_many_draws(schedule: str, weighting: Weighting) -> None:
    exact = model(schedule)
    found, error = jeffreys_distance(
        exact, "mine", "dredge", samples=20_000, seed=3, weighting=weighting
    )
    truth = exact.exact_distance("mine", "dredge", weighting=weighting)
    assert error < 0.05 * found
    assert found == pytest.approx(truth, abs=4 * error)


@schedules
def test_the_distance_is_jeffreys_up_to_the_strength_of_the_noise(schedule: str) -> None:
    # d/dt of the KL along a diffusion is -g^2 / 2 times the expected squared difference of scores,
    # so the integral with the weight g^2 / 2 is KL at time 0, less what is left of it at time 1.
    exact = model(schedule)
    times = (np.arange(20_000) + 0.5) / 20_000
    signal, step = exact.signal(times), 1e-6
    variances = {
        name: signal**2 * one.spread**2 + exact.noise_level(times) ** 2
        for name, one in CONCEPTS.items()
    }
    # sigma^2 / a^2 grows at the rate g^2 / a^2.
    ratio = [
        (exact.noise_level(times + way) / exact.signal(times + way)) ** 2 for way in (step, -step)
    ]
    strength = signal**2 * (ratio[0] - ratio[1]) / (2 * step)
    here, there = variances["mine"], variances["dredge"]
    shift = signal**2 * np.square(MINE.mean - DREDGE.mean).sum()
    gaps = [
        3 * np.square(np.sqrt(p) / q - 1 / np.sqrt(p)) + shift / q**2
        for p, q in ((here, there), (there, here))
    ]
    along = float((strength / 2 * (gaps[0] + gaps[1]) / 2).mean())

    def divergence(one: float, other: float, distance: float) -> float:
        return 0.5 * (3 * (one / other - 1 - math.log(one / other)) + distance / other)

    def jeffreys(time: float) -> float:
        at = np.array([time])
        kept, noise = exact.signal(at)[0] ** 2, exact.noise_level(at)[0] ** 2
        one, other = (kept * c.spread**2 + noise for c in (MINE, DREDGE))
        distance = kept * np.square(MINE.mean - DREDGE.mean).sum()
        return (divergence(one, other, distance) + divergence(other, one, distance)) / 2

    assert along == pytest.approx(jeffreys(0.0) - jeffreys(1.0), rel=1e-3)


@schedules
def test_it_is_symmetric_and_zero_to_itself(schedule: str) -> None:
    exact = model(schedule)
    there = jeffreys_distance(exact, "mine", "forest", samples=16, seed=2)
    assert there == jeffreys_distance(exact, "forest", "mine", samples=16, seed=2)
    assert jeffreys_distance(exact, "mine", "mine", samples=16, seed=2) == (0.0, 0.0)
    found = conjured_distances(exact, list(CONCEPTS), samples=16, seed=2)
    np.testing.assert_array_equal(found.mean, found.mean.T)
    np.testing.assert_array_equal(np.diag(found.mean), 0)
    # Another expression that evokes the same is no distance away.
    twins = model(schedule, one=MINE, two=MINE)
    assert jeffreys_distance(twins, "one", "two", samples=4, seed=2) == (0.0, 0.0)


@schedules
def test_it_grows_with_the_distance_of_the_means(schedule: str) -> None:
    far = {f"{shift}": Gaussian(np.array([shift, 0.0]), 0.6) for shift in (0.0, 0.5, 1.0, 2.0, 4.0)}
    found = conjured_distances(model(schedule, **far), list(far), samples=32, seed=0)
    assert (np.diff(found.mean[0]) > 0).all()
    # And with its square, the noise being shared.
    np.testing.assert_allclose(found.mean[0, 4] / found.mean[0, 3], 4, rtol=1e-9)


@schedules
def test_error_bars_cover_the_truth_at_the_stated_rate(schedule: str) -> None:
    exact = model(schedule)
    truth = exact.exact_distance("mine", "dredge", weighting="noise")
    covered = 0
    for seed in range(400):
        found, error = jeffreys_distance(
            exact, "mine", "dredge", samples=60, seed=seed, weighting="noise"
        )
        covered += abs(found - truth) <= 1.96 * error
    # 95 % of normal errors; few skewed paths make it a little less.
    assert 0.90 <= covered / 400 <= 0.985


@schedules
def test_the_nearer_concept_is_told_with_its_error(schedule: str) -> None:
    found = conjured_distances(model(schedule), list(CONCEPTS), samples=64, seed=4)
    gap, error = found.nearer("mine", "dredge", "forest")
    assert gap > 5 * error > 0
    assert found.nearer("mine", "forest", "dredge") == (-gap, error)
    row = found.mean[0]
    assert gap == pytest.approx(row[2] - row[1])


def test_the_matrix_holds_what_each_pair_has_alone() -> None:
    exact = model("vp")
    found = conjured_distances(exact, ["forest", "mine", "dredge"], samples=8, seed=5)
    for row, one in enumerate(found.names):
        for column, other in enumerate(found.names):
            alone = jeffreys_distance(exact, one, other, samples=8, seed=5)
            assert found.mean[row, column] == pytest.approx(alone[0], rel=1e-12)
            assert found.error[row, column] == pytest.approx(alone[1], rel=1e-9)


def test_the_seed_decides() -> None:
    exact = model("vp")
    first = jeffreys_distance(exact, "mine", "dredge", samples=8, seed=5)
    assert first == jeffreys_distance(exact, "mine", "dredge", samples=8, seed=5)
    assert first != jeffreys_distance(exact, "mine", "dredge", samples=8, seed=6)


def test_what_cannot_be_measured_is_refused() -> None:
    exact = model("vp")
    with pytest.raises(KgpipeError, match="two or more"):
        conjured_distances(exact, ["mine"], samples=1, seed=0)
    with pytest.raises(KgpipeError, match="named once"):
        conjured_distances(exact, ["mine", "mine"], samples=4, seed=0)
    with pytest.raises(KgpipeError, match="named once"):
        conjured_distances(exact, [], samples=4, seed=0)
    found = conjured_distances(exact, ["mine", "forest"], samples=4, seed=0)
    with pytest.raises(KgpipeError, match="'river'"):
        found.nearer("mine", "river", "forest")


def test_the_divergence_is_named_as_it_is() -> None:
    text = conjure.__doc__ or ""
    assert "JEFFREYS" in text
    assert "Jensen-Shannon, which it\nis not" in text
