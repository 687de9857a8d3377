from kgpipe.corpus.clean import clean_pages
from kgpipe.settings import ReadSettings
from kgpipe.text.locate import locate_span, locate_spans, page_boxes, without_words
from kgpipe.types import Document, Span
from tests.corpus.typeset import set_lines, set_page


def _document() -> Document:
    pages = [
        set_page(*set_lines(["Gold is sold and the mer\u00ad", "cury is used by"]), number=1),
        set_page(number=2),
        set_page(*set_lines(["many mines."]), number=3),
    ]
    text, cleaned, _ = clean_pages(pages, settings=ReadSettings())
    return Document(
        id="d", source="a.pdf", sha256="0", media_type="application/pdf", title="a", language="en",
        text=text, pages=cleaned,
    )  # fmt: skip


def test_one_box_a_line_over_lines_and_pages() -> None:
    document = _document()
    start, end = document.text.index("the mercury"), document.text.index(" mines")
    assert locate_span(document, start, end) == [
        (1, (135, 100, 175, 110)),
        (1, (50, 112, 125, 122)),
        (3, (50, 100, 70, 110)),
    ]


def test_one_box_a_page_around_its_lines() -> None:
    document = _document()
    start, end = document.text.index("the mercury"), document.text.index(" mines")
    assert page_boxes(document, start, end) == [(1, (50, 100, 175, 122)), (3, (50, 100, 70, 110))]


def test_a_part_of_a_word_has_the_words_box() -> None:
    document = _document()
    start = document.text.index("old")
    assert locate_span(document, start, start + 1) == [(1, (50, 100, 70, 110))]
    assert locate_span(document, start, start) == []


def test_spans_of_documents_that_are_read_once() -> None:
    document = _document()
    start, end = document.text.index("the mercury"), document.text.index(" mines")
    found = Span(document_id="d", start=start, end=end)
    elsewhere = found.model_copy(update={"document_id": "gone"})
    nowhere = found.model_copy(update={"end": start})
    boxes = locate_spans(iter([document]), [found, found, elsewhere, nowhere])
    assert boxes == {("d", start, end): page_boxes(document, start, end)}


def test_a_document_without_words_keeps_the_extent_of_its_pages() -> None:
    document = _document()
    bare = without_words(document)
    assert bare.text == document.text
    assert [(page.number, page.start, page.end) for page in bare.pages] == [
        (page.number, page.start, page.end) for page in document.pages
    ]
    assert page_boxes(document, 0, len(document.text)) and not page_boxes(bare, 0, len(bare.text))
