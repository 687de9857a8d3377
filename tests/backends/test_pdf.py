import csv
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from kgpipe.backends.pdf import PdfiumReader
from kgpipe.errors import ItemError
from kgpipe.pages import RawPage


def _draw(path: Path, draw: Callable[[Canvas], None], encrypt: Any = None) -> list[RawPage]:
    canvas = Canvas(str(path), pagesize=(400, 600), invariant=True, encrypt=encrypt)
    draw(canvas)
    canvas.showPage()
    canvas.save()
    return PdfiumReader().read_pages(path)


def _texts(page: RawPage) -> list[str]:
    return [" ".join(word.text for word in line) for line in page.lines]


def test_words_have_boxes_from_the_top_left(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Courier", 10)
        canvas.drawString(50, 500, "gold mine")

    (page,) = _draw(tmp_path / "a.pdf", draw)
    assert (page.number, page.width, page.height) == (1, 400, 600)
    ((gold, mine),) = page.lines
    # Courier's signs are 0.6 em wide.
    assert (gold.text, mine.text) == ("gold", "mine")
    assert (gold.x0, gold.x1) == pytest.approx((50, 74), abs=1)
    assert (mine.x0, mine.x1) == pytest.approx((80, 104), abs=1)
    assert gold.y0 < 100 < gold.y1
    assert gold.y1 - gold.y0 == pytest.approx(10, abs=3)


@pytest.mark.parametrize(
    ("turn", "size", "at"),
    [(90, (600, 400), (500, 50)), (180, (400, 600), (350, 500)), (270, (600, 400), (100, 350))],
)
def test_boxes_follow_the_page_rotation(
    tmp_path: Path, turn: int, size: tuple[float, float], at: tuple[float, float]
) -> None:
    _draw(tmp_path / "a.pdf", lambda canvas: canvas.drawString(50, 500, "gold"))
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as pdf:
        pdf[0].set_rotation(turn)
        pdf.save(tmp_path / "turned.pdf")
    (page,) = PdfiumReader().read_pages(tmp_path / "turned.pdf")
    ((word,),) = page.lines
    assert (page.width, page.height) == size
    # Where the lower left corner of the word (50, 500) lies on the turned page.
    assert any(x == pytest.approx(at[0], abs=4) for x in (word.x0, word.x1))
    assert any(y == pytest.approx(at[1], abs=4) for y in (word.y0, word.y1))


def test_lines_end_where_pdfium_and_the_geometry_say(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 10)
        canvas.drawString(50, 500, "artisanal and small-")
        canvas.drawString(50, 488, "scale mining ........ 7")

    (page,) = _draw(tmp_path / "a.pdf", draw)
    assert _texts(page) == ["artisanal and small\u00ad", "scale mining ........ 7"]


def test_marks_of_notes_are_words_and_formulas_are_one(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        text = canvas.beginText(50, 500)
        for string, size, rise in [
            ("mercury.", 10, 0), ("12", 6, 4), (" CO", 10, 0), ("2", 6, -2), (" 5 km", 10, 0),
            ("2", 6, 4),
        ]:  # fmt: skip
            text.setFont("Helvetica", size)
            text.setRise(rise)
            text.textOut(string)
        canvas.drawText(text)

    (page,) = _draw(tmp_path / "a.pdf", draw)
    assert _texts(page) == ["mercury. 12 CO2 5 km2"]


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for x, name in ((50, "left"), (220, "right")):
            for row in range(3):
                canvas.drawString(x, 500 - 14 * row, f"{name} {row}")

    (page,) = _draw(tmp_path / "a.pdf", draw)
    assert _texts(page) == [f"{name} {row}" for name in ("left", "right") for row in range(3)]


def test_an_owner_password_does_not_hinder_reading(tmp_path: Path) -> None:
    locked = StandardEncryption("", ownerPassword="owner", canPrint=0, strength=128)
    (page,) = _draw(tmp_path / "a.pdf", lambda canvas: canvas.drawString(9, 9, "x"), encrypt=locked)
    assert _texts(page) == ["x"]


def test_bad_files_say_why(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    _draw(path, lambda canvas: canvas.drawString(50, 500, "gold"))
    whole = path.read_bytes()
    locked = tmp_path / "locked.pdf"
    with pytest.raises(ItemError) as caught:
        _draw(locked, lambda canvas: canvas.drawString(9, 9, "x"), encrypt="secret")
    assert caught.value.reason == "encrypted"
    assert "password" in caught.value.detail
    no_pages = BytesIO()
    pypdfium2.PdfDocument.new().save(no_pages)
    for content, reason in [
        (whole[:200], "corrupt"),
        (no_pages.getvalue(), "corrupt"),
        (b"<html>", "not_a_pdf"),
        (b"", "not_a_pdf"),
    ]:
        path.write_bytes(content)
        with pytest.raises(ItemError) as caught:
            PdfiumReader().read_pages(path)
        assert caught.value.reason == reason
    with pytest.raises(ItemError) as caught:
        PdfiumReader().read_pages(tmp_path / "absent.pdf")
    assert caught.value.reason == "unreadable"


@pytest.mark.shared
def test_every_shared_file_ends_as_pages_or_with_a_reason(shared_data: Path) -> None:
    with (shared_data / "pdf" / "INVENTORY.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == 96
    for row in rows:
        try:
            pages = PdfiumReader().read_pages(shared_data / "pdf" / row["file"])
        except ItemError as error:
            assert error.reason in ("encrypted", "not_a_pdf", "corrupt"), row["file"]
            assert row["pages"] == "ERR"
        else:
            # The inventory's tool could not open cyclic-toc.pdf, which has one page.
            assert str(len(pages)) == row["pages"].replace("ERR", "1"), row["file"]
            assert [page.number for page in pages] == list(range(1, len(pages) + 1))
