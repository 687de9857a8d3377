"""Where a span of a document stands on its pages."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from kgpipe.types import Document, Word


class Box(NamedTuple):
    """A rectangle in points from the page's top-left corner."""

    x0: float
    y0: float
    x1: float
    y1: float


def page_at(document: Document, offset: int) -> int | None:
    """The number of the page that holds `text[offset]`, or None for a format without pages."""
    for page in document.pages:
        if page.start <= offset < page.end:
            return page.number
    return None


def locate_span(document: Document, start: int, end: int) -> list[tuple[int, Box]]:
    """The boxes that cover `text[start:end]`, one a printed line, each with its page number."""
    boxes: list[tuple[int, Box]] = []
    for page in document.pages:
        first = bisect_right(page.words, start, key=lambda word: word.end)
        last = bisect_left(page.words, end, key=lambda word: word.start)
        words = page.words[first:last] if start < end else ()
        boxes += [(page.number, box) for box in _line_boxes(words)]
    return boxes


def _line_boxes(words: Sequence[Word]) -> list[Box]:
    """Merge neighbours that share a line: at one height, from left to right."""
    lines: list[list[Word]] = []
    for word in words:
        if lines and _same_line(lines[-1][-1], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [
        Box(
            min(word.x0 for word in line),
            min(word.y0 for word in line),
            max(word.x1 for word in line),
            max(word.y1 for word in line),
        )
        for line in lines
    ]


def _same_line(left: Word, right: Word) -> bool:
    middle = (right.y0 + right.y1) / 2
    return right.x0 >= left.x0 and left.y0 <= middle <= left.y1
