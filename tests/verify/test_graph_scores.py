import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.verify.graph_scores import GRAPH_SCORES, VIOLATIONS, score_triples
from kgpipe.verify.known_graph import Triple, build_graph
from tests.verify.small_graph import TRIPLES

# What these learn over the whole graph keeps the triple's share in the paths of other pairs.
LEARNED = ("knowledge_stream", "npmi", "predpath")
EXACT = [place for place, name in enumerate(GRAPH_SCORES) if name not in LEARNED]

triples = st.tuples(st.sampled_from("abcdef"), st.sampled_from("rst"), st.sampled_from("abcdef"))
graphs = st.lists(triples.filter(lambda triple: triple[0] != triple[2]), min_size=1, max_size=16)
quick = settings(derandomize=True, deadline=None, max_examples=40)


@quick
@given(graphs)
def test_a_triple_is_no_evidence_for_itself(known: list[Triple]) -> None:
    head, name, tail = known[0]
    without = [triple for triple in known if triple not in ((head, name, tail), (tail, name, head))]
    alone = score_triples(build_graph(without), [known[0]])
    for added in ([known[0]], [known[0], (tail, name, head)]):
        again = score_triples(build_graph([*without, *added]), [known[0]])
        assert again[:, EXACT] == pytest.approx(alone[:, EXACT], abs=1e-9)


@quick
@given(graphs, st.permutations("abcdef"), st.randoms(use_true_random=False))
def test_names_and_order_do_not_matter(
    known: list[Triple], names: list[str], order: object
) -> None:
    renamed = dict(zip("abcdef", names, strict=True))
    other = [(renamed[head], name, renamed[tail]) for head, name, tail in known]
    asked = [*known[:4], ("a", "r", "b"), ("b", "s", "f")]
    again = [(renamed[head], name, renamed[tail]) for head, name, tail in asked]
    expected = score_triples(build_graph(known), asked)
    assert score_triples(build_graph(known[::-1]), asked) == pytest.approx(expected)
    assert score_triples(build_graph(other), again) == pytest.approx(expected, abs=1e-6)
    assert np.isfinite(expected).all()


def test_anything_can_be_asked() -> None:
    asked = [("z", "lives", "d"), ("a", "unheard", "d"), ("z", "unheard", "y"), ("a", "lives", "a")]
    assert np.isfinite(score_triples(build_graph(TRIPLES), asked)).all()
    assert np.isfinite(score_triples(build_graph([]), asked)).all()
    assert score_triples(build_graph(TRIPLES), []).shape == (0, len(GRAPH_SCORES))
    assert len(VIOLATIONS) == 4
