import numpy as np
import pytest
from sklearn import metrics as reference

from kgpipe.geo.measuring.metrics import (
    average_precision,
    chance_recall_at,
    cluster_vectors,
    compare,
    estimate,
    label_precision_at,
    mean_average_precision,
    mutual_information,
    pair_ranks,
    recall_at,
    silhouette,
)


def _unit(rng: np.random.Generator, rows: int, width: int) -> np.ndarray:
    vectors = rng.normal(size=(rows, width)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


@pytest.mark.parametrize("digits", [1, 8])
def test_average_precision_is_that_of_scikit_learn_with_and_without_ties(
    digits: int, rng: np.random.Generator
) -> None:
    outcomes = (rng.random(200) < 0.2).astype(np.float64)
    scores = (rng.random(200) + outcomes * 0.3).round(digits)
    wanted = reference.average_precision_score(outcomes, scores)
    assert average_precision(scores, outcomes) == pytest.approx(wanted)


def test_average_precision_at_its_ends() -> None:
    outcomes = np.array([1.0, 1.0, 0.0, 0.0])
    assert average_precision(np.array([4.0, 3, 2, 1]), outcomes) == 1
    # One score for all: the share of positives, whatever their order.
    assert average_precision(np.zeros(4), outcomes) == 0.5
    assert np.isnan(average_precision(np.zeros(4), np.zeros(4)))


def test_mean_average_precision_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    labels = (rng.random((150, 4)) < 0.3).astype(np.float64)
    scores = rng.random((150, 4)) + labels * 0.2
    found = mean_average_precision(scores, labels)
    for kind, value in (("macro", found.macro), ("micro", found.micro)):
        wanted = reference.average_precision_score(labels, scores, average=kind)
        assert value == pytest.approx(wanted)


def test_a_label_that_no_item_has_is_left_out_of_the_macro_mean() -> None:
    labels = np.array([[1.0, 0.0], [0.0, 0.0]])
    assert mean_average_precision(np.array([[2.0, 5], [1, 4]]), labels).macro == 1


def test_pairs_are_found_first_where_they_are_the_nearest(rng: np.random.Generator) -> None:
    vectors = _unit(rng, 1200, 16)
    ranks = pair_ranks(vectors, vectors)
    assert (ranks == 1).all()
    assert recall_at(ranks, 1) == 1
    shuffled = pair_ranks(vectors, vectors[::-1].copy())
    assert recall_at(shuffled, 5) < 0.05


def test_a_collapsed_embedding_finds_nothing(rng: np.random.Generator) -> None:
    same = np.repeat(_unit(rng, 1, 8), 50, axis=0)
    assert (pair_ranks(same, same) == 50).all()


def test_recall_by_chance() -> None:
    assert chance_recall_at(100, 5) == 0.05
    assert chance_recall_at(3, 5) == 1


def test_neighbours_share_the_label_of_their_cluster(rng: np.random.Generator) -> None:
    centres = np.eye(4, dtype=np.float32)[np.arange(80) % 4]
    vectors = centres + rng.normal(scale=0.01, size=(80, 4)).astype(np.float32)
    labels = (np.arange(80) % 4).astype(np.int64)
    assert label_precision_at(vectors, labels, 5).mean() == 1


def test_silhouette_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    vectors = _unit(rng, 1100, 6)
    labels = rng.integers(5, size=1100)
    labels[0] = 9  # alone in its cluster
    wanted = reference.silhouette_score(vectors, labels)
    assert silhouette(vectors, labels) == pytest.approx(wanted, abs=1e-5)
    assert np.isnan(silhouette(vectors, np.zeros(1100, dtype=np.int64)))


def test_mutual_information_is_that_of_scikit_learn(rng: np.random.Generator) -> None:
    first, second = rng.integers(4, size=300), rng.integers(6, size=300)
    for one in (first, second, first * 0):
        wanted = reference.normalized_mutual_info_score(first, one)
        assert mutual_information(first, one) == pytest.approx(wanted, abs=1e-9)


def test_clusters_are_found_again(rng: np.random.Generator) -> None:
    labels = rng.integers(3, size=150)
    vectors = np.eye(3, 8, dtype=np.float32)[labels]
    vectors += rng.normal(scale=0.05, size=vectors.shape).astype(np.float32)
    found = cluster_vectors(vectors, 3, seed=0)
    assert mutual_information(labels, found) == pytest.approx(1)
    assert (found == cluster_vectors(vectors, 3, seed=0)).all()


def test_groups_widen_the_interval_of_what_they_share() -> None:
    groups = np.arange(200) // 20
    values = (groups % 2).astype(np.float64)
    by_tile = estimate(lambda rows: float(values[rows].mean()), range(200))
    by_group = estimate(lambda rows: float(values[rows].mean()), groups.tolist())
    assert by_tile.value == by_group.value == 0.5
    assert by_tile.low is not None
    assert by_group.low is not None
    assert by_group.low < by_tile.low < 0.5


def test_a_paired_difference_is_surer_than_its_sides(rng: np.random.Generator) -> None:
    hard = rng.normal(size=300)
    one, other = hard + 0.1, hard
    found = compare(
        lambda rows: float(one[rows].mean()), lambda rows: float(other[rows].mean()), range(300)
    )
    assert found.difference.value == pytest.approx(0.1, abs=1e-6)
    assert found.difference.low == pytest.approx(0.1, abs=1e-6)
    assert found.first.low is not None
    assert found.first.low < 0.1
