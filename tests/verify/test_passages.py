from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.types import Document
from kgpipe.verify.passages import MAX_CHARS, passages_of_document, passages_of_text

TEXTS = st.text(alphabet=st.sampled_from("ab.?! \n\t\u00e9\u2029"), max_size=3_000)


@given(TEXTS)
@settings(derandomize=True, deadline=None, max_examples=100)
def test_passages_hold_every_character_once_at_their_offsets(text: str) -> None:
    end = 0
    for passage in passages_of_text(text, source="s"):
        assert passage.text == text[passage.start : passage.start + len(passage.text)]
        assert text[end : passage.start].strip() == ""
        assert 0 < len(passage.text) <= MAX_CHARS + 80
        end = passage.start + len(passage.text)
    assert text[end:].strip() == ""


def test_a_heading_goes_with_its_paragraph_and_paragraphs_stay_apart() -> None:
    body = "The survey counted footprints in fourteen countries of Africa during one dry season."
    text = f"## West Africa\n\n{body}\n\n{body}"
    assert [p.text for p in passages_of_text(text, source="s")] == [
        f"## West Africa\n\n{body}",
        body,
    ]


def test_a_sentence_without_end_is_cut_at_blanks() -> None:
    passages = passages_of_text("gold " * 1_000, source="s")
    assert all(passage.text.endswith("gold") for passage in passages)
    assert sum(passage.text.count("gold") for passage in passages) == 1_000


def test_a_document_gives_its_id_source_and_language_and_a_table_nothing() -> None:
    document = Document(
        id="d", source="a.pdf", sha256="", media_type="application/pdf", title="", language="es",
        text="El mercurio contamina los r\u00edos.",
    )  # fmt: skip
    (passage,) = passages_of_document(document)
    assert (passage.document_id, passage.source, passage.language) == ("d", "a.pdf", "es")
    assert passages_of_document(document.model_copy(update={"media_type": "text/csv"})) == []
