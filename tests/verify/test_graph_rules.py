import pytest

from kgpipe.verify.graph_rules import (
    domain_violation,
    functionality_violation,
    rule_confidence,
    tail_frequency,
)
from kgpipe.verify.known_graph import build_graph, find_asked
from tests.verify.small_graph import TRIPLES

GRAPH = build_graph(TRIPLES)


def test_frequency_without_the_triple_itself() -> None:
    asked = find_asked(GRAPH, [("a", "lives", "d"), ("c", "lives", "d"), ("c", "lives", "a")])
    assert tail_frequency(GRAPH, asked).tolist() == pytest.approx([1 / 2, 2 / 3, 0])


def test_a_second_object_where_all_others_have_one() -> None:
    asked = find_asked(GRAPH, [("a", "lives", "e"), ("a", "lives", "d")])
    assert functionality_violation(GRAPH, asked).tolist() == [1, 0]


def test_domain_by_types_and_by_roles() -> None:
    # Of the other subjects of lives, b is a subject of knows as well, and c is not.
    asked = find_asked(GRAPH, [("a", "lives", "e"), ("e", "knows", "c")])
    assert domain_violation(GRAPH, asked).tolist() == [0.5, 1]
    typed = build_graph(TRIPLES, types={"a": ["person"], "b": ["person"], "c": ["mine"]})
    assert domain_violation(typed, asked).tolist() == [0.5, 1]


def test_a_rule_is_confirmed_by_others_only() -> None:
    # b knows c too and lives in d: one case of one, with five unseen ones.
    asked = find_asked(GRAPH, [("a", "lives", "d"), ("c", "lives", "d")])
    assert rule_confidence(GRAPH, asked).tolist() == pytest.approx([1 / 6, 0])
