"""Sentence boundaries as spans of the text, with the splitter's commonest mistakes mended."""

import re

from sentencex import get_sentence_boundaries

# A piece of nothing but a heading number or list mark: "1.", "2.3.", "IV.", "a)".
_NUMBER_ALONE = re.compile(r"\(?(?:\d+(?:\.\d+)*|[ivxIVX]+|[a-zA-Z])[.)]")
# A piece of nothing but initials ("J.", "EE. UU."), and initials at either side of a cut.
_INITIALS = re.compile(r"(?:[A-ZÁÉÍÓÚÑ]{1,2}\.\s?)+")
_INITIAL_BEFORE = re.compile(r"\b[A-ZÁÉÍÓÚÑ]{1,2}\.$")
# Abbreviations that a number follows, in the languages we read.
_BEFORE_NUMBER = re.compile(
    r"\b(?:figs?|nos?|n[ºo°]|n[uú]ms?|arts?|p[aá]gs?|pp?|vol|ed|eq|secs?|caps?|ch|par|al|ca?|cf|uu|bs)\.$",
    re.IGNORECASE,
)


def split_sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Cut `text` into sentences.

    Args:
        text: paragraphs are separated by blank lines; a sentence never crosses one.
        language: ISO 639-1 code; unknown ones are split by general rules.

    Returns:
        Half-open code-point spans in text order, without outer whitespace; together they hold
        every non-blank character.
    """
    spans: list[tuple[int, int]] = []
    for piece in get_sentence_boundaries(language, text):
        span = _trimmed(text, piece["start_index"], piece["end_index"])
        if span is None:
            continue
        if spans and _continues(text, spans[-1], span):
            spans[-1] = (spans[-1][0], span[1])
        else:
            spans.append(span)
    return spans


def _trimmed(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without outer whitespace, or None for a blank one."""
    piece = text[start:end]
    body = piece.strip()
    if not body:
        return None
    start += len(piece) - len(piece.lstrip())
    return start, start + len(body)


def _continues(text: str, before: tuple[int, int], after: tuple[int, int]) -> bool:
    """Whether the splitter cut inside a sentence."""
    if text.count("\n", before[1], after[0]) > 1:
        return False
    head, tail = text[before[0] : before[1]], text[after[0] : after[1]]
    if _NUMBER_ALONE.fullmatch(head) or _INITIALS.fullmatch(head):
        return True
    if _INITIAL_BEFORE.search(head) and _INITIALS.match(tail):
        return True
    if tail.lstrip("([")[:1].isdigit():
        # The longest abbreviation of the list has four letters.
        return _BEFORE_NUMBER.search(head[-6:]) is not None
    return tail[0].islower() or not any(char.isalnum() for char in tail)
