from pathlib import Path

from kgpipe.ids import entity_id
from kgpipe.publish.alignment import Alignment
from kgpipe.text.normalise import normalise_name
from kgpipe.types import Entity, Graph
from kgpipe.wiring_extract import read_schema
from tests.publish.graphs import make_document, make_triple, sample_graph
from tests.publish.reading import about, published

ASGM = "https://example.org/asgm#"


def entity_of(graph: Graph, name: str) -> Entity:
    return next(entity for entity in graph.entities if entity.name == name)


def with_names(graph: Graph, name: str, *names: str) -> tuple[Graph, Entity]:
    """The graph with one entity known by more names, under the id that they give it."""
    old = entity_of(graph, name)
    every = tuple(sorted({name, *names}))
    term = min(map(normalise_name, every))
    new = old.model_copy(update={"id": entity_id(term), "names": every})
    claims = tuple(
        claim.model_copy(
            update={
                end: new.id for end in ("subject_id", "object_id") if getattr(claim, end) == old.id
            }
        )
        for claim in graph.claims
    )
    entities = tuple(new if one is old else one for one in graph.entities)
    return graph.model_copy(update={"entities": entities, "claims": claims}), new


def test_a_name_has_the_language_of_most_documents_that_it_was_read_in(tmp_path: Path) -> None:
    graph, _ = with_names(sample_graph(), "mercury", "mercurio", "azogue")
    spanish = make_document("El mercurio. El mercurio.").model_copy(
        update={"language": "es", "source": "x.md"}
    )
    read = [
        make_triple(spanish, "El mercurio.", subject=subject, predicate="use", object="mercurio")
        for subject in ("miners", "mercurio")
    ]
    # What was imported has no language, whatever its file is said to be in.
    imported = make_triple(spanish, "El", subject="azogue", predicate="use", object="azogue")
    imported = imported.model_copy(update={"imported": True, "evidence": None})
    claim = graph.claims[0].model_copy(
        update={"support": (*graph.claims[0].support, *(t.id for t in read), imported.id)}
    )
    graph = graph.model_copy(
        update={
            "documents": (*graph.documents, spanish),
            "triples": (*graph.triples, *read, imported),
            "claims": (claim, *graph.claims[1:]),
        }
    )
    quads = published(graph, tmp_path)
    mercury = about(quads, f"entity:{entity_of(graph, 'mercury').id}")
    assert mercury["skos:prefLabel"] == {"mercury@en"}
    assert mercury["skos:altLabel"] == {"mercurio@es", "azogue"}
    # Once in each: the first in the alphabet.
    miners = about(quads, f"entity:{entity_of(graph, 'miners').id}")
    assert miners["skos:prefLabel"] == {"miners@en"}
    assert about(quads, "predicate:use")["rdfs:label"] == {"use@es"}


def test_things_and_classes_are_tied_to_the_schema(tmp_path: Path) -> None:
    graph = sample_graph()
    quads = published(graph, tmp_path, alignment=Alignment(read_schema("asgm")))
    peru = about(quads, f"entity:{entity_of(graph, 'Peru').id}")
    assert peru["rdf:type"] == {"class:Entity", "class:Place", f"{ASGM}Place"}
    assert about(quads, "class:Place")["rdfs:subClassOf"] == {"class:Entity", f"{ASGM}Place"}
    assert about(quads, f"{ASGM}Place")["rdf:type"] == {"owl:Class"}
    assert about(quads, "predicate:exports_to")["rdfs:subPropertyOf"] == {f"{ASGM}exportsTo"}
    assert "rdfs:subPropertyOf" not in about(quads, "predicate:banned")


def test_a_thing_is_the_same_as_one_that_others_identify(tmp_path: Path) -> None:
    graph = sample_graph()
    peru = entity_of(graph, "Peru")
    alignment = Alignment(identifiers={peru.id: "https://sws.geonames.org/3932488/"})
    quads = published(graph, tmp_path, alignment=alignment)
    assert about(quads, f"entity:{peru.id}")["owl:sameAs"] == {"https://sws.geonames.org/3932488/"}


def test_ids_that_a_merge_replaced_lead_to_the_entity(tmp_path: Path) -> None:
    graph, mercury = with_names(sample_graph(), "mercury", "Quicksilver", "Hg", "HG")
    quads = published(graph, tmp_path)
    replaced = {s: o for _, s, p, o in quads if p == "dcterms:isReplacedBy"}
    # Its own id is that of "hg", the first of its names.
    expected = {entity_id("mercury"), entity_id("quicksilver")}
    assert {s for s, o in replaced.items() if o == f"entity:{mercury.id}"} == {
        f"entity:{one}" for one in expected
    }


def test_an_id_in_use_is_not_replaced(tmp_path: Path) -> None:
    graph, _ = with_names(sample_graph(), "mercury", "quicksilver")
    other = Entity(
        id=entity_id("quicksilver"), kind="place", name="Quicksilver", names=("Quicksilver",)
    )
    graph = graph.model_copy(update={"entities": (*graph.entities, other)})
    quads = published(graph, tmp_path)
    assert "dcterms:isReplacedBy" not in about(quads, f"entity:{other.id}")


def test_entities_of_kind_date_are_dated(tmp_path: Path) -> None:
    graph = sample_graph()
    date = Entity(id="entity-d", kind="date", name="March 2023", names=("March 2023",))
    quads = published(graph.model_copy(update={"entities": (*graph.entities, date)}), tmp_path)
    assert about(quads, "entity:entity-d")["term:date"] == {"2023-03^^xsd:gYearMonth"}
