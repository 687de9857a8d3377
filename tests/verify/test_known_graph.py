from kgpipe.verify.known_graph import build_graph, entries, find_asked, reverse, states
from tests.verify.small_graph import TRIPLES


def test_repeats_and_loops_are_dropped_and_order_does_not_matter() -> None:
    graph = build_graph([*TRIPLES[::-1], *TRIPLES, ("a", "knows", "a")])
    assert graph.triples.tolist() == build_graph(TRIPLES).triples.tolist()
    assert graph.degrees.tolist() == [2, 2, 3, 2, 1, 0]


def test_what_is_left_out_of_an_asked_triple() -> None:
    graph = build_graph([*TRIPLES, ("c", "knows", "a"), ("a", "likes", "d")])
    asked = find_asked(
        graph, [("a", "knows", "c"), ("a", "lives", "d"), ("d", "lives", "a"), ("z", "z", "z")]
    )
    assert asked.own.tolist() == [True, True, False, False]
    assert asked.mirror.tolist() == [True, False, False, False]
    # a and d stay neighbours, since a likes d too.
    assert asked.cut.tolist() == [True, False, False, False]


def test_the_reverse_states_the_exchanged_triples() -> None:
    graph = build_graph(TRIPLES)
    turned, asked = reverse(graph, find_asked(graph, TRIPLES))
    assert states(turned, asked.heads, asked.relations, asked.tails).all()
    assert not states(graph, asked.heads, asked.relations, asked.tails).any()
    assert entries(graph.adjacency, asked.heads, asked.tails).tolist() == [1.0] * 5
