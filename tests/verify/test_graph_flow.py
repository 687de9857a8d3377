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


def test_flow_leaves_out_the_asked_edge() -> None:
    graph = build_graph(TRIPLES)
    asked = find_asked(graph, [("a", "knows", "b"), ("a", "knows", "d"), ("a", "lives", "d")])
    by_c, by_d = 1 / (1 + math.log(3)), 1 / (1 + math.log(2))
    # Around by c and b, to d: into c is narrowest.
    around = by_c / (1 + math.log(3) + math.log(2))
    expected = [by_c**2 + LIKENESS * by_d**2, LIKENESS * by_d + around, LIKENESS * around]
    assert knowledge_stream(graph, asked).tolist() == pytest.approx(expected)


def test_nothing_flows_without_a_path_or_between_a_node_and_itself() -> None:
    graph = build_graph(TRIPLES)
    asked = find_asked(graph, [("a", "knows", "a"), ("a", "knows", "z"), ("y", "knows", "z")])
    assert knowledge_stream(graph, asked).tolist() == [0, 0, 0]


def test_disjoint_paths_add_up() -> None:
    # One node between, of 2 neighbours; two nodes between, of 2 and 3.
    found = _flow("h-m m-t h-k k-l l-t l-x")
    two, three = math.log(2), math.log(3)
    assert found == pytest.approx(1 / (1 + two) ** 2 + 1 / (1 + three) / (1 + two + three))


def test_a_short_and_a_long_path_share_the_edge_to_the_tail() -> None:
    found = _flow("h-m m-t h-k k-m t-x")
    # Into m, of 3 neighbours, by either path; into t, of 2, by both.
    by_m, into_t = 1 / (1 + math.log(3)), 1 / (1 + math.log(2))
    short = by_m / (1 + math.log(3))
    long = (into_t - by_m) / (1 + math.log(2) + math.log(3))
    assert found == pytest.approx(short + long)


def test_a_later_path_takes_flow_back_from_an_edge() -> None:
    # m and v have 3 neighbours, n and w 5, t has 2: by m and v is cheapest, and fills the edge into
    # m; by n and v fills what is left into t. What is left into n flows by w, if m's flow to v
    # turns to w and makes room behind v.
    found = _flow("h-m h-n m-v m-w n-v v-t w-t n-x1 n-x2 n-x3 w-y1 w-y2 w-y3")
    three, five = math.log(3), math.log(5)
    first = 1 / (1 + three)
    second = 1 / (1 + math.log(2)) - first
    third = 1 / (1 + five) - second
    paths = [first / (1 + 2 * three), second / (1 + three + five), third / (1 + 2 * five)]
    assert found == pytest.approx(sum(paths))


def _flow(edges: str) -> float:
    """From h to t over edges of one relation."""
    pairs = [edge.split("-") for edge in edges.split()]
    graph = build_graph([(one, "near", other) for one, other in pairs])
    return float(knowledge_stream(graph, find_asked(graph, [("h", "near", "t")]))[0])
