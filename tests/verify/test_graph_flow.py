import math

import pytest

from kgpipe.verify.graph_flow import knowledge_linker, knowledge_stream, relation_likeness
from kgpipe.verify.known_graph import build_graph, find_asked
from tests.verify.small_graph import TRIPLES

# knows meets itself 2 times, lives 2 times itself, and each other 4 times; rarity adds nothing.
LIKENESS = 2 * math.log(3) * math.log(5) / (math.log(3) ** 2 + math.log(5) ** 2)


def test_the_most_specific_path_counts() -> None:
    graph = build_graph(TRIPLES)
    # Through d; by the edge of another relation; around the own edge through c and b; nowhere.
    triples = [("a", "knows", "b"), ("a", "knows", "d"), ("a", "lives", "d"), ("a", "knows", "z")]
    expected = [1 / (1 + math.log(2)), 1, 1 / (1 + math.log(3) + math.log(2)), 0]
    found = knowledge_linker(graph, find_asked(graph, triples))
    assert found.tolist() == pytest.approx(expected)


def test_likeness_of_relations() -> None:
    assert relation_likeness(build_graph(TRIPLES))[0].tolist() == pytest.approx([1, LIKENESS, 0])


def test_flow_is_each_paths_narrowest_edge() -> None:
    graph = build_graph(TRIPLES)
    asked = find_asked(graph, [("a", "knows", "b"), ("a", "knows", "d"), ("a", "lives", "d")])
    by_c, by_d = 1 / (1 + math.log(3)), 1 / (1 + math.log(2))
    expected = [by_c**2 + LIKENESS * by_d**2, LIKENESS * by_d, 0]
    assert knowledge_stream(graph, asked).tolist() == pytest.approx(expected)
