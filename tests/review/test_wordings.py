from kgpipe.review.wordings import collect_facts, describe_qualifiers, rival_values
from tests.review.builders import make_graph, make_triple


def test_qualifiers_are_told() -> None:
    triple = make_triple(
        "t", "s", "o", negated=True, hedged=True, attributed_to="the ministry", time="2019"
    )
    assert describe_qualifiers(triple) == "negated; hedged; according to the ministry; time: 2019"
    assert describe_qualifiers(make_triple("t", "s", "o")) == ""


def test_a_fact_is_shown_as_a_text_with_a_quote_says_it() -> None:
    bare = make_triple("a", "Hg", "gold", evidence=None, imported=True)
    quoted = make_triple("b", "mercury", "gold")
    graph = make_graph([bare, quoted], [])
    claim = graph.claims[0].model_copy(update={"support": ("a", "b")})
    facts = collect_facts([claim], [bare, quoted], sources=graph.documents, rivals={})
    assert [one.subject for one in facts[claim.id].wordings] == ["mercury", "Hg"]
    assert facts[claim.id].wordings[0].document == "a.pdf"


def test_rivals_are_the_values_that_others_give() -> None:
    graph = make_graph([make_triple(str(n), "s", f"o{n % 2}") for n in range(3)], [])
    ids = [claim.id for claim in graph.claims]
    assert rival_values(graph.claims, [ids]) == {ids[0]: "o1", ids[1]: "o0", ids[2]: "o1"}
    assert rival_values(graph.claims, []) == {}
