from kgpipe.evaluate.gold import ADJUDICATOR
from kgpipe.evaluate.reviewed import collect_labels, find_origins, list_facts, only_claims
from kgpipe.text.normalise import label_key
from kgpipe.types import Graph, Label, Polarity
from tests.evaluate.builders import make_claim, make_graph, make_triple


def labelled(graph: Graph, *told: tuple[str, Polarity, str]) -> Graph:
    keys = {triple.id: label_key(triple) for triple in graph.triples}
    labels = tuple(
        Label(
            key=keys[one],
            label=label,
            annotator=who,
            role="adjudicator" if who == ADJUDICATOR else "reviewer",
        )
        for one, label, who in told
    )
    return graph.model_copy(update={"labels": labels})


def test_a_claim_inherits_the_labels_of_its_statements() -> None:
    graph = labelled(make_graph(), ("t1", "supported", "A"), ("t1", "supported", "B"),
                     ("t2", "refuted", "A"), ("t2", "supported", "B"))  # fmt: skip
    found = {one.id: one for one in collect_labels(graph)}
    assert found.keys() == {"claim-t1", "claim-t2"}
    assert (found["claim-t1"].label, found["claim-t2"].label) == ("supported", None)
    assert found["claim-t1"].votes == {"A": "supported", "B": "supported"}
    assert found["claim-t1"].group == "a.pdf"
    settled = labelled(graph, ("t2", "refuted", "A"), ("t2", "supported", ADJUDICATOR))
    assert [one.label for one in collect_labels(settled)] == ["supported"]


def test_a_merge_of_differently_labelled_statements_is_for_adjudication() -> None:
    graph = make_graph()
    other = make_triple("t4", "b.pdf", ("Gold diggers", "use", "mercury"))
    merged = make_claim(graph.triples[0])
    both = (graph.triples[0].id, other.id)
    merged = merged.model_copy(update={"support": both, "keys": (*merged.keys, label_key(other))})
    graph = graph.model_copy(
        update={"triples": (*graph.triples, other), "claims": (merged, *graph.claims[1:])}
    )
    graph = labelled(graph, ("t1", "supported", "A"), ("t4", "refuted", "A"))
    assert [one.label for one in collect_labels(graph)] == [None]
    graph = labelled(
        graph, ("t1", "supported", "A"), ("t4", "refuted", "A"), ("t4", "refuted", "B")
    )
    assert [one.label for one in collect_labels(graph)] == [None]
    graph = labelled(graph, ("t1", "supported", "A"), ("t4", "refuted", ADJUDICATOR))
    assert [one.label for one in collect_labels(graph)] == ["refuted"]


def test_origins_name_document_and_kind() -> None:
    graph = make_graph()
    table = graph.triples[1].model_copy(update={"extractor": "tables:1"})
    triples = (graph.triples[0], table, graph.triples[2])
    claims = (
        graph.claims[0].model_copy(
            update={"support": ("t1", "t2"), "documents": ("doc-a.pdf", "doc-b.pdf")}
        ),
        *graph.claims[1:],
    )
    origins = find_origins(graph.model_copy(update={"triples": triples, "claims": claims}))
    assert (origins["claim-t1"].document, origins["claim-t1"].source_kind) == ("several",) * 2
    assert (origins["claim-t2"].document, origins["claim-t2"].source_kind) == (
        "a.pdf",
        "PDF, table",
    )
    assert origins["claim-t3"].source_kind == "PDF"
    assert origins["claim-t3"].wording == "not: Miners · work in · Kedougou"


def test_a_fact_keeps_its_key_and_failed_verdicts_say_nothing() -> None:
    graph = labelled(make_graph(), ("t1", "refuted", "A"))
    facts = {fact.id: fact for fact in list_facts(graph)}
    assert facts["claim-t1"].key == label_key(graph.triples[0])
    assert (facts["claim-t1"].verdict, facts["claim-t1"].label) == ("supported", "refuted")
    assert (facts["claim-t3"].verdict, facts["claim-t3"].probability) == (None, None)


def test_a_part_of_a_graph_has_no_conflict_with_what_is_outside() -> None:
    conflicts = (("claim-t1", "claim-t2"), ("claim-t2", "claim-t3"))
    graph = make_graph().model_copy(update={"conflicts": conflicts})
    part = only_claims(graph, ["claim-t3", "claim-t2"])
    assert [claim.id for claim in part.claims] == ["claim-t2", "claim-t3"]
    assert part.conflicts == conflicts[1:]
