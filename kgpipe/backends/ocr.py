"""Scanned pages through rapidocr: PP-OCRv6 on onnxruntime, its weights in the package.

Only pages that hold an image and hardly a letter are recognised; all others are read as they are.
"""

import importlib.util
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kgpipe.backends.pdf import PdfiumReader
from kgpipe.pages import RawPage, RawWord

# Pixels of the longer side: some 150 dots an inch on A4. More costs time and finds no more words.
_SIDE = 1750
# An image covers at least this share of a scanned page.
_COVERED = 0.25
# Of a two-column page, each column holds this share of the lines, fewer run across, and a column's
# lines take this share of the page's width: those of a table are shorter.
_COLUMN_SHARE, _ACROSS, _COLUMN_WIDTH = 0.25, 0.2, 0.25

Line = tuple[RawWord, ...]


def is_installed() -> bool:
    """Whether the extra `ocr` is installed."""
    return importlib.util.find_spec("rapidocr") is not None


def ocr_name() -> str:
    """Name and version of the recogniser; its models come with the version."""
    return f"rapidocr:{version('rapidocr')}"


class OcrReader:
    """`PageReader` that recognises the text of scanned pages. One thread a process.

    Args:
        min_letters: a page of fewer letters is scanned, if an image covers it.
    """

    def __init__(self, *, min_letters: int) -> None:
        self._pages = PdfiumReader()
        self._min_letters = min_letters

    def read_pages(self, path: Path) -> list[RawPage]:
        """Return the pages of a PDF.

        Raises:
            ItemError: `unreadable`, `not_a_pdf`, `encrypted` or `corrupt`.
        """
        import pypdfium2

        pages = self._pages.read_pages(path)
        bare = [at for at, page in enumerate(pages) if _letters(page) < self._min_letters]
        if not bare:
            return pages
        with pypdfium2.PdfDocument(path) as pdf:
            for at in bare:
                page = pdf[at]
                if _is_scan(page):
                    pages[at] = pages[at].model_copy(update={"lines": self._recognise(page)})
                page.close()
        return pages

    @cached_property
    def _engine(self) -> Any:
        from rapidocr import RapidOCR

        return RapidOCR(
            params={
                "Global.log_level": "error",
                # Of several threads each spins while it waits, and runs share their processors.
                "EngineConfig.onnxruntime.intra_op_num_threads": 1,
                "EngineConfig.onnxruntime.inter_op_num_threads": 1,
                # A batch is padded to its longest line: single lines take half the time.
                "Rec.rec_batch_num": 1,
            }
        )

    def _recognise(self, page: Any) -> tuple[Line, ...]:
        width, height = page.get_size()
        scale = _SIDE / max(width, height)
        image = page.render(scale=scale, rev_byteorder=False).to_numpy()[:, :, :3]
        found = self._engine(image, use_cls=False, return_word_box=True)
        if not found.txts:
            # A page without text comes with a placeholder instead of words.
            return ()
        lines = [_line(words, scale) for words in found.word_results]
        return tuple(_in_reading_order([line for line in lines if line], width))


def _letters(page: RawPage) -> int:
    return sum(char.isalpha() for line in page.lines for word in line for char in word.text)


def _is_scan(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    covered = 0.0
    for image in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]):
        left, bottom, right, top = image.get_bounds()
        covered += max(right - left, 0) * max(top - bottom, 0)
    return bool(covered >= _COVERED * width * height)


def _line(words: Sequence[Any], scale: float) -> Line:
    """The recognised words of a line, each (text, score, corners in pixels)."""
    line: list[RawWord] = []
    for text, _, corners in words:
        xs, ys = [x / scale for x, _ in corners], [y / scale for _, y in corners]
        # A blank in the middle parts what the recogniser took for one word.
        for part in text.split():
            line.append(RawWord(part, min(xs), min(ys), max(xs), max(ys)))
    return tuple(line)


def _in_reading_order(lines: list[Line], width: float) -> list[Line]:
    """Lines from top to bottom; of two columns the left one first, between what runs across."""
    lines = sorted(lines, key=lambda line: (line[0].y0 + line[0].y1, line[0].x0))
    gutter = _gutter(lines, width)
    if gutter is None:
        return lines
    ordered: list[Line] = []
    right: list[Line] = []
    for line in lines:
        if line[0].x0 > gutter:
            right.append(line)
            continue
        if line[-1].x1 > gutter:
            ordered += right
            right = []
        ordered.append(line)
    return ordered + right


def _gutter(lines: Sequence[Line], width: float) -> float | None:
    """Where two columns of text part, None for a page of one."""
    # A column starts where its lines start.
    for at in sorted({line[0].x0 - 1 for line in lines if line[0].x0 > _COLUMN_WIDTH * width}):
        left = [line for line in lines if line[-1].x1 <= at]
        right = [line for line in lines if line[0].x0 > at]
        across = len(lines) - len(left) - len(right)
        enough = min(len(left), len(right)) >= _COLUMN_SHARE * len(lines)
        if enough and across < _ACROSS * len(lines) and _are_wide(left, right, width):
            return at
    return None


def _are_wide(left: Sequence[Line], right: Sequence[Line], width: float) -> bool:
    return all(
        sum(line[-1].x1 - line[0].x0 for line in lines) >= _COLUMN_WIDTH * width * len(lines)
        for lines in (left, right)
    )
