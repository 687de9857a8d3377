import numpy as np

from kgpipe.stats.thresholds import (
    Thresholds,
    apply_thresholds,
    fit_thresholds,
    held_out_accuracy,
)


def test_each_group_has_the_cut_of_greatest_accuracy() -> None:
    scores = np.array([0.1, 0.4, 0.6, 0.9, 5.0, 6.0, 7.0, 8.0])
    truth = np.array([0, 0, 1, 1, 0, 1, 0, 1])
    cuts = fit_thresholds(scores, truth, ["a"] * 4 + ["b"] * 4)
    assert cuts.by_group["a"] == 0.5
    # At 5.5 and at 7.5 three of four are right; nothing else does better.
    assert cuts.by_group["b"] in {5.5, 7.5}


def test_groups_of_one_class_are_called_by_it_and_equal_scores_are_not_parted() -> None:
    scores = np.array([1.0, 2.0, 1.0, 2.0, 3.0, 3.0, 3.0])
    truth = np.array([1, 1, 0, 0, 1, 1, 0])
    cuts = fit_thresholds(scores, truth, ["yes"] * 2 + ["no"] * 2 + ["tied"] * 3)
    assert cuts.by_group == {"yes": -np.inf, "no": np.inf, "tied": -np.inf}


def test_the_default_serves_an_unseen_group() -> None:
    thresholds = Thresholds({"a": 1.0}, 2.0)
    scores = np.array([1.0, 1.0, 2.0])
    assert apply_thresholds(thresholds, scores, ["a", "new", "new"]).tolist() == [1, 0, 1]


def test_held_out_accuracy_sees_through_chance() -> None:
    random = np.random.default_rng(7)
    scores, truth = random.random(400), random.integers(0, 2, 400)
    groups = [f"g{i % 40}" for i in range(400)]
    fitted = apply_thresholds(fit_thresholds(scores, truth, groups), scores, groups)
    assert (fitted == truth).mean() > 0.65
    assert held_out_accuracy(scores, truth, groups) < 0.6
    assert held_out_accuracy(truth.astype(float), truth, ["g"] * 400) == 1.0
