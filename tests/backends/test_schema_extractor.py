import pytest

from kgpipe.backends.embed import MINILM_NAME
from kgpipe.backends.schema_extractor import schema_extractor_name
from kgpipe.errors import ItemError
from kgpipe.types import Chunk
from tests.backends.schema_reader import SCHEMA, extractor


def chunk(text: str, language: str = "en") -> Chunk:
    return Chunk(id="c", document_id="d", start=0, end=len(text), text=text, language=language)


TEXT = "A note.\n\nAna Silva was born in Karlsruhe on 2 May 1908.\nShe died in Israel."


def test_statements_carry_the_sentence_of_their_object() -> None:
    found = extractor().extract(chunk(TEXT))
    facts = {(c.subject, c.predicate, c.object) for c in found}
    assert ("Ana Silva", "birthPlace", "Karlsruhe") in facts
    assert ("Ana Silva", "birthDate", "2 May 1908") in facts
    assert all(TEXT[c.start : c.end] == c.quote for c in found)
    assert all(SCHEMA.find_relation(c.predicate) for c in found)
    kinds = {c.object: c.object_kind for c in found}
    assert (kinds["Karlsruhe"], kinds["2 May 1908"]) == ("place", "date")


def test_open_triples_whose_wording_the_schema_lists() -> None:
    found = extractor().extract(chunk("Small miners do not use mercury."))
    assert [(c.subject, c.predicate, c.object, c.negated) for c in found] == [
        ("Small miners", "uses", "mercury", True)
    ]


def test_the_same_again() -> None:
    assert extractor().extract(chunk(TEXT)) == extractor().extract(chunk(TEXT))


def test_other_languages_are_refused() -> None:
    with pytest.raises(ItemError, match="language_unsupported"):
        extractor().extract(chunk("Ana nació en Lima.", "es"))


def test_the_name_changes_with_the_schema() -> None:
    other = SCHEMA.model_copy(update={"relations": SCHEMA.relations[:1]})
    names = {schema_extractor_name(schema, MINILM_NAME) for schema in (SCHEMA, other)}
    assert len(names) == 2
    assert extractor().name in names
