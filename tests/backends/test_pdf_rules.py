from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from kgpipe.backends.pdf import PdfiumReader
from kgpipe.pages import Rule


def rules_of(path: Path, draw: Callable[[Canvas], None], *, rotate: int = 0) -> list[Rule]:
    canvas = Canvas(str(path), pagesize=(400, 600), invariant=True)
    draw(canvas)
    canvas.setPageRotation(rotate)
    canvas.showPage()
    canvas.save()
    (page,) = PdfiumReader().read_pages(path)
    return [(round(x0), round(y0), round(x1), round(y1)) for x0, y0, x1, y1 in page.rules]


def test_lines_and_boxes_from_the_top_left(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.line(50, 500, 150, 500)
        canvas.line(50, 450, 50, 500)
        canvas.rect(200, 400, 100, 50)
        # Many writers fill a thin box where they mean a line.
        canvas.rect(50, 300, 100, 0.5, fill=1, stroke=0)

    assert set(rules_of(tmp_path / "a.pdf", draw)) == {
        (50, 100, 150, 100), (50, 100, 50, 150),
        (200, 150, 300, 150), (200, 200, 300, 200),
        (200, 150, 200, 200), (300, 150, 300, 200),
        (50, 300, 150, 300),
    }  # fmt: skip


def test_a_grid_drawn_as_one_path(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.grid([50, 100, 150], [400, 450, 500])

    assert len(rules_of(tmp_path / "a.pdf", draw)) == 6


def test_slanted_short_and_curved_strokes_are_none(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.line(50, 500, 150, 400)
        canvas.line(50, 300, 52, 300)
        canvas.circle(200, 300, 40)

    assert rules_of(tmp_path / "a.pdf", draw) == []


@pytest.mark.parametrize(
    ("rotate", "expected"),
    [
        (90, (300, 50, 300, 150)),
        (180, (250, 300, 350, 300)),
        # Reportlab lays out a page that is turned by 90 or 270 degrees as 600 by 400 points.
        (270, (100, 450, 100, 550)),
    ],
)
def test_turned_pages(tmp_path: Path, rotate: int, expected: Rule) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.line(50, 300, 150, 300)

    assert rules_of(tmp_path / "a.pdf", draw, rotate=rotate) == [expected]


def test_thousands_of_paths_are_a_drawing(tmp_path: Path) -> None:
    def draw(canvas: Canvas) -> None:
        for at in range(5100):
            canvas.line(50, at / 10, 150, at / 10)

    assert rules_of(tmp_path / "a.pdf", draw) == []
