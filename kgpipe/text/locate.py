"""Where a span of a document stands on its pages."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kgpipe.types import Document, Span, Word


class Box(NamedTuple):
    """A rectangle in points from the page's top-left corner."""

    x0: float
    y0: float
    x1: float
    y1: float


def locate_span(document: Document, start: int, end: int) -> list[tuple[int, Box]]:
    """The boxes that cover `text[start:end]`, one a printed line, each with its page number."""
    boxes: list[tuple[int, Box]] = []
    for page in document.pages:
        first = bisect_right(page.words, start, key=lambda word: word.end)
        last = bisect_left(page.words, end, key=lambda word: word.start)
        words = page.words[first:last] if start < end else ()
        boxes += [(page.number, box) for box in _line_boxes(words)]
    return boxes


def page_boxes(document: Document, start: int, end: int) -> list[tuple[int, Box]]:
    """One box a page around all of `text[start:end]` that stands on it."""
    by_page: dict[int, list[Box]] = {}
    for page, box in locate_span(document, start, end):
        by_page.setdefault(page, []).append(box)
    return [(page, _around(boxes)) for page, boxes in by_page.items()]


def locate_spans(
    documents: Iterable[Document], spans: Iterable[Span]
) -> dict[tuple[str, int, int], list[tuple[int, Box]]]:
    """What `page_boxes` gives of each span that has boxes, by document id, start and end.

    Documents are read one after the other, and none is kept.
    """
    wanted: dict[str, set[tuple[int, int]]] = {}
    for span in spans:
        wanted.setdefault(span.document_id, set()).add((span.start, span.end))
    return {
        (document.id, start, end): boxes
        for document in documents
        for start, end in sorted(wanted.get(document.id, ()))
        if (boxes := page_boxes(document, start, end))
    }


def without_words(document: Document) -> Document:
    """The document with its text and the extent of its pages, where boxes are not asked for."""
    pages = tuple(page.model_copy(update={"words": ()}) for page in document.pages)
    return document.model_copy(update={"pages": pages})


def _line_boxes(words: Sequence[Word]) -> list[Box]:
    """Merge neighbours that share a line: at one height, from left to right."""
    lines: list[list[Word]] = []
    for word in words:
        if lines and _same_line(lines[-1][-1], word):
            lines[-1].append(word)
        else:
            lines.append([word])
    return [_around(line) for line in lines]


def _around(parts: Sequence[Word | Box]) -> Box:
    return Box(
        min(part.x0 for part in parts),
        min(part.y0 for part in parts),
        max(part.x1 for part in parts),
        max(part.y1 for part in parts),
    )


def _same_line(left: Word, right: Word) -> bool:
    middle = (right.y0 + right.y1) / 2
    return right.x0 >= left.x0 and left.y0 <= middle <= left.y1
