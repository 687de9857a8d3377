from pathlib import Path

import pytest

from kgpipe.backends.schema_turtle import read_turtle_schema
from kgpipe.errors import UsageError

PREFIXES = """
@prefix : <https://example.org/x#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
OWL = """
:Place a owl:Class . :Mine a owl:Class ; rdfs:subClassOf :Place ; rdfs:comment "dug"@en .
:Company a owl:Class . :Person a owl:Class .
:runs a owl:ObjectProperty ; rdfs:range :Mine ; owl:inverseOf :runBy ;
    rdfs:domain [ a owl:Class ; owl:unionOf ( :Company :Person ) ] ;
    rdfs:label "betreibt"@de , "runs"@en ; skos:altLabel "operates" .
:runBy a owl:ObjectProperty .
:opened a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:range xsd:date .
"""
SHACL = """
:MineShape a sh:NodeShape ; sh:targetClass :Mine ;
    sh:property [ sh:path :owner ; sh:class :Company ] ,
    [ sh:path :area ; sh:datatype xsd:decimal ] .
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "x.ttl"
    path.write_text(PREFIXES + text, encoding="utf-8")
    return path


def test_owl(tmp_path: Path) -> None:
    schema = read_turtle_schema(write(tmp_path, OWL))
    assert [cls.name for cls in schema.classes] == ["Company", "Mine", "Person", "Place"]
    opened, run_by, runs = schema.relations
    assert (runs.domain, runs.range) == (("Company", "Person"), ("Mine",))
    assert (runs.label, runs.also, runs.inverse) == ("runs", ("operates",), "runBy")
    assert (run_by.inverse, runs.iri) == ("runs", "https://example.org/x#runs")
    assert schema.kinds_of(opened.range) == {"date"}
    assert opened.functional and not runs.functional
    assert schema.ancestors("Mine") == ["Mine", "Place"]


def test_shacl(tmp_path: Path) -> None:
    area, owner = read_turtle_schema(write(tmp_path, SHACL)).relations
    assert (owner.name, owner.domain, owner.range) == ("owner", ("Mine",), ("Company",))
    assert area.range == ("number",)


def test_a_syntax_fault_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"x\.ttl, line \d+: not Turtle"):
        read_turtle_schema(write(tmp_path, ":a :b ."))


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Cannot read the schema"):
        read_turtle_schema(tmp_path / "none.ttl")
