import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, Quad, RdfFormat, parse
from rdflib import Dataset, Graph, URIRef
from rdflib import Literal as RdfLiteral
from rdflib.compare import isomorphic
from rdflib.namespace import PROV, RDF, SKOS

from kgpipe.publish.rdf import write_rdf
from kgpipe.settings import PublishSettings
from kgpipe.types import Claim, Quantity
from kgpipe.types import Graph as Published
from tests.publish.graphs import one_claim_graph, sample_graph

BASE = "https://asgm.example/kg/"
SETTINGS = PublishSettings(base_iri=BASE)
TEXT = st.text(
    min_size=1,
    max_size=20,
    alphabet=st.one_of(st.sampled_from("\"'\\\n\r`<>{}#;.u0060 "), st.characters(codec="utf-8")),
)


def quads_of(path: Path) -> set[Quad]:
    return set(parse(path=str(path), format=RdfFormat.N_QUADS))


def triple_of(claim: Claim) -> tuple[str, str, str]:
    predicate = claim.predicate.replace(" ", "_")
    return (
        f"{BASE}entity/{claim.subject_id}",
        f"{BASE}predicate/{predicate}",
        f"{BASE}entity/{claim.object_id}",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rdf")
    write_rdf(sample_graph(), folder, settings=SETTINGS)
    return folder


def test_two_parsers_read_the_same_from_every_form(folder: Path) -> None:
    quads = quads_of(folder / "graph.nq")
    assert set(parse(path=str(folder / "graph.trig"), format=RdfFormat.TRIG)) == quads
    from_lines = Dataset().parse(folder / "graph.nq", format="nquads")
    from_trig = Dataset().parse(folder / "graph.trig", format="trig")
    # A triple of two graphs is two quads, of which rdflib counts one.
    assert {sum(map(len, read.graphs())) for read in (from_lines, from_trig)} == {len(quads)}
    for graph in from_lines.graphs():
        assert isomorphic(graph, from_trig.graph(graph.identifier))
    turtle = Graph().parse(folder / "graph.ttl", format="turtle")
    assert len(turtle) == len(list(parse(path=str(folder / "graph.ttl"), format=RdfFormat.TURTLE)))


def test_plain_triples_stand_in_their_gates_graph_alone(folder: Path) -> None:
    dataset = Dataset().parse(folder / "graph.nq", format="nquads")
    graphs = {
        gate: {tuple(map(str, t)) for t in dataset.graph(URIRef(f"{BASE}graph/{gate}"))}
        for gate in ("approved", "pending", "rejected")
    }
    claims = sample_graph().claims
    assert graphs == {
        "approved": {triple_of(claim) for claim in claims[:5]},
        "rejected": {triple_of(claims[5])},
        "pending": {triple_of(claims[6])},
    }


def test_a_negated_claim_is_described_but_never_asserted(folder: Path) -> None:
    claim = sample_graph().claims[7]
    dataset = Dataset().parse(folder / "graph.nq", format="nquads")
    subject = URIRef(f"{BASE}claim/{claim.id}")
    provenance = dataset.graph(URIRef(f"{BASE}graph/provenance"))
    assert provenance.value(subject, URIRef(f"{BASE}term/negated")) == RdfLiteral(True)
    assert provenance.value(subject, URIRef(f"{BASE}term/gate")) == RdfLiteral("approved")
    assert provenance.value(subject, URIRef(f"{BASE}term/stated")) is None
    bare = tuple(map(URIRef, triple_of(claim)))
    assert not list(dataset.quads((bare[0], bare[1], bare[2], None)))
    assert (bare[0], bare[1], bare[2]) not in Graph().parse(folder / "graph.ttl")


def test_turtle_states_approved_facts_only(folder: Path) -> None:
    turtle = Graph().parse(folder / "graph.ttl", format="turtle")
    claims = sample_graph().claims
    for number, claim in enumerate(claims):
        subject, predicate, object_ = map(URIRef, triple_of(claim))
        assert ((subject, predicate, object_) in turtle) == (number < 5)
        described = (URIRef(f"{BASE}claim/{claim.id}"), RDF.type, RDF.Statement) in turtle
        assert described == (number not in (5, 6))


def test_a_claim_leads_to_its_exact_quote(folder: Path) -> None:
    graph = sample_graph()
    turtle = Graph().parse(folder / "graph.ttl", format="turtle")
    claim, triple = graph.claims[4], graph.triples[4]
    assert triple.evidence is not None
    rows = list(
        turtle.query(
            f"""
            PREFIX prov: <{PROV}> PREFIX oa: <http://www.w3.org/ns/oa#>
            PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX term: <{BASE}term/>
            SELECT ?quote ?start ?end ?page ?source ?probability WHERE {{
              <{BASE}claim/{claim.id}> term:probability ?probability ;
                prov:wasDerivedFrom/prov:wasDerivedFrom ?e .
              ?e oa:hasSelector ?s ; term:page ?page ; oa:hasSource/dcterms:source ?source .
              ?s oa:exact ?quote ; oa:start ?start ; oa:end ?end }}"""
        )
    )
    assert [tuple(map(str, row)) for row in rows] == [  # type: ignore[arg-type]
        (
            "In 2018 Suriname banned dredging.",
            str(triple.evidence.span.start),
            str(triple.evidence.span.end),
            "2",
            "brief.pdf",
            "0.9123",
        )
    ]


def test_a_viewer_can_open_the_page_at_the_quote(folder: Path) -> None:
    turtle = Graph().parse(folder / "graph.ttl", format="turtle")
    rows = turtle.query(
        """
        PREFIX oa: <http://www.w3.org/ns/oa#>
        SELECT ?fragment WHERE { ?e oa:hasSelector/oa:exact ?quote ; oa:hasSelector ?s .
          ?s a oa:FragmentSelector ; rdf:value ?fragment .
          FILTER(STRSTARTS(?quote, "In 2018")) }"""
    )
    assert [str(row[0]) for row in rows] == ["page=2&viewrect=0,90,33,10"]  # type: ignore[index]


def test_labels_names_and_quantities(folder: Path) -> None:
    dataset = Dataset().parse(folder / "graph.nq", format="nquads")
    entities = dataset.graph(URIRef(f"{BASE}graph/entities"))
    mercury = entities.value(predicate=SKOS.prefLabel, object=RdfLiteral("mercury", lang="en"))
    # No document of the corpus calls it so.
    assert set(entities.objects(mercury, SKOS.altLabel)) == {RdfLiteral("quicksilver")}
    assert set(entities.objects(mercury, RDF.type)) == {
        URIRef(f"{BASE}class/Entity"),
        URIRef(f"{BASE}class/Substance"),
    }
    provenance = dataset.graph(URIRef(f"{BASE}graph/provenance"))
    quantities = [
        value.toPython()
        for value in provenance.objects(None, URIRef(f"{BASE}term/quantity"))
        if isinstance(value, RdfLiteral)
    ]
    assert quantities == [3.5]
    oa = "http://www.w3.org/ns/oa#"
    label = provenance.value(predicate=URIRef(f"{oa}bodyValue"), object=RdfLiteral("supported"))
    claim = sample_graph().claims[0]
    assert provenance.value(label, URIRef(f"{oa}hasTarget")) == URIRef(f"{BASE}claim/{claim.id}")


def shuffled(graph: Published) -> Published:
    """The same graph with every collection in another order."""
    rng = random.Random(0)
    fields = {}
    for name in Published.model_fields:
        items = list(getattr(graph, name))
        rng.shuffle(items)
        fields[name] = tuple(items)
    return Published.model_validate(fields)


def test_same_content_gives_same_bytes_and_no_blank_nodes(folder: Path, tmp_path: Path) -> None:
    for path in write_rdf(shuffled(sample_graph()), tmp_path, settings=SETTINGS):
        assert path.read_bytes() == (folder / path.name).read_bytes()
    assert " _:" not in (folder / "graph.nq").read_text(encoding="utf-8")
    lines = (folder / "graph.nq").read_text(encoding="utf-8").splitlines()
    # By graph, which stands last, then by subject, predicate and object.
    keyed = [(line.rsplit(" ", 2)[1], *line.split(" ", 2)) for line in lines]
    assert keyed == sorted(set(keyed))


def test_a_publication_that_fails_leaves_the_former_one(tmp_path: Path) -> None:
    paths = write_rdf(sample_graph(), tmp_path, settings=SETTINGS)
    before = {path.name: path.read_bytes() for path in paths}
    broken = sample_graph().model_copy(update={"triples": ()})
    with pytest.raises(KeyError):
        write_rdf(broken, tmp_path, settings=SETTINGS)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


# What ends a term, a statement or a query in one of the languages on the way.
FRAGMENTS = st.sampled_from(
    [
        '" . <x:a> <x:b> "c', "> . <x:a> <x:b> <x:c", "\\u0060", "\\u0022 .", "\\",
        '"' * 3, "'" * 3,
        "} GRAPH <x:g> { ?s ?p ?o }", "; DROP ALL #", '"}]} , {"@id": "x:a"', "\u2028\r\n.\t",
        "<<( ",
        "@prefix : <x:> .", "^^<x:y>", "a/../../b", "?q#f", "%2E%2E",
    ]
)  # fmt: skip
HOSTILE = st.one_of(TEXT, st.builds(str.__add__, TEXT, FRAGMENTS), FRAGMENTS)


@given(subject=HOSTILE, predicate=HOSTILE, object_=HOSTILE, quote=HOSTILE)
@settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_no_text_of_a_document_breaks_out(
    folder: Path, subject: str, predicate: str, object_: str, quote: str
) -> None:
    place = folder / "any"
    place.mkdir(exist_ok=True)
    graph = one_claim_graph(subject, predicate, object_, quote)
    plain = one_claim_graph("a", "b", "c", "d")
    counts = []
    for item in (plain, graph):
        write_rdf(item, place, settings=SETTINGS)
        counts.append(len(quads_of(place / "graph.nq")))
    # Subject and object with one name are still two entities, for their kinds differ.
    assert counts[0] == counts[1]
    quads = quads_of(place / "graph.nq")
    values = {getattr(quad.object, "value", "") for quad in quads}
    assert {subject, predicate, object_, quote} <= values
    for name, form in (("graph.trig", RdfFormat.TRIG), ("graph.jsonld", RdfFormat.JSON_LD)):
        assert set(parse(path=str(place / name), format=form)) == quads
    turtle = set(parse(path=str(place / "graph.ttl"), format=RdfFormat.TURTLE))
    index = NamedNode(f"{BASE}graph/facts")
    open_quads = [quad for quad in quads if quad.graph_name != index]
    assert turtle == {Quad(q.subject, q.predicate, q.object) for q in open_quads}
    for name, syntax in (("nq", "nquads"), ("trig", "trig"), ("jsonld", "json-ld")):
        dataset = Dataset()
        dataset.parse(place / f"graph.{name}", format=syntax)
        read = {str(value) for _, _, value, _ in dataset.quads()}
        assert {subject, predicate, object_, quote} <= read
        assert len(list(dataset.quads())) == len(quads)


@pytest.mark.parametrize(
    ("value", "text"), [(float("inf"), "INF"), (float("-inf"), "-INF"), (1e22, "1e+22")]
)
def test_odd_quantities_stay_legal(tmp_path: Path, value: float, text: str) -> None:
    graph = sample_graph()
    claim = graph.claims[0].model_copy(update={"quantity": Quantity(value=value, unit="")})
    graph = graph.model_copy(update={"claims": (claim,)})
    write_rdf(graph, tmp_path, settings=SETTINGS)
    assert f'"{text}"^^<http://www.w3.org/2001/XMLSchema#double>' in (
        tmp_path / "graph.nq"
    ).read_text(encoding="utf-8")
