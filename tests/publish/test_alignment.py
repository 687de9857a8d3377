import pytest

from kgpipe.publish.alignment import UNALIGNED, Alignment
from kgpipe.schema import Schema, SchemaClass, SchemaRelation
from kgpipe.types import Entity, Kind
from tests.publish.graphs import make_document

BASE = "https://example.org/o#"
SCHEMA = Schema(
    name="o",
    classes=(
        SchemaClass(name="Actor", iri=f"{BASE}Actor"),
        SchemaClass(name="Person", parents=("Actor",), iri=f"{BASE}Person"),
        SchemaClass(name="Country", parents=("Land",), iri=f"{BASE}Country"),
        SchemaClass(name="Land", kind="place", iri=f"{BASE}Land"),
        SchemaClass(name="Mineral", iri=f"{BASE}Mineral"),
        SchemaClass(name="Chemical", iri=f"{BASE}Chemical"),
        SchemaClass(name="Treaty", iri="> <http://elsewhere"),
    ),
    relations=(
        SchemaRelation(name="exportsTo", label="exports to", iri=f"{BASE}exportsTo"),
        SchemaRelation(name="bad", iri="no iri"),
    ),
)
ALIGNMENT = Alignment(SCHEMA, {"e1": "https://sws.geonames.org/1/", "e2": "> <x"})


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        # An actor is a person to the schema too, but a class is called that.
        ("person", ["Person"]),
        ("place", ["Land"]),
        ("substance", ["Mineral", "Chemical"]),
        ("law", []),
        ("", []),
    ],
)
def test_classes_of_a_kind(kind: Kind, names: list[str]) -> None:
    assert [cls.name for cls in ALIGNMENT.classes_of(kind)] == names
    assert (ALIGNMENT.class_of(kind) is not None) == (len(names) == 1)


def test_relations_by_their_wording() -> None:
    assert ALIGNMENT.relation_of("exports to") == f"{BASE}exportsTo"
    assert ALIGNMENT.relation_of("bad") is None
    assert ALIGNMENT.relation_of("imports from") is None


def test_identifiers_that_are_no_iris_are_left_out() -> None:
    found = [
        ALIGNMENT.same_as(Entity(id=name, kind="", name=name, names=(name,)))
        for name in ("e1", "e2", "e3")
    ]
    assert found == ["https://sws.geonames.org/1/", None, None]


@pytest.mark.parametrize(
    ("offset", "language"), [(0, "en"), (4, "en"), (5, "nl"), (9, "nl"), (20, "es")]
)
def test_a_passage_may_be_in_another_language(offset: int, language: str) -> None:
    document = make_document("Miners use mercury.")
    passages = Alignment(languages={document.id: [(0, "en"), (5, "nl"), (20, "es")]})
    assert passages.language_at(document, offset) == language
    assert UNALIGNED.language_at(document, offset) == "en"
    assert Alignment(languages={document.id: [(30, "es")]}).language_at(document, offset) == "en"


def test_without_a_schema_nothing_is_tied() -> None:
    assert UNALIGNED.classes_of("place") == []
    assert UNALIGNED.relation_of("exports to") is None
