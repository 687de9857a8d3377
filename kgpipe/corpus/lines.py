"""The lines of a page as cleaning sees them, without running headers, footers and page numbers."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from statistics import median
from typing import NamedTuple

from kgpipe.pages import RawPage, RawWord

Key = tuple[str, int, int]

SOFT_HYPHEN = "\u00ad"
# Headers and footers stand within this share of the page's height from its edges.
_MARGIN = 0.12
_PAGE_NUMBER = "page number"
# Points within which a repeated line keeps its place.
_PLACE = 4.0
# A note's mark ends so much above the word before it and is set smaller, in line heights.
_RAISED, _SMALL = 0.15, 0.9
_LIGATURES = re.compile("[\ufb00-\ufb06]")
_LEADERS = re.compile(r"[._\u00b7\u2026]{4,}")
# What symbol fonts make of their bullet.
_BULLET_CODES = "\uf0b7\uf0a7\uf0d8\uf076\uf0fc\u25cf\u25aa\u25a0\uf06e"
_BULLETS = dict.fromkeys(map(ord, _BULLET_CODES), "\u2022")


class Place(NamedTuple):
    """Where a table has a line: table and cell counted over the document, row within the table."""

    table: int
    row: int
    cell: int


class Line(NamedTuple):
    """Words in reading order with their common box; `height` is the median of the words'."""

    words: tuple[RawWord, ...]
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    height: float
    place: Place | None = None

    @property
    def text(self) -> str:
        """The words, joined by blanks."""
        return " ".join(word.text for word in self.words)


def read_lines(pages: Sequence[RawPage], *, repeated_margin_share: float) -> list[list[Line]]:
    """Return the lines of each page with clean words, less what repeats from page to page.

    Args:
        pages: as a `PageReader` returns them.
        repeated_margin_share: a line is dropped if it recurs on at least this share of all pages,
            or of all left or all right pages: in the margin with the same words, elsewhere also in
            the same place. Numbers may differ.
    """
    cleaned = [[line for raw in page.lines if (line := _line(raw, page.number))] for page in pages]
    keys = [
        [_keys(line, page) for line in lines] for page, lines in zip(pages, cleaned, strict=True)
    ]
    running = _running([set().union(*found) for found in keys], repeated_margin_share)
    return [
        [line for line, own in zip(lines, found, strict=True) if not own & running]
        for lines, found in zip(cleaned, keys, strict=True)
    ]


def _line(raw: Sequence[RawWord], page: int) -> Line | None:
    words = [word._replace(text=text) for word in raw if (text := clean_word(word.text))]
    words = [word for at, word in enumerate(words) if not _is_note_mark(words, at)]
    if not words:
        return None
    return line_of(words, page)


def line_of(words: Sequence[RawWord], page: int, place: Place | None = None) -> Line:
    """The line that `words`, at least one, make."""
    return Line(
        tuple(words),
        page,
        min(word.x0 for word in words),
        min(word.y0 for word in words),
        max(word.x1 for word in words),
        max(word.y1 for word in words),
        median(word.y1 - word.y0 for word in words),
        place,
    )


def _is_note_mark(words: Sequence[RawWord], at: int) -> bool:
    """Whether a word is the raised number that refers to a note; at a line's start it is not."""
    word, before = words[at], words[at - 1]
    if at == 0 or not word.text.isdecimal() or before.text[-1:].isdecimal():
        return False
    height = before.y1 - before.y0
    if word.x0 < before.x1 - _SMALL * height:
        # Sideways text.
        return False
    return before.y1 - word.y1 >= _RAISED * height and word.y1 - word.y0 < _SMALL * height


def clean_word(word: str) -> str:
    """Compose accents, part ligatures, drop leaders, control and private characters.

    A soft hyphen is kept at the end, where it marks a cut word.
    """
    if word.isascii() and word.isprintable() and "...." not in word and "____" not in word:
        return word
    text = unicodedata.normalize("NFC", word.translate(_BULLETS))
    text = _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match.group()), text)
    text = _LEADERS.sub("", text)
    kept = "".join(char for char in text if not unicodedata.category(char).startswith("C"))
    return kept + SOFT_HYPHEN if kept and text.endswith(SOFT_HYPHEN) else kept


def _keys(line: Line, page: RawPage) -> set[Key]:
    """What repeats: the line in its place; in the margins also the words without numbers.

    Page numbers share what they differ by from the count of pages.
    """
    keys: set[Key] = {(line.text, round(line.x0 / _PLACE), round(line.y0 / _PLACE))}
    edge = _MARGIN * page.height
    if edge < line.y1 and line.y0 < page.height - edge:
        return keys
    if line.text.isdecimal():
        return keys | {(_PAGE_NUMBER, int(line.text) - page.number, 0)}
    words = " ".join(word.text for word in line.words if not any(map(str.isdigit, word.text)))
    # A title that the running header repeats in smaller type stays.
    type_size = round(line.height) * (1 if line.y0 < page.height / 2 else -1)
    return keys | {(words.casefold(), -1, type_size)}


def _running(pages: Sequence[set[Key]], share: float) -> set[Key]:
    """Keys on at least `share` of all pages, of the odd or of the even ones; at least on two."""
    running: set[Key] = set()
    for some in (pages, pages[0::2], pages[1::2]):
        counts = Counter(key for keys in some for key in keys)
        least = max(2, math.ceil(share * len(some)))
        running.update(
            key
            for key, count in counts.items()
            if count >= (2 if key[0] == _PAGE_NUMBER else least)
        )
    return running
