from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, Triple, parse

from kgpipe.errors import UsageError
from kgpipe.publish.rdf import write_rdf
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph, Label, Quantity
from tests.publish.graphs import one_claim_graph, sample_graph
from tests.publish.reading import BASE, SETTINGS, about, published

FORMS = {"ttl": RdfFormat.TURTLE, "trig": RdfFormat.TRIG, "nq": RdfFormat.N_QUADS}


def with_claim(graph: Graph, number: int, **changes: object) -> Graph:
    claims = list(graph.claims)
    claims[number] = claims[number].model_copy(update=changes)
    return graph.model_copy(update={"claims": tuple(claims)})


def test_a_claim_is_described_in_full(tmp_path: Path) -> None:
    graph = sample_graph()
    claim, triple = graph.claims[4], graph.triples[4]
    found = about(published(graph, tmp_path), f"claim:{claim.id}")
    assert found == {
        "rdf:type": {"rdf:Statement"},
        "rdf:subject": {f"entity:{claim.subject_id}"},
        "rdf:predicate": {"predicate:banned"},
        "rdf:object": {f"entity:{claim.object_id}"},
        "term:gate": {"approved"},
        "term:stated": {"true^^xsd:boolean"},
        "term:verdict": {"supported"},
        "term:probability": {"0.9123^^xsd:decimal"},
        "term:time": {"2018"},
        "term:date": {"2018^^xsd:gYear"},
        "prov:wasDerivedFrom": {f"triple:{triple.id}"},
        "prov:hadPrimarySource": {f"document:{triple.document_id}"},
    }


def test_facts_alone_stand_where_facts_are_looked_up(tmp_path: Path) -> None:
    graph = with_claim(sample_graph(), 4, quantity=Quantity(value=3, unit="t"))
    quads = published(graph, tmp_path)
    stated = {subject for _, subject, predicate, _ in quads if predicate == "term:stated"}
    index = [quad for quad in quads if quad[0] == "graph:facts"]
    assert {subject for _, subject, _, _ in index} == stated
    claim = graph.claims[4]
    assert about(index, f"claim:{claim.id}") == {
        "rdf:subject": {f"entity:{claim.subject_id}"},
        "rdf:predicate": {"predicate:banned"},
        "rdf:object": {f"entity:{claim.object_id}"},
        "term:time": {"2018"},
        "term:quantity": {"3.0^^xsd:double"},
        "prov:hadPrimarySource": {f"document:{graph.triples[4].document_id}"},
    }
    settings = SETTINGS.model_copy(update={"rdf12": True, "syntaxes": ("nquads",)})
    assert "graph:facts" not in {quad[0] for quad in published(graph, tmp_path, settings=settings)}


def test_pending_claims_wait_in_order_of_doubt(tmp_path: Path) -> None:
    graph = sample_graph()
    pending = graph.claims[6]
    verdicts = tuple(
        verdict.model_copy(update={"probability": 0.4})
        if verdict.claim_id == pending.id
        else verdict
        for verdict in graph.verdicts
    )
    quads = published(graph.model_copy(update={"verdicts": verdicts}), tmp_path)
    orders = {s: o for _, s, p, o in quads if p == "term:review_order"}
    assert orders == {f"claim:{pending.id}": "0.1000^^xsd:decimal"}
    unknown = tuple(verdict for verdict in verdicts if verdict.claim_id != pending.id)
    quads = published(graph.model_copy(update={"verdicts": unknown}), tmp_path)
    assert about(quads, f"claim:{pending.id}")["term:review_order"] == {"-1.0000^^xsd:decimal"}


@pytest.mark.parametrize(
    ("quantity", "described"),
    [
        (
            Quantity(value=2.5, unit="million US dollars"),
            {"qudt:numericValue": {"2500000.0^^xsd:double"}, "qudt:unit": {"cur:USD"}},
        ),
        (
            Quantity(value=3, unit="buckets"),
            {"qudt:numericValue": {"3.0^^xsd:double"}, "term:unit": {"buckets"}},
        ),
        (
            Quantity(value=float("inf"), unit="t"),
            {"qudt:numericValue": {"INF^^xsd:double"}, "qudt:unit": {"unit:TONNE"}},
        ),
    ],
)
def test_a_quantity_is_kept_as_written_and_as_qudt_has_it(
    quantity: Quantity, described: dict[str, set[str]], tmp_path: Path
) -> None:
    graph = with_claim(sample_graph(), 0, quantity=quantity)
    quads = published(graph, tmp_path)
    claim = about(quads, f"claim:{graph.claims[0].id}")
    assert claim["term:unit"] == {quantity.unit}
    (name,) = claim["qudt:quantityValue"]
    assert about(quads, name) == {"rdf:type": {"qudt:QuantityValue"}, **described}


