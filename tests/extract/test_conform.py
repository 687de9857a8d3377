import pytest

from kgpipe.extract.conform import conform_candidate
from kgpipe.extract.stage import extract_chunk
from kgpipe.schema import Schema, SchemaClass, SchemaRelation
from kgpipe.settings import ExtractSettings
from kgpipe.types import Candidate, Chunk, Kind, Rejection

TEXT = "Miners use mercury."
CHUNK = Chunk(id="c", document_id="d", start=0, end=len(TEXT), text=TEXT, language="en")
SCHEMA = Schema(
    name="s",
    classes=(SchemaClass(name="Person"), SchemaClass(name="Substance")),
    relations=(SchemaRelation(name="uses", domain=("Person",), range=("Substance",)),),
)


def candidate(predicate: str, *, object_kind: Kind = "", object_type: str = "") -> Candidate:
    return Candidate(
        subject="Miners", predicate=predicate, object="mercury", quote=TEXT,
        object_kind=object_kind, object_type=object_type,
    )  # fmt: skip


def test_a_fitting_candidate_gets_the_relations_name_and_kinds() -> None:
    result = conform_candidate(
        candidate("Uses", object_type="Substance"), chunk=CHUNK, schema=SCHEMA
    )
    assert isinstance(result, Candidate)
    assert (result.predicate, result.object_kind) == ("uses", "substance")


@pytest.mark.parametrize(
    ("proposal", "reason"),
    [
        (candidate("loves"), "relation_not_in_schema"),
        (candidate("uses", object_kind="place"), "range_mismatch"),
        (candidate("uses", object_type="Person"), "range_mismatch"),
    ],
)
def test_what_does_not_fit_is_rejected_with_a_reason(proposal: Candidate, reason: str) -> None:
    result = conform_candidate(proposal, chunk=CHUNK, schema=SCHEMA)
    assert isinstance(result, Rejection)
    assert result.reason == reason
    assert "Miners | " in result.detail


def test_the_stage_keeps_to_the_schema() -> None:
    class Two:
        name = "two"

        def extract(self, chunk: Chunk) -> list[Candidate]:
            return [candidate("uses"), candidate("loves")]

    closed = extract_chunk(CHUNK, settings=ExtractSettings(), extractor=Two(), schema=SCHEMA)
    assert [triple.predicate for triple in closed.triples] == ["uses"]
    assert [rejection.reason for rejection in closed.rejections] == ["relation_not_in_schema"]
    opened = extract_chunk(CHUNK, settings=ExtractSettings(), extractor=Two())
    assert len(opened.triples) == 2
