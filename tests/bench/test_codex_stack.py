import numpy as np
import pytest

from kgpipe.bench.codex_stack import (
    Table,
    best_threshold,
    judge_stacked,
    number_relations,
    threshold_by_relation,
)


def test_the_threshold_has_most_labels_right() -> None:
    scores = np.array([1.0, 2.0, 3.0, 4.0])
    assert best_threshold(scores, np.array([0.0, 0.0, 1.0, 1.0])) == 2.5
    assert best_threshold(scores, np.ones(4)) == -np.inf
    assert best_threshold(scores, np.zeros(4)) == np.inf
    # Equal scores are never parted.
    assert best_threshold(np.ones(3), np.array([0.0, 1.0, 1.0])) == -np.inf


def test_a_relation_without_labels_takes_the_threshold_of_all() -> None:
    scores, labels = np.array([1.0, 2.0, 5.0, 6.0]), np.array([0.0, 1.0, 0.0, 1.0])
    found = threshold_by_relation(scores, labels, np.array([0, 0, 1, 1]), count=3)
    assert found.tolist() == pytest.approx([1.5, 5.5, 1.5])


def test_a_telling_score_is_found_among_noise() -> None:
    generator = np.random.default_rng(0)
    labels = np.tile([1.0, 0.0], 100)
    scores = generator.normal(size=(200, 4))
    scores[:, 2] += 3 * labels
    relations = generator.integers(2, size=200)
    folds = np.arange(200) // 20 % 5
    table = Table(scores, relations)
    verdicts, choices = judge_stacked(
        table.take(np.arange(150)), labels[:150], table.take(np.arange(150, 200)),
        folds=folds[:150], relations=2,
    )  # fmt: skip
    assert (verdicts.said == labels[150:]).mean() >= 0.85
    assert set(choices) == {"penalty", "thresholds_by_relation"}


def test_relations_are_numbered_together() -> None:
    count, numbers = number_relations([("a", "s", "b")], [("a", "r", "b"), ("b", "s", "c")])
    assert count == 2
    assert [group.tolist() for group in numbers] == [[1], [0, 1]]
