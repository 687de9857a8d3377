import pytest

from kgpipe.schema import Schema, SchemaClass, SchemaRelation, fits_kind, spell_out
from kgpipe.types import Kind

SCHEMA = Schema(
    name="mining",
    classes=(
        SchemaClass(name="Place"),
        SchemaClass(name="Mine", parents=("Place",)),
        SchemaClass(name="Company"),
        SchemaClass(name="Thing"),
    ),
    relations=(
        SchemaRelation(
            name="operates", domain=("Company",), range=("Mine",), also=("runs",), inverse="isRunBy"
        ),
        SchemaRelation(name="isRunBy", domain=("Mine",), range=("Company",), inverse="operates"),
        SchemaRelation(name="related", domain=("Thing",)),
    ),
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("hasToItsNorth", "has to its north"),
        ("ICAOCode", "icao code"),
        ("is_located-in", "is located in"),
        ("", ""),
    ],
)
def test_spell_out(name: str, words: str) -> None:
    assert spell_out(name) == words
    assert spell_out(words) == words


@pytest.mark.parametrize("name", ["operates", "Operates", "RUNS", " runs "])
def test_a_relation_is_found_by_its_wordings(name: str) -> None:
    relation = SCHEMA.find_relation(name)
    assert relation is not None
    assert relation.name == "operates"


def test_kinds_come_from_names_and_parents() -> None:
    assert [SCHEMA.kind_of(cls.name) for cls in SCHEMA.classes] == [
        "place", "site", "organisation", "",
    ]  # fmt: skip
    assert SCHEMA.kinds_of(("Company", "Thing")) == frozenset()


@pytest.mark.parametrize(
    ("predicate", "subject", "obj", "reason"),
    [
        ("operates", "organisation", "site", None),
        ("operates", "", "other", None),
        ("operates", "organisation", "place", None),
        ("operates", "substance", "site", "domain_mismatch"),
        ("operates", "organisation", "date", "range_mismatch"),
        ("related", "date", "date", None),
        ("loves", "", "", "relation_not_in_schema"),
    ],
)
def test_faults_by_kind(predicate: str, subject: Kind, obj: Kind, reason: str | None) -> None:
    fault = SCHEMA.fault(predicate, subject_kind=subject, object_kind=obj)
    assert (fault and fault[0]) == reason


def test_faults_by_class_go_before_kinds() -> None:
    assert SCHEMA.fault("isRunBy", subject_type="Mine", object_type="Company") is None
    fault = SCHEMA.fault("operates", subject_type="Company", object_type="Place")
    assert fault is not None
    assert fault == ("range_mismatch", "the object is a Place, operates wants a Mine")


def test_the_digest_changes_with_the_content() -> None:
    other = SCHEMA.model_copy(update={"relations": SCHEMA.relations[:2]})
    assert SCHEMA.digest != other.digest
    assert other.find_relation("related") is None
    assert SCHEMA.digest == Schema.model_validate(SCHEMA.model_dump()).digest


def test_fits_kind_is_symmetric() -> None:
    assert fits_kind("place", "site") and fits_kind("site", "place")
    assert not fits_kind("date", "place")
