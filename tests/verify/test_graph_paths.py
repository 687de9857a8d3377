import math

import numpy as np
import pytest
from scipy import sparse

from kgpipe.verify.graph_paths import Sample, Walker, regression, score_paths
from kgpipe.verify.known_graph import Triple, build_graph, find_asked

TRIPLES: list[Triple] = [
    ("a", "r", "x"), ("b", "r", "y"), ("a", "s", "x"), ("b", "s", "y"), ("a", "s", "y"),
    ("c", "s", "x"),
]  # fmt: skip


def test_paths_of_one_and_two_steps() -> None:
    graph = build_graph(TRIPLES)
    asked = find_asked(graph, [("c", "r", "x"), ("c", "r", "a")])
    # Steps: r 0, s 1, (unknown 2), r back 3, s back 4, (5); two steps p, q stand at 6 + 6 p + q.
    paths = Walker(graph).paths(asked.heads, asked.tails, 0)
    assert paths[[0]].indices.tolist() == [1]
    assert sorted(paths[[1]].indices.tolist()) == [6 + 6 * 1 + 3, 6 + 6 * 1 + 4]


def test_npmi_by_hand() -> None:
    graph = build_graph(TRIPLES)
    # Of 4 pairs 2 are facts, 3 have s, 2 both; without (a, x): 3, 1, 2 and 1.
    asked = find_asked(graph, [("c", "r", "x"), ("a", "r", "x"), ("c", "r", "y")])
    expected = [math.log(4 / 3) / math.log(2), math.log(3 / 2) / math.log(3), 0]
    scores = score_paths(graph, asked)
    assert scores.npmi.tolist() == pytest.approx(expected)
    assert scores.predpath[0] > scores.predpath[2]


def test_a_pairs_own_label_is_taken_back() -> None:
    generator = np.random.default_rng(0)
    paths = sparse.csr_array((generator.random((60, 3)) < 0.4).astype(float))
    facts = paths.toarray()[:, 0] + generator.random(60) > 0.9
    numbers = np.arange(60)
    whole = Sample(numbers, numbers, facts, paths)
    for pair in range(5):
        row, own = paths[[pair]], facts[[pair]]
        others = numbers != pair
        less = Sample(numbers[others], numbers[others], facts[others], paths[others])
        left_out = regression(less, row, inside=np.array([False]), own=np.array([False]))
        taken_back = regression(whole, row, inside=np.array([True]), own=own)
        naive = regression(whole, row, inside=np.array([False]), own=own)
        assert abs(taken_back - left_out) < 0.5 * abs(naive - left_out) + 0.02
