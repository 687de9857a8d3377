import numpy as np
import pytest

from kgpipe.bench.cluster_scores import canonicalisation_f1, number_labels, score_clustering


def test_scores_of_a_worked_example() -> None:
    # Clusters {a a b} and {b}: one of two is pure, 3 of 4 mentions are of the main entity, and one
    # of three pairs is right. Entities {a a} and {b b}: one is whole, 3 of 4, one of two pairs.
    gold, predicted = number_labels("aabb"), number_labels("1112")
    mean, macro, micro, pairwise = canonicalisation_f1(gold, predicted)
    assert (macro, micro, pairwise) == pytest.approx((0.5, 0.75, 0.4))
    assert mean == pytest.approx((0.5 + 0.75 + 0.4) / 3)


def test_the_same_clusters_score_one_whatever_their_labels() -> None:
    assert canonicalisation_f1(number_labels("aabc"), number_labels("xxyz")) == (1, 1, 1, 1)
    # No pair anywhere: none is right.
    assert canonicalisation_f1(np.arange(3), np.arange(3))[3] == 0


def test_intervals_hold_the_figure_and_a_perfect_one_has_none() -> None:
    gold = ["a"] * 4 + ["b"] * 3 + ["c"] * 2
    perfect = score_clustering(gold, gold, resamples=50)
    assert [perfect["mean"][key] for key in ("value", "low", "high")] == [1, None, None]
    split = score_clustering(gold, ["1"] * 2 + ["2"] * 5 + ["3"] * 2, resamples=200)
    assert split["mean"]["low"] <= split["mean"]["value"] <= split["mean"]["high"]
    assert split["mean"]["low"] < split["mean"]["high"]
    assert split["clusters"] == 3
