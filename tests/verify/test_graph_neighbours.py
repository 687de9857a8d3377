import math

import pytest

from kgpipe.verify.graph_neighbours import adamic_adar, degree_product, jaccard, katz
from kgpipe.verify.known_graph import build_graph, find_asked
from tests.verify.small_graph import TRIPLES


def test_scores_by_hand() -> None:
    graph = build_graph(TRIPLES)
    # a and b share c (three neighbours) and d (two); a and d are neighbours, without it a has {c}
    # and d has {b}; a-c-b-d is then the only walk of three steps.
    asked = find_asked(graph, [("a", "knows", "b"), ("a", "lives", "d")])
    assert degree_product(graph, asked).tolist() == [4, 1]
    assert jaccard(graph, asked).tolist() == [1, 0]
    expected = [1 / math.log(3) + 1 / math.log(2), 0]
    assert adamic_adar(graph, asked).tolist() == pytest.approx(expected)
    assert katz(graph, asked).tolist() == pytest.approx([2 * 0.005**2, 0.005**3])
