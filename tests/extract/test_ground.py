from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.extract.ground import ground_candidate, tidy
from kgpipe.types import Candidate, Chunk, Rejection, Triple

TEXT = "Mercury harms fish.\nMiners in Ghana may use mer-\ncury. Mercury harms fish."
PAGES = ((90, 3), (120, 4))
CHUNK = Chunk(
    id="c1",
    source="a.pdf",
    document_id="d1",
    start=100,
    end=100 + len(TEXT),
    text=TEXT,
    language="en",
    pages=PAGES,
)


def ground(chunk: Chunk = CHUNK, **fields: Any) -> Triple | Rejection:
    given_fields = {
        "subject": "Mercury", "predicate": "harms", "object": "fish",
        "quote": "Mercury harms fish.", **fields,
    }  # fmt: skip
    return ground_candidate(
        Candidate(**given_fields), chunk=chunk, extractor="x", max_field_chars=40
    )


def test_a_grounded_triple_points_into_its_document() -> None:
    triple = ground()
    assert isinstance(triple, Triple)
    assert triple.evidence is not None
    assert (triple.evidence.span.start, triple.evidence.span.end) == (100, 119)
    assert triple.evidence.quote == "Mercury harms fish."
    assert triple.evidence.page == 3
    assert triple.extractor == "x"


def test_the_quote_is_the_texts_own_even_where_the_extractor_retyped_it() -> None:
    triple = ground(subject="Miners", quote="Miners in Ghana may use mercury.", hedged=True)
    assert isinstance(triple, Triple)
    assert triple.evidence is not None
    assert triple.evidence.quote == "Miners in Ghana may use mer-\ncury."
    assert triple.evidence.page == 4
    assert triple.hedged


def test_an_extractors_exact_offsets_decide_between_repetitions() -> None:
    second = TEXT.rindex("Mercury")
    triple = ground(start=second, end=len(TEXT))
    assert isinstance(triple, Triple)
    assert triple.evidence is not None
    assert triple.evidence.span.start == 100 + second


def test_wrong_offsets_do_not_matter() -> None:
    assert ground(start=3, end=9999) == ground()


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"quote": "Mercury harms birds."}, "quote_not_found"),
        ({"subject": ""}, "empty_field"),
        ({"object": " \u0000 "}, "empty_field"),
        ({"quote": "\n"}, "empty_field"),
        ({"object": "x" * 41}, "too_long"),
        ({"object": "the mercury"}, "subject_equals_object"),
    ],
)
def test_what_cannot_stand_is_rejected_with_a_reason(fields: dict[str, Any], reason: str) -> None:
    rejection = ground(**fields)
    assert isinstance(rejection, Rejection)
    assert (rejection.stage, rejection.item, rejection.reason) == (
        "extract",
        "a.pdf, page 3, offset 100",
        reason,
    )
    assert rejection.state == "rejected"
    assert rejection.detail


def test_no_pages_no_page() -> None:
    triple = ground(CHUNK.model_copy(update={"pages": ()}))
    assert isinstance(triple, Triple)
    assert triple.evidence is not None
    assert triple.evidence.page is None


def test_the_id_tells_statements_apart_and_nothing_else() -> None:
    base = ground()
    assert isinstance(base, Triple)
    same = ground(confidence=0.5, subject=" Mercury\t")
    assert isinstance(same, Triple)
    assert same.id == base.id
    for change in ({"negated": True}, {"time": "2018"}, {"object": "fishes"}):
        other = ground(**change)
        assert isinstance(other, Triple)
        assert other.id != base.id


def test_tidy_keeps_names_printable() -> None:
    assert tidy(" gold\u0000 \n\ud800mine\ufffe ") == "gold mine"
    assert tidy("Peru\u0301") == "Per\u00fa"
    # Joiners belong to the spelling of several scripts.
    assert tidy("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"


@settings(derandomize=True, deadline=None, max_examples=100)
@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 1000))
def test_whatever_is_grounded_stands_in_the_text(
    text: str, left: int, right: int, offset: int
) -> None:
    chunk = Chunk(
        id="c", document_id="d", start=offset, end=offset + len(text), text=text, language="en"
    )
    grounded = ground(chunk, quote=text[min(left, right) : max(left, right)])
    if isinstance(grounded, Triple):
        assert grounded.evidence is not None
        span = grounded.evidence.span
        assert text[span.start - offset : span.end - offset] == grounded.evidence.quote != ""
    else:
        assert grounded.reason in {"empty_field", "quote_not_found"}
