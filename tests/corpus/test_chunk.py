from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.corpus.chunk import chunk_document
from kgpipe.settings import ChunkSettings
from kgpipe.types import Chunk, Document, Page, Table

ENGLISH = "The mercury that is used by the miners ends in the river. " * 5
SPANISH = "El mercurio que utilizan los mineros termina en el río. " * 5


def _document(text: str, pages: tuple[Page, ...] = ()) -> Document:
    return Document(
        id="d", source="a.txt", sha256="0", media_type="text/plain", title="a", language="en",
        text=text, pages=pages,
    )  # fmt: skip


def _chunks(text: str, max_chars: int = 100, pages: tuple[Page, ...] = ()) -> list[Chunk]:
    document = _document(text, pages)
    return list(chunk_document(document, settings=ChunkSettings(max_chars=max_chars)).chunks)


def test_paragraphs_are_kept_whole_and_long_ones_cut_between_sentences() -> None:
    short, sentence = "Gold is sold here.", "The mine is old and it was closed in the year."
    long = " ".join([sentence] * 4)
    texts = [chunk.text for chunk in _chunks(f"{short}\n\n{long}\n\n{short}\n\n{short}")]
    assert texts == [
        f"{short}\n\n{sentence}",
        f"{sentence} {sentence}",
        f"{sentence}\n\n{short}\n\n{short}",
    ]


def test_a_heading_goes_with_what_follows() -> None:
    body = "The mine is old and it was closed in the year."
    texts = [chunk.text for chunk in _chunks(f"{body}\n\nGold in Peru\n\nSales\n\n{body}")]
    assert texts == [body, f"Gold in Peru\n\nSales\n\n{body}"]


def test_a_long_sentence_stands_alone() -> None:
    long = "Gold " + "mine " * 50 + "end."
    assert [chunk.text for chunk in _chunks(f"Short one. {long} Short two.")] == [
        "Short one.", long, "Short two.",
    ]  # fmt: skip


def test_a_chunk_knows_its_pages() -> None:
    text = "Mercury is sold here by traders. Gold is sold too.\n\n" + "x" * 100 + "."
    pages = tuple(
        Page(number=number, start=start, end=end, width=1, height=1)
        for number, start, end in [(1, 0, 20), (2, 20, 20), (3, 20, 60), (4, 60, len(text))]
    )
    first, second = _chunks(text, pages=pages)
    assert first.pages == ((0, 1), (20, 3))
    assert second.pages == ((second.start, 3), (60, 4))


def test_a_chunk_in_another_language_says_so() -> None:
    chunks = _chunks(f"{ENGLISH}\n\n{SPANISH}\n\nOro del río.", max_chars=300)
    assert [chunk.language for chunk in chunks] == ["en", "es"]
    assert _chunks("Oro del río.")[0].language == "en"


def test_ids_differ_by_place_and_document() -> None:
    first, second = _chunks("x" * 99 + ".\n\n" + "x" * 99 + ".")
    assert first.text == second.text
    assert first.id != second.id


@given(
    st.lists(st.text(st.sampled_from("ab. \n?A1é😀\t"), max_size=60), max_size=12).map("\n\n".join)
)
@settings(derandomize=True, deadline=None, max_examples=200)
def test_chunks_are_ordered_and_hold_all_that_is_not_blank(text: str) -> None:
    position = 0
    for chunk in _chunks(text):
        assert chunk.start >= position
        assert not text[position : chunk.start].strip()
        assert chunk.text == text[chunk.start : chunk.end] == chunk.text.strip() != ""
        position = chunk.end
    assert not text[position:].strip()


def test_characters_cut_after_so_many_wherever_that_is() -> None:
    text = "x" * 250 + " " * 200 + "y" * 30
    cut = chunk_document(_document(text), settings=ChunkSettings(max_chars=100, cut="characters"))
    assert [(chunk.start, chunk.end) for chunk in cut.chunks] == [
        (0, 100), (100, 200), (200, 300), (400, 480),
    ]  # fmt: skip
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in cut.chunks)


def test_tables_are_left_to_the_table_stage() -> None:
    text = "Gold is sold here.\n\nPlace\tGold\n\nPeru\t45\n\nIt is old."
    rows = (((20, 25), (26, 30)), ((32, 36), (37, 39)))
    document = _document(text).model_copy(update={"tables": (Table(rows=rows),)})
    chunks = chunk_document(document, settings=ChunkSettings()).chunks
    assert [chunk.text for chunk in chunks] == ["Gold is sold here.", "It is old."]
    assert all(text[chunk.start : chunk.end] == chunk.text for chunk in chunks)
