import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from kgpipe.stats.intervals import Indices, cluster_bootstrap, defined, wilson


def test_wilson_gives_the_textbook_interval() -> None:
    # 8 of 10 at 95 %: .4902 to .9433 (Newcombe 1998, method 3, computed by hand).
    estimate = wilson(8, 10)
    assert (estimate.value, estimate.n) == (0.8, 10)
    assert estimate.low == pytest.approx(0.4902, abs=1e-4)
    assert estimate.high == pytest.approx(0.9433, abs=1e-4)


def test_wilson_equals_statsmodels() -> None:
    for successes, n in ((0, 12), (1, 7), (32, 33), (450, 1000)):
        ours = wilson(successes, n)
        low, high = proportion_confint(successes, n, method="wilson")
        assert ours.low == pytest.approx(low, abs=1e-6)
        assert ours.high == pytest.approx(high, abs=1e-6)


def test_wilson_stays_inside_0_and_1() -> None:
    assert wilson(0, 5).low == 0
    assert wilson(5, 5).high == 1
    assert wilson(0, 0).value is None


def test_wilson_covers_the_truth_as_often_as_it_says() -> None:
    draws = np.random.default_rng(3).binomial(50, 0.9, size=2000)
    bounds = [(one.low, one.high) for one in (wilson(int(k), 50) for k in draws)]
    covered = [low <= 0.9 <= high for low, high in bounds if low is not None and high is not None]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)


def test_bootstrap_of_a_mean_is_near_the_normal_interval() -> None:
    values = np.random.default_rng(1).normal(size=400)
    array = np.asarray(values)
    (estimate,) = cluster_bootstrap(lambda drawn: (float(array[drawn].mean()),), range(400))
    half = 1.96 * values.std() / 20
    assert estimate.low == pytest.approx(values.mean() - half, abs=0.02)
    assert estimate.high == pytest.approx(values.mean() + half, abs=0.02)


def test_bootstrap_widens_with_dependence() -> None:
    # 20 groups of 20 equal items hold no more than 20 items' worth of information.
    values = np.repeat(np.random.default_rng(2).normal(size=20), 20)

    def mean(drawn: Indices) -> tuple[float]:
        return (float(values[drawn].mean()),)

    (alone,) = cluster_bootstrap(mean, range(400))
    (grouped,) = cluster_bootstrap(mean, np.repeat(np.arange(20), 20).tolist())
    assert grouped.n == 20
    widths = [(one.high or 0) - (one.low or 0) for one in (alone, grouped)]
    assert widths[1] > 3 * widths[0]


def test_bootstrap_draws_whole_groups() -> None:
    groups = ["b", "a", "b", "c", "a", "b"]

    def whole(drawn: Indices) -> tuple[float]:
        names = [groups[index] for index in drawn]
        sizes = {"a": 2, "b": 3, "c": 1}
        complete = all(names.count(one) % size == 0 for one, size in sizes.items())
        return (2.0 * complete,)

    (estimate,) = cluster_bootstrap(whole, groups, resamples=200)
    assert (estimate.low, estimate.high) == (2, 2)


def test_bootstrap_repeats_with_its_seed() -> None:
    values = np.arange(30.0)

    def mean(drawn: Indices) -> tuple[float]:
        return (float(values[drawn].mean()),)

    assert cluster_bootstrap(mean, range(30)) == cluster_bootstrap(mean, range(30))
    assert cluster_bootstrap(mean, range(30)) != cluster_bootstrap(mean, range(30), seed=1)


def test_bootstrap_gives_no_interval_without_groups_or_value() -> None:
    def undefined(drawn: Indices) -> tuple[float, float]:
        return float("nan"), float(len(drawn))

    first, second = cluster_bootstrap(undefined, [1, 2, 3], resamples=10)
    assert (first.value, first.low, second.value) == (None, None, 3.0)
    (one, _) = cluster_bootstrap(undefined, ["same", "same"], resamples=10)
    assert (one.n, one.low) == (1, None)
    assert [e.value for e in cluster_bootstrap(undefined, [], resamples=10)] == [None, 0.0]


def test_defined_has_no_nan() -> None:
    assert defined(float("nan")) is None
    assert defined(1 / 3) == 0.333333


def test_a_perfect_share_has_the_exact_interval_of_its_groups() -> None:
    # 30 groups of two items, all right; the figure is undefined for the last ten groups.
    right = np.ones(60)
    right[40:] = np.nan

    def share(drawn: Indices) -> tuple[float, float]:
        known = right[drawn][~np.isnan(right[drawn])]
        value = float(known.mean()) if len(known) else float("nan")
        return value, 1 - value

    groups = np.repeat(np.arange(30), 2).tolist()
    for estimates in (
        cluster_bootstrap(share, groups, shares=(0, 1)),
        cluster_bootstrap(share, groups, shares=(0, 1), resamples=10),
    ):
        for estimate, hits in zip(estimates, (20, 0), strict=True):
            low, high = proportion_confint(hits, 20, method="beta")
            assert (estimate.method, estimate.n) == ("clopper-pearson", 20)
            assert estimate.low == pytest.approx(low, abs=1e-6)
            assert estimate.high == pytest.approx(high, abs=1e-6)


def test_another_figure_that_never_varies_has_no_interval() -> None:
    (perfect,) = cluster_bootstrap(lambda drawn: (1.0,), range(9))
    assert (perfect.value, perfect.low, perfect.high, perfect.method) == (1, None, None, "none")
    (one_wrong,) = cluster_bootstrap(
        lambda drawn: (float((drawn > 0).mean()),), range(9), shares=(0,)
    )
    assert one_wrong.method == "cluster bootstrap"