def test_a_vote_leads_to_its_judge_quote_and_document(tmp_path: Path) -> None:
    graph = sample_graph()
    verdict = graph.verdicts[0]
    vote = verdict.evidence[0].model_copy(update={"source": "brief.pdf", "reason": "stated"})
    verdicts = (verdict.model_copy(update={"evidence": (vote,)}), *graph.verdicts[1:])
    quads = published(graph.model_copy(update={"verdicts": verdicts}), tmp_path)
    claim = f"claim:{graph.claims[0].id}"
    (name,) = {s for _, s, p, o in quads if (p, o) == ("oa:hasTarget", claim) and "vote:" in s}
    assert about(quads, name) == {
        "rdf:type": {"oa:Annotation"},
        "oa:motivatedBy": {"oa:assessing"},
        "oa:hasTarget": {claim},
        "oa:bodyValue": {"support"},
        "prov:wasAttributedTo": {"judge:j"},
        "prov:wasDerivedFrom": {f"document:{graph.documents[0].id}"},
        "dcterms:source": {"brief.pdf"},
        "term:log_odds": {"1.0000^^xsd:decimal"},
        "term:quote": {"=x"},
        "term:reason": {"stated"},
        "oa:start": {"0^^xsd:nonNegativeInteger"},
        "oa:end": {"1^^xsd:nonNegativeInteger"},
    }
    assert about(quads, "judge:j") == {"rdf:type": {"prov:SoftwareAgent"}, "rdfs:label": {"j"}}


@pytest.mark.parametrize(
    ("written", "term"),
    [
        ("2026-03-01T10:00:00+00:00", "2026-03-01T10:00:00+00:00^^xsd:dateTime"),
        ("2026-03-01", "2026-03-01^^xsd:date"),
        ("yesterday", "yesterday"),
    ],
)
def test_a_label_names_reviewer_role_and_date(written: str, term: str, tmp_path: Path) -> None:
    graph = sample_graph()
    key = graph.claims[0].keys[0]
    labels = (
        Label(key=key, label="unclear", annotator="R 1", labelled_at=written),
        Label(key=key, label="supported", annotator="R 1", role="adjudicator", comment='a\n"b"'),
    )
    quads = published(graph.model_copy(update={"labels": labels}), tmp_path)
    names = sorted({s for _, s, _, _ in quads if s.startswith("label:")})
    found = {min(about(quads, name)["term:role"]): about(quads, name) for name in names}
    assert set(found) == {"reviewer", "adjudicator"}
    assert found["reviewer"]["dcterms:created"] == {term}
    assert found["adjudicator"]["rdfs:comment"] == {'a\n"b"'}
    for described in found.values():
        assert described["prov:wasAttributedTo"] == {"reviewer:R%201"}
        assert described["dcterms:creator"] == {"R 1"}
        assert described["oa:hasTarget"] == {f"claim:{graph.claims[0].id}"}
    assert about(quads, "reviewer:R%201")["rdf:type"] == {"prov:Person"}


def test_imported_triples_without_a_quote_wait_for_an_expert(tmp_path: Path) -> None:
    graph = sample_graph()
    imported = graph.triples[0].model_copy(update={"imported": True, "evidence": None})
    graph = graph.model_copy(update={"triples": (imported, *graph.triples[1:]), "labels": ()})
    claim = graph.claims[0]
    bare = (f"entity:{claim.subject_id}", "predicate:use", f"entity:{claim.object_id}")
    quads = published(graph, tmp_path)
    assert {g for g, *rest in quads if tuple(rest) == bare} == {"graph:pending"}
    assert about(quads, f"triple:{imported.id}")["prov:wasDerivedFrom"] == {
        f"document:{imported.document_id}"
    }
    label = Label(key=claim.keys[0], label="supported", annotator="a")
    labelled = published(graph.model_copy(update={"labels": (label,)}), tmp_path)
    assert {g for g, *rest in labelled if tuple(rest) == bare} == {"graph:approved"}


def test_a_stricter_gate_empties_the_approved_graph(tmp_path: Path) -> None:
    strict = SETTINGS.model_copy(update={"gate": "expert"})
    quads = published(sample_graph(), tmp_path, settings=strict)
    # One claim of the sample is labelled.
    assert len([1 for graph, *_ in quads if graph == "graph:approved"]) == 1


@pytest.mark.parametrize("form", FORMS)
def test_rdf_1_2_reifies_triples(form: str, tmp_path: Path) -> None:
    settings = PublishSettings(base_iri=BASE, rdf12=True)
    graph = sample_graph()
    names = [path.name for path in write_rdf(graph, tmp_path, settings=settings)]
    assert names == ["graph.ttl", "graph.trig", "graph.nq"]
    quads = list(parse(path=str(tmp_path / f"graph.{form}"), format=FORMS[form]))
    reified = {q.subject.value: q.object for q in quads if q.predicate.value.endswith("reifies")}
    claim = graph.claims[0]
    triple = reified[f"{BASE}claim/{claim.id}"]
    assert isinstance(triple, Triple)
    assert triple.subject.value == f"{BASE}entity/{claim.subject_id}"  # type: ignore[union-attr]
    assert triple.predicate.value == f"{BASE}predicate/use"
    # Turtle holds approved claims only.
    assert len(reified) == (6 if form == "ttl" else 8)
    assert not [q for q in quads if q.predicate.value.endswith("#subject")]


def test_rdf_1_2_has_no_json_ld(tmp_path: Path) -> None:
    settings = PublishSettings(rdf12=True, syntaxes=("jsonld",))
    with pytest.raises(UsageError, match="JSON-LD has no form"):
        write_rdf(one_claim_graph("a", "b", "c", "d"), tmp_path, settings=settings)
