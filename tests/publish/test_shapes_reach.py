import pytest
from rdflib import RDF, RDFS, Graph, URIRef

from kgpipe.assets import asset_path
from kgpipe.publish.shapes import SHIPPED
from kgpipe.publish.shapes_check import read_shapes, write_path
from kgpipe.publish.shapes_reach import measure_reach

HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix : <x:> .\n"


def shapes(body: str) -> Graph:
    return Graph().parse(data=f"{HEAD}:s a sh:NodeShape ; sh:targetClass :C {body} .")


@pytest.mark.parametrize(
    ("body", "steps"),
    [
        ("", 1),
        ("; sh:property [ sh:path :p ; sh:minCount 1 ]", 1),
        ("; sh:property [ sh:path :p ; sh:class :D ]", 2),
        ("; sh:property [ sh:path ( :p :q :r ) ; sh:minCount 1 ]", 3),
        ("; sh:property [ sh:path ( :p :q :r ) ; sh:class :D ]", 4),
        ("; sh:property [ sh:path :p ; sh:node [ sh:property [ sh:path ( :q :r ) ] ] ]", 3),
        ("; sh:property [ sh:path [ sh:inversePath :p ] ]", 2),
        ("; sh:property [ sh:path ( [ sh:inversePath :p ] :q ) ]", 3),
        ("; sh:property [ sh:path [ sh:alternativePath ( :p ( :q :r ) ) ] ]", 2),
        ("; sh:property [ sh:path [ sh:zeroOrOnePath :p ] ; sh:class :D ]", 2),
        ("; sh:or ( [ sh:path ( :p :q ) ] [ sh:not [ sh:path ( :p :q :r :s ) ] ] )", 4),
        ("; sh:property [ sh:path :p ; sh:qualifiedValueShape [ sh:class :D ] ]", 2),
    ],
)
def test_how_far_shapes_look(body: str, steps: int) -> None:
    reach = measure_reach(shapes(body))
    assert (reach.steps, reach.unbounded) == (steps, "")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("; sh:property [ sh:path [ sh:zeroOrMorePath :p ] ]", "sh:zeroOrMorePath"),
        ("; sh:property [ sh:path [ sh:oneOrMorePath :p ] ]", "sh:oneOrMorePath"),
        ("; sh:property [ sh:path [ sh:inversePath ( :p :q ) ] ]", "sh:inversePath of a path"),
        ("; sh:targetObjectsOf :p", "sh:targetObjectsOf"),
        ("; sh:sparql [ sh:select 'x' ]", "sh:sparql"),
        ("; sh:property [ sh:path :p ; sh:node :s ]", "shapes that refer to themselves"),
        (". :c a sh:ConstraintComponent", "constraint components"),
    ],
)
def test_what_cannot_be_told_from_parts(body: str, why: str) -> None:
    assert why in measure_reach(shapes(body)).unbounded


def test_only_named_predicates_matter_unless_a_shape_is_closed() -> None:
    reach = measure_reach(shapes("; sh:property [ sh:path [ sh:inversePath :p ] ]"))
    assert reach.predicates is not None
    assert {URIRef("x:p"), RDF.type, RDFS.subClassOf} <= reach.predicates
    assert reach.inverse == {URIRef("x:p")}
    assert measure_reach(shapes("; sh:closed true")).predicates is None


def test_the_shapes_that_ship_can_be_checked_in_parts() -> None:
    reach = measure_reach(read_shapes([asset_path(SHIPPED)], base_iri="https://example.org/kg/"))
    assert (reach.steps, reach.unbounded) == (4, "")
    assert reach.inverse == {URIRef("http://www.w3.org/ns/oa#hasTarget")}


def test_paths_as_sparql_writes_them() -> None:
    graph = shapes(
        "; sh:property [ sh:path ( [ sh:inversePath :p ] [ sh:zeroOrOnePath :q ] "
        "[ sh:alternativePath ( :p :q ) ] [ sh:zeroOrMorePath :r ] [ sh:oneOrMorePath :r ] ) ]"
    )
    [path] = graph.objects(None, URIRef("http://www.w3.org/ns/shacl#path"))
    assert write_path(graph, path) == "^<x:p>/(<x:q>)?/(<x:p>|<x:q>)/(<x:r>)*/(<x:r>)+"
