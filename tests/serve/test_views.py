from pathlib import Path

from kgpipe.ids import content_digest
from kgpipe.serve.views import Library
from kgpipe.types import Document, Page, Word

TEXT = "Head line\n\nMiners use mercury here. The end of it."


def make_document(source: str = "in/a.pdf", content: bytes = b"pdf", **more: object) -> Document:
    words = (
        Word(11, 17, 10, 50, 40, 60),
        Word(18, 21, 42, 50, 60, 60),
        Word(22, 29, 10, 64, 50, 74),
    )
    page = Page(number=3, start=0, end=len(TEXT), width=500, height=700, words=words)
    fields = {
        "id": "doc", "source": source, "sha256": content_digest(content), "title": "", "text": TEXT,
        "media_type": "application/pdf", "language": "en", "pages": (page,), **more,
    }  # fmt: skip
    return Document.model_validate(fields)


def test_a_quote_on_a_page_has_a_box_a_line(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.pdf").write_bytes(b"pdf")
    document = make_document()
    view = Library([document], inputs=[tmp_path / "in"]).view(document, 11, 29)
    assert view["kind"] == "page" and view["notice"] == ""
    [page] = view["pages"]
    assert (page["number"], page["width"], page["height"]) == (3, 500, 700)
    assert page["boxes"] == [[10, 50, 60, 60], [10, 64, 50, 74]]


def test_a_file_that_is_gone_or_changed_gives_way_to_its_text(tmp_path: Path) -> None:
    document = make_document()
    library = Library([document], inputs=[tmp_path / "in"])
    for change in ("gone", "changed"):
        if change == "changed":
            (tmp_path / "in").mkdir()
            (tmp_path / "in" / "a.pdf").write_bytes(b"another")
        view = library.view(document, 11, 29)
        assert view["kind"] == "text" and "no longer where it was read from" in view["notice"]
        assert (view["before"], view["quote"]) == ("Head line\n\n", "Miners use mercury")
        assert view["after"] == " here. The end of it."
    (tmp_path / "in" / "a.pdf").write_bytes(b"pdf")
    assert library.view(document, 11, 29)["kind"] == "page", "the file is back"
    assert "cannot be drawn" in library.view(document, 11, 29, plain=True)["notice"]


def test_a_text_needs_no_file() -> None:
    document = make_document("notes.txt", media_type="text/plain", pages=())
    view = Library([document], inputs=[]).view(document, 11, 29)
    assert view["kind"] == "text" and view["notice"] == ""
    assert view["from_start"] and view["to_end"]


def test_the_context_of_a_quote_in_a_long_text_is_cut_at_blanks() -> None:
    text = "word " * 1000 + "QUOTE" + " word" * 1000
    document = make_document(media_type="text/plain", pages=(), text=text)
    view = Library([document], inputs=[]).view(document, 5000, 5005)
    assert view["quote"] == "QUOTE"
    assert view["before"].startswith("word ") and view["after"].endswith("word")
    assert not view["from_start"] and not view["to_end"]
    assert 500 < len(view["before"]) < 1000 and 500 < len(view["after"]) < 1000


def test_a_file_is_found_below_its_input_alone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.pdf").write_bytes(b"pdf")
    for source in ("in/../secret.pdf", "secret.pdf", "../secret.pdf"):
        document = make_document(source)
        assert Library([document], inputs=[tmp_path / "in"]).find_file(document) is None


def test_files_that_share_a_name_are_found(tmp_path: Path) -> None:
    mark = content_digest(b"pdf")[:8]
    for folder in ("one", "two"):
        (tmp_path / folder / "in").mkdir(parents=True)
        (tmp_path / folder / "in" / "a.pdf").write_bytes(b"pdf" if folder == "two" else b"other")
    document = make_document(f"in/a.{mark}.pdf")
    inputs = [tmp_path / "one" / "in", tmp_path / "two" / "in"]
    assert Library([document], inputs=inputs).find_file(document) == inputs[1] / "a.pdf"


def test_an_input_may_be_the_file_itself(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"pdf")
    document = make_document("a.pdf")
    assert Library([document], inputs=[tmp_path / "a.pdf"]).find_file(document)
