import numpy as np

from kgpipe.backends.kge_queries import find_queries, group_queries, known_objects

# (subject, relation, object) with two relations; their inverses are 2 and 3.
TRIPLES = np.array([[0, 0, 1], [0, 0, 2], [1, 1, 2], [0, 0, 1]])


def test_questions_in_both_directions_have_each_answer_once() -> None:
    queries = group_queries(TRIPLES, relations=2)
    pairs = list(zip(queries.subjects.tolist(), queries.relations.tolist(), strict=True))
    assert pairs == [(0, 0), (1, 1), (1, 2), (2, 2), (2, 3)]
    rows = np.array([3, 0, 4])
    expected = [[1, 0, 0], [0, 1, 1], [0, 1, 0]]
    assert known_objects(queries, rows, entities=3).tolist() == expected


def test_questions_are_found_again() -> None:
    queries = group_queries(TRIPLES, relations=2)
    found = find_queries(queries, np.array([2, 0, 2, 9]), np.array([3, 1, 2, 3]))
    assert found.tolist() == [4, -1, 3, -1]
