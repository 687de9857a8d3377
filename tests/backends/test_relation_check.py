import pytest

from kgpipe.backends import relation_check
from kgpipe.backends.relation_check import CheckedExtractor
from kgpipe.types import Candidate, Chunk
from tests.backends.schema_reader import SCHEMA, extractor

TEXT = "Ana Silva was born in Karlsruhe on 2 May 1908. She died in Israel."
BORN, DIED = TEXT[:46], TEXT[47:]


class Says:
    """The model: says what it is given."""

    name = "says"

    def __init__(self, *facts: tuple[str, str, str], fault: str = "") -> None:
        self.facts = facts
        self.fault = fault

    def extract(self, chunk: Chunk) -> list[Candidate]:
        return [
            Candidate(subject=s, predicate=p, object=o, quote=quote, fault=self.fault,
                      start=chunk.text.find(quote), end=chunk.text.find(quote) + len(quote))
            for s, p, o in self.facts
            for quote in [DIED if o == "Israel" else BORN]
        ]  # fmt: skip


def check(model: Says, language: str = "en") -> list[tuple[str, str, str, str]]:
    chunk = Chunk(
        id="c", document_id="d", start=0, end=len(TEXT), text=TEXT, language=language
    )  # fmt: skip
    found = CheckedExtractor(model, extractor(), schema=SCHEMA).extract(chunk)
    return [(c.subject, c.predicate, c.object, c.fault) for c in found]


@pytest.mark.parametrize(
    ("said", "kept"),
    [("deathPlace", "deathPlace"), ("owner", "deathPlace"), ("birthDate", "deathPlace"),
     # Nothing of the schema's: left for the stage to reject.
     ("playsFor", "playsFor")],
)  # fmt: skip
def test_an_unlikely_relation_gives_way_to_a_likely_one(said: str, kept: str) -> None:
    assert check(Says(("Ana Silva", said, "Israel"))) == [("Ana Silva", kept, "Israel", "")]


@pytest.mark.parametrize(("trust", "kept"), [(0.0, "deathPlace"), (4.0, "birthPlace")])
def test_the_models_own_choice_counts_for_more(
    trust: float, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The embedded extractor gives birthPlace .03 and deathPlace .78.
    monkeypatch.setattr(relation_check, "_TRUST", trust)
    assert check(Says(("Ana Silva", "birthPlace", "Israel")))[0][1] == kept


def test_two_facts_that_become_one_are_counted_once() -> None:
    found = check(Says(("Ana Silva", "owner", "Israel"), ("Ana Silva", "deathPlace", "Israel")))
    assert [row[1:] for row in found] == [
        ("deathPlace", "Israel", ""), ("deathPlace", "Israel", "rival_relation"),
    ]  # fmt: skip


def test_what_the_model_overlooked_is_added_where_it_is_sure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert check(Says()) == []
    monkeypatch.setattr(relation_check, "SURE", 0.7)
    assert check(Says()) == [("Ana Silva", "deathPlace", "Israel", "")]
    said = Says(("Ana Silva", "birthPlace", "Israel"))
    assert len(check(said)) == 1


def test_faults_and_other_languages_are_left_alone() -> None:
    fact = ("Ana Silva", "owner", "Israel")
    assert check(Says(fact, fault="name_not_in_text")) == [(*fact, "name_not_in_text")]
    assert check(Says(fact), language="es") == [(*fact, "")]
