from kgpipe.text.pages import page_starts
from kgpipe.types import Document, Page


def test_page_starts_leaves_out_empty_pages() -> None:
    pages = tuple(
        Page(number=number, start=start, end=end, width=1, height=1)
        for number, start, end in ((1, 0, 10), (2, 10, 10), (3, 10, 20))
    )
    document = Document(
        id="d", source="a.pdf", sha256="", media_type="application/pdf", title="", language="en",
        text="x" * 20, pages=pages,
    )  # fmt: skip
    assert page_starts(document, 4, 12) == ((4, 1), (10, 3))
    assert page_starts(document, 12, 20) == ((12, 3),)
    assert page_starts(document.model_copy(update={"pages": ()}), 0, 5) == ()
