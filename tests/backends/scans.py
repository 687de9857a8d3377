"""PDFs whose pages are images, as a scanner makes them."""

from collections.abc import Sequence
from pathlib import Path

import pypdfium2
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas


def scan_pages(source: Path, target: Path, *, pages: Sequence[int]) -> Path:
    """Rasterise pages of a PDF (200 dots an inch) into an image-only PDF."""
    image = pytest.importorskip("PIL.Image", reason="Pillow comes with the extra ocr")
    canvas = Canvas(str(target), invariant=True)
    with pypdfium2.PdfDocument(source) as pdf:
        for at in pages:
            size = pdf[at].get_size()
            pixels = pdf[at].render(scale=200 / 72).to_numpy()[:, :, :3]
            canvas.setPageSize(size)
            canvas.drawImage(ImageReader(image.fromarray(pixels)), 0, 0, *size)
            canvas.showPage()
    canvas.save()
    return target
