import numpy as np

from kgpipe.bench.plain_clusters import METHODS, best_plain, near_pairs

# Angles of unit vectors: a chain of three within 30 degrees each, and one far away.
ANGLES = np.radians([0, 30, 60, 200])
VECTORS = np.column_stack((np.cos(ANGLES), np.sin(ANGLES))).astype(np.float32)


def test_components_follow_a_chain_and_stars_do_not() -> None:
    pairs = near_pairs(VECTORS)
    # 60 degrees apart is a cosine of .5, below all thresholds.
    assert sorted(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)) == [(0, 1), (1, 2)]
    assert len(set(METHODS["components"](pairs, 0.8).tolist())) == 2
    assert len(set(METHODS["components"](pairs, 0.9).tolist())) == 4
    assert METHODS["stars"](pairs, 0.8).tolist() == [1, 1, 1, 3]


def test_pairs_within_groups_only() -> None:
    pairs = near_pairs(VECTORS, within=[np.array([0, 2, 3]), np.array([1])])
    assert pairs.left.tolist() == []


def test_the_best_threshold_is_the_score_s_choice() -> None:
    best = best_plain(near_pairs(VECTORS), lambda clusters: -len(set(clusters.tolist())))
    assert best.score == -2
    assert best.threshold <= 0.86
