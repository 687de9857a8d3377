"""Cuts texts into paragraph-long passages that know where they stand in their source."""

import re
from collections.abc import Iterator

from kgpipe.ids import content_id
from kgpipe.text.sentences import split_sentences
from kgpipe.types import Document, Passage

# About six sentences: enough context for a judge, short enough for a search engine to rank.
MAX_CHARS = 900
# A paragraph shorter than this is a heading or a list item and is read with the next one.
_SHORT_CHARS = 80
_PARAGRAPH = re.compile(r"\S(?:.|\n(?![ \t\r]*\n))*")


def passages_of_document(document: Document) -> list[Passage]:
    """The passages of a document; `document.text[p.start : p.start + len(p.text)] == p.text`.

    A table of triples has none: it repeats what other texts say, and is no witness.
    """
    if document.media_type == "text/csv":
        return []
    return passages_of_text(
        document.text,
        source=document.source,
        language=document.language,
        document_id=document.id,
    )


def passages_of_text(
    text: str,
    *,
    source: str,
    language: str = "en",
    document_id: str | None = None,
    url: str | None = None,
    published: str | None = None,
    claim_id: str | None = None,
) -> list[Passage]:
    """Cut `text` at blank lines, and paragraphs of more than 900 characters between sentences.

    Returns:
        Passages in text order with `text[p.start : p.start + len(p.text)] == p.text`. Their ids
        depend on source, place and text alone.
    """
    return [
        Passage(
            id=content_id("passage", source, start, text[start:end], claim_id),
            source=source,
            text=text[start:end],
            language=language,
            document_id=document_id,
            start=start,
            url=url,
            published=published,
            claim_id=claim_id,
        )
        for start, end in _passage_spans(text, language)
    ]


def _passage_spans(text: str, language: str) -> Iterator[tuple[int, int]]:
    pending: int | None = None
    last_end = 0
    for match in _PARAGRAPH.finditer(text):
        start = match.start() if pending is None else pending
        last_end = match.start() + len(match[0].rstrip())
        if last_end - start < _SHORT_CHARS:
            pending = start
            continue
        pending = None
        yield from _fitting_spans(text, start, last_end, language)
    if pending is not None:
        yield pending, last_end


def _fitting_spans(text: str, start: int, end: int, language: str) -> Iterator[tuple[int, int]]:
    """Pack whole sentences of `text[start:end]` into spans of at most `MAX_CHARS`."""
    if end - start <= MAX_CHARS:
        yield start, end
        return
    opened: int | None = None
    closed = start
    for first, last in split_sentences(text[start:end], language):
        for left, right in _hard_cuts(text, start + first, start + last):
            if opened is not None and right - opened > MAX_CHARS:
                yield opened, closed
                opened = None
            opened = left if opened is None else opened
            closed = right
    if opened is not None:
        yield opened, closed


def _hard_cuts(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cut a sentence that is itself too long (a table, a list) at blanks."""
    while end - start > MAX_CHARS:
        blank = max(text.rfind(char, start, start + MAX_CHARS) for char in " \n")
        cut = blank if blank > start else start + MAX_CHARS
        yield start, cut
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        yield start, end
