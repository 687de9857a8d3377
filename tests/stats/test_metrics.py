"""Every score against scikit-learn, or against the definition where it has none."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from kgpipe.stats import metrics

CLASSES = 3
labellings = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=40)
clusterings = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=30)
deterministic = settings(deadline=None, max_examples=60, derandomize=True)


def columns(pairs: list[tuple[int, int]]) -> tuple[metrics.Ints, metrics.Ints]:
    table = np.array(pairs, dtype=np.int64)
    return table[:, 0], table[:, 1]


@given(labellings)
@deterministic
def test_classification_scores_equal_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    gold, predicted = columns(pairs)
    matrix = metrics.confusion_matrix(gold, predicted, classes=CLASSES)
    assert (matrix == reference.confusion_matrix(gold, predicted, labels=[0, 1, 2])).all()
    assert metrics.accuracy(matrix) == pytest.approx(reference.accuracy_score(gold, predicted))
    recalls = [
        reference.recall_score(gold, predicted, labels=[c], average="macro") for c in {*gold}
    ]
    assert metrics.balanced_accuracy(matrix) == pytest.approx(np.mean(recalls))
    assert metrics.macro_f1(matrix) == pytest.approx(
        reference.f1_score(gold, predicted, average="macro")
    )


@given(labellings)
@deterministic
def test_kappa_equals_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    gold, predicted = columns(pairs)
    ours = metrics.cohen_kappa(metrics.confusion_matrix(gold, predicted, classes=CLASSES))
    if len({*gold, *predicted}) == 1:
        assert math.isnan(ours)
    else:
        assert ours == pytest.approx(reference.cohen_kappa_score(gold, predicted))


def test_class_scores_equal_scikit_learns() -> None:
    gold, predicted = columns([(0, 0), (0, 1), (1, 1), (1, 1), (2, 1), (2, 2), (2, 0)])
    ours = metrics.class_scores(metrics.confusion_matrix(gold, predicted, classes=CLASSES))
    theirs = reference.precision_recall_fscore_support(gold, predicted)
    columnwise = np.array(ours).T
    assert columnwise == pytest.approx(np.array(theirs[:3]))


def test_scores_without_predictions_are_undefined() -> None:
    scores = metrics.precision_recall_f1(matched=0, predicted=0, gold=4)
    assert math.isnan(scores.precision)
    assert scores.recall == 0
    assert scores.f1 == 0
    assert math.isnan(metrics.accuracy(np.zeros((3, 3), dtype=np.int64)))


def test_probability_scores_equal_scikit_learns() -> None:
    generator = np.random.default_rng(7)
    # Rounded, so that there are ties.
    probabilities = generator.random(300).round(1)
    outcomes = (generator.random(300) < probabilities).astype(np.float64)
    assert metrics.brier_score(probabilities, outcomes) == pytest.approx(
        reference.brier_score_loss(outcomes, probabilities)
    )
    assert metrics.area_under_curve(probabilities, outcomes) == pytest.approx(
        reference.roc_auc_score(outcomes, probabilities)
    )


def test_auc_needs_both_classes() -> None:
    assert math.isnan(metrics.area_under_curve(np.array([0.1, 0.9]), np.array([1.0, 1.0])))


def test_calibration_error_by_hand() -> None:
    probabilities = np.array([0.05, 0.05, 0.95, 1.0])
    outcomes = np.array([0.0, 1.0, 1.0, 1.0])
    # Bin 0: mean .05, share .5, weight 2/4. Bin 9: mean .975, share 1, weight 2/4.
    assert metrics.expected_calibration_error(probabilities, outcomes) == pytest.approx(0.2375)
    bins = metrics.reliability_bins(probabilities, outcomes)
    assert [(one.low, one.true, one.total) for one in bins] == [(0.0, 1, 2), (0.9, 2, 2)]


def test_risk_is_the_share_of_wrong_items_among_the_surest() -> None:
    sureness = np.array([0.9, 0.6, 0.9, 0.7])
    ends, risks = metrics.risk_coverage(sureness, np.array([False, True, True, False]))
    # Equally sure items enter together.
    assert (ends.tolist(), risks.tolist()) == ([2, 3, 4], [0.5, pytest.approx(1 / 3), 0.5])
    assert metrics.risk_coverage(np.array([]), np.array([], dtype=bool))[0].tolist() == []


@given(clusterings)
@deterministic
def test_pairwise_scores_equal_scikit_learns_pair_counts(pairs: list[tuple[int, int]]) -> None:
    gold, predicted = columns(pairs)
    table = reference.cluster.pair_confusion_matrix(gold, predicted)
    both, ours, theirs = table[1, 1], table[1, 1] + table[0, 1], table[1, 1] + table[1, 0]
    expected = metrics.precision_recall_f1(matched=both, predicted=ours, gold=theirs)
    scores = metrics.pairwise_scores(gold.tolist(), predicted.tolist())
    assert scores == pytest.approx(expected, nan_ok=True)


@given(clusterings)
@deterministic
def test_b_cubed_equals_its_definition(pairs: list[tuple[int, int]]) -> None:
    def share(item: tuple[int, int], *, among: int, of: int) -> float:
        cluster = [other for other in pairs if other[among] == item[among]]
        return sum(other[of] == item[of] for other in cluster) / len(cluster)

    gold, predicted = columns(pairs)
    scores = metrics.b_cubed_scores(gold.tolist(), predicted.tolist())
    assert scores.precision == pytest.approx(np.mean([share(p, among=1, of=0) for p in pairs]))
    assert scores.recall == pytest.approx(np.mean([share(p, among=0, of=1) for p in pairs]))


def test_clusterings_may_be_empty_and_use_any_label() -> None:
    assert all(map(math.isnan, metrics.b_cubed_scores([], [])))
    assert all(map(math.isnan, metrics.pairwise_scores([], [])))
    assert metrics.pairwise_scores(["a", "a", "b"], [1, 1, 2]).f1 == 1
