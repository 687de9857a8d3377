from pathlib import Path

import rdflib
from rdflib.namespace import OWL, RDF, RDFS

from kgpipe.assets import asset_path
from kgpipe.text.relations import match_wording
from kgpipe.wiring_extract import read_schema

ASGM = asset_path("data/ontology/asgm.ttl")


def graph() -> rdflib.Graph:
    return rdflib.Graph().parse(Path(ASGM), format="turtle")


def test_every_term_is_documented() -> None:
    found = graph()
    terms = {*found.subjects(RDF.type, OWL.Class), *found.subjects(RDF.type, OWL.ObjectProperty)}
    named = [term for term in terms if isinstance(term, rdflib.URIRef)]
    assert len(named) > 80
    for term in named:
        assert found.value(term, RDFS.comment), term
        assert found.value(term, RDFS.label), term


def test_every_class_that_is_named_is_declared() -> None:
    schema = read_schema("asgm")
    assert schema is not None
    known = {cls.name for cls in schema.classes}
    for relation in schema.relations:
        assert {*relation.domain, *relation.range} <= known, relation.name
    for cls in schema.classes:
        assert set(cls.parents) <= known, cls.name


def test_inverses_are_mutual_and_share_no_wording() -> None:
    schema = read_schema("asgm")
    assert schema is not None
    by_name = {relation.name: relation for relation in schema.relations}
    for relation in schema.relations:
        if relation.inverse:
            assert by_name[relation.inverse].inverse == relation.name
        for wording in (relation.label, *relation.also):
            assert match_wording(wording, schema) == relation, wording
