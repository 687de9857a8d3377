import krippendorff
import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa as reference_fleiss

from kgpipe.stats.agreement import (
    MISSING,
    count_ratings,
    estimate_agreement,
    estimate_pair,
    fleiss_kappa,
    krippendorff_alpha,
    observed_agreement,
    pair_annotators,
)

Ratings = NDArray[np.int64]


def make_ratings(seed: int, *, items: int = 60, annotators: int = 4, missing: float = 0) -> Ratings:
    """Annotators who see a common truth two times in three, and guess otherwise."""
    generator = np.random.default_rng(seed)
    truth = generator.choice(3, size=(items, 1), p=[0.6, 0.3, 0.1])
    guessed = generator.integers(3, size=(items, annotators))
    seen = generator.random((items, annotators)) < 2 / 3
    ratings = np.where(seen, truth, guessed)
    ratings[generator.random((items, annotators)) < missing] = MISSING
    return ratings.astype(np.int64)


@pytest.mark.parametrize("seed", range(5))
def test_fleiss_against_statsmodels(seed: int) -> None:
    counts = count_ratings(make_ratings(seed), classes=3)
    assert fleiss_kappa(counts) == pytest.approx(reference_fleiss(counts))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("missing", [0, 0.5])
def test_alpha_against_krippendorff(seed: int, missing: float) -> None:
    ratings = make_ratings(seed, missing=missing)
    data = np.where(ratings == MISSING, np.nan, ratings).T
    expected = krippendorff.alpha(reliability_data=data, level_of_measurement="nominal")
    assert krippendorff_alpha(count_ratings(ratings, classes=3)) == pytest.approx(expected)


@pytest.mark.parametrize("seed", range(5))
def test_cohen_against_scikit_learn(seed: int) -> None:
    ratings = make_ratings(seed, missing=0.3)
    first, second = ratings[:, 0], ratings[:, 1]
    both = (first != MISSING) & (second != MISSING)
    found = estimate_pair(first, second, classes=3, groups=range(len(first)))
    assert found.value == pytest.approx(cohen_kappa_score(first[both], second[both]), abs=1e-6)
    assert found.low is not None and found.value is not None and found.high is not None
    assert found.low < found.value < found.high
    assert found.n == both.sum()


def test_krippendorffs_own_example() -> None:
    # Krippendorff 2011, "Computing Krippendorff's alpha-reliability", section C: alpha 0.743.
    star = MISSING
    ratings = np.array([
        [0, 1, 2, 2, 1, 0, 3, 0, 1, star, star, star],
        [0, 1, 2, 2, 1, 1, 3, 0, 1, 4, star, 2],
        [star, 2, 2, 2, 1, 2, 3, 1, 1, 4, 0, star],
        [0, 1, 2, 2, 1, 3, 3, 0, 1, 4, 0, star],
    ]).T  # fmt: skip
    assert krippendorff_alpha(count_ratings(ratings, classes=5)) == pytest.approx(0.743, abs=5e-4)


def test_an_item_rated_once_says_nothing() -> None:
    ratings = np.array([[0, 0], [1, 1], [2, MISSING]])
    assert observed_agreement(count_ratings(ratings, classes=3)) == 1
    assert fleiss_kappa(count_ratings(ratings, classes=3)) == 1
    assert krippendorff_alpha(count_ratings(ratings, classes=3)) == 1


def test_what_chance_explains_or_nobody_rated_is_undefined() -> None:
    alike = count_ratings(np.zeros((4, 2), dtype=np.int64), classes=3)
    nothing = count_ratings(np.zeros((0, 2), dtype=np.int64), classes=3)
    for counts in (alike, nothing):
        assert np.isnan(fleiss_kappa(counts))
        assert np.isnan(krippendorff_alpha(counts))
    assert np.isnan(observed_agreement(nothing))
    found = estimate_agreement(np.zeros((0, 0), dtype=np.int64), classes=3, groups=[])
    assert found["krippendorff"].value is None


def test_the_interval_covers_the_truth() -> None:
    whole = krippendorff_alpha(count_ratings(make_ratings(0, items=20_000), classes=3))
    hits = 0
    for seed in range(1, 41):
        found = estimate_agreement(make_ratings(seed), classes=3, groups=range(60))["krippendorff"]
        assert found.low is not None and found.high is not None
        hits += found.low < whole < found.high
    # Of 40 intervals of 95 %, fewer than 33 would be a chance of one in a thousand.
    assert hits >= 33


def test_only_those_who_met_are_paired() -> None:
    ratings = np.array([[0, 1, MISSING], [MISSING, 1, 1], [0, MISSING, MISSING]])
    assert pair_annotators(ratings) == [(0, 1), (1, 2)]
