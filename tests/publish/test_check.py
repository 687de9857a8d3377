from typing import Any

import pytest

from kgpipe.publish.check import check_graph, check_quotes, check_references
from kgpipe.types import Evidence, Graph, Span
from tests.publish.graphs import sample_graph


def with_evidence(**update: Any) -> Graph:
    """The sample with a change to the evidence of its fifth triple, which stands on page 2."""
    graph = sample_graph()
    triple = graph.triples[4]
    assert triple.evidence is not None
    evidence = triple.evidence.model_copy(update=update)
    triples = (*graph.triples[:4], triple.model_copy(update={"evidence": evidence}))
    return graph.model_copy(update={"triples": triples + graph.triples[5:]})


def span_of(graph: Graph, *, shift: int) -> Span:
    evidence = graph.triples[4].evidence
    assert isinstance(evidence, Evidence)
    span = evidence.span
    return span.model_copy(update={"start": span.start + shift, "end": span.end + shift})


def test_the_sample_holds() -> None:
    assert check_graph(sample_graph()) == []


def test_unquoted_triples_have_nothing_to_check() -> None:
    graph = sample_graph()
    triples = tuple(t.model_copy(update={"evidence": None}) for t in graph.triples)
    assert check_graph(graph.model_copy(update={"triples": triples})) == []


@pytest.mark.parametrize(
    ("update", "reason"),
    [
        ({"quote": "In 2018 Suriname banned dredging"}, "quote_not_verbatim"),
        ({"quote": "In 2018 Suriname banned  dredging."}, "quote_not_verbatim"),
        ({"page": 1}, "wrong_page"),
        ({"page": 3}, "wrong_page"),
        ({"page": None}, "wrong_page"),
    ],
)
def test_faulty_evidence_is_found(update: dict[str, Any], reason: str) -> None:
    graph = with_evidence(**update)
    assert [(fault.item, fault.reason) for fault in check_quotes(graph)] == [
        (graph.triples[4].id, reason)
    ]


def test_a_shifted_span_is_found() -> None:
    graph = with_evidence(span=span_of(sample_graph(), shift=1))
    assert [fault.reason for fault in check_quotes(graph)] == ["quote_not_verbatim"]


def test_an_empty_or_negative_span_is_no_evidence() -> None:
    graph = sample_graph()
    document = graph.documents[0].id
    for start, end in ((5, 5), (-3, -1)):
        span = Span(document_id=document, start=start, end=end)
        quote = graph.documents[0].text[start:end]
        faults = check_quotes(with_evidence(span=span, quote=quote))
        assert "quote_not_verbatim" in {fault.reason for fault in faults}


def test_an_unknown_document_is_found() -> None:
    faults = check_quotes(with_evidence(span=Span(document_id="doc-x", start=0, end=1)))
    assert [(fault.reason, fault.detail) for fault in faults] == [("missing_reference", "doc-x")]


def test_dangling_references_are_found() -> None:
    graph = sample_graph()
    claim = graph.claims[0].model_copy(update={"object_id": "ent-x", "support": ("tri-x",)})
    bare = graph.claims[1].model_copy(update={"support": ()})
    faults = check_references(graph.model_copy(update={"claims": (claim, bare)}))
    assert [(fault.item, fault.reason, fault.detail) for fault in faults] == [
        (claim.id, "missing_reference", "ent-x"),
        (claim.id, "missing_reference", "tri-x"),
        (bare.id, "no_support", "no triple supports the claim"),
    ]
