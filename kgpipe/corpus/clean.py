"""Pages of words to one running text, in which every word keeps its offsets and its box."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from kgpipe.corpus.lines import SOFT_HYPHEN, Line, read_lines
from kgpipe.corpus.paragraphs import Paragraph, group_lines, is_cell_gap, is_row
from kgpipe.corpus.tables import build_tables, lift_tables
from kgpipe.pages import RawPage, RawWord
from kgpipe.settings import ReadSettings
from kgpipe.types import Page, Table, Word

_EDGE_SIGNS = re.compile(r"^\W+|\W+$")
_CUT_WORD = re.compile(rf"\w[-\u2010{SOFT_HYPHEN}]$")

# An address or a number range that a line end cuts needs no hyphen.
_CUT_RANGE = re.compile(r"\w/$|\d\u2013$")


class CleanText(NamedTuple):
    """One text with the pages that tile it and the tables that it holds."""

    text: str
    pages: tuple[Page, ...]
    tables: tuple[Table, ...]


def clean_pages(pages: Sequence[RawPage], *, settings: ReadSettings) -> CleanText:
    """Make one text of all pages.

    Running headers, footers and page numbers are dropped, paragraphs and table rows parted by a
    blank line, table cells by a tab, and words cut at a line end joined.

    Returns:
        The text, its pages and its tables. The pages tile the text; a page's words lie within it,
        in order. A word that was cut has one entry a part.
    """
    lines = read_lines(pages, repeated_margin_share=settings.repeated_margin_share)
    lifted = lift_tables(pages, lines)
    paragraphs = [block for block in group_lines(lifted.pages) if _says_something(block)]
    known = _vocabulary(paragraphs)
    pieces: list[str] = []
    words: dict[int, list[Word]] = {page.number: [] for page in pages}
    cells: dict[tuple[int, int], tuple[int, int]] = {}
    length = 0
    for separator, text, raw, line in _words(paragraphs, known):
        start = length + len(separator)
        length = start + len(text)
        pieces += (separator, text)
        words[line.page].append(Word(start, length, raw.x0, raw.y0, raw.x1, raw.y1))
        if line.place:
            cell = (line.place.table, line.place.cell)
            cells[cell] = (cells.get(cell, (start, length))[0], length)
    return CleanText(
        "".join(pieces),
        tuple(_pages(pages, words, length)),
        build_tables(lifted.layouts, cells),
    )


def _says_something(block: Paragraph) -> bool:
    return any(char.isalnum() for line in block for word in line.words for char in word.text)


def _words(
    paragraphs: Sequence[Paragraph], known: Counter[str]
) -> Iterator[tuple[str, str, RawWord, Line]]:
    """Each word as (what stands before it, its text, the raw word, its line)."""
    before = ""
    for block in paragraphs:
        for index, line in enumerate(block):
            following = block[index + 1] if index + 1 < len(block) else None
            for separator, word in _line_words(line):
                text, after = word.text.removesuffix(SOFT_HYPHEN), " "
                if word is line.words[-1] and following and following.place == line.place:
                    text, after = _line_end(word.text, following.words[0].text, known)
                elif word.text != text:
                    text += "-"
                yield separator or before, text, word, line
                before = after
            if following and following.place != line.place:
                before = "\t"
        before = "\n\n"


def _line_words(line: Line) -> Iterator[tuple[str, RawWord]]:
    """Words with the separator that a table row puts before them, or ""."""
    row = line.place is None and is_row(line)
    for index, word in enumerate(line.words):
        yield "\t" if row and index and is_cell_gap(line, index) else "", word


def _line_end(word: str, following: str, known: Counter[str]) -> tuple[str, str]:
    """A line's last word as the text has it, and what stands between it and the next."""
    if _CUT_WORD.search(word):
        return _mend(word, following, known), ""
    if _CUT_RANGE.search(word) and (following[0].isdigit() or word.endswith("/")):
        return word, ""
    return word, " "


def _mend(head: str, tail: str, known: Counter[str]) -> str:
    """The first part of a cut word, with its hyphen where the hyphen belongs to the word.

    What the rest of the document writes decides; failing that, a hyphen between lower-case
    letters, or one that the page reader takes for a line end's, was put there by the typesetter.
    """
    stem = head[:-1]
    joined, hyphenated = known[_plain(stem + tail)], known[_plain(f"{stem}-{tail}")]
    if joined != hyphenated:
        return stem if joined > hyphenated else f"{stem}-"
    lower = stem[-1].islower() and tail[0].islower()
    same_case = stem[-1].isupper() and tail[0].isupper() and head.endswith(SOFT_HYPHEN)
    return stem if lower or same_case else f"{stem}-"


def _vocabulary(paragraphs: Sequence[Paragraph]) -> Counter[str]:
    """How often each word occurs that no line end cuts."""
    return Counter(
        _plain(word.text)
        for block in paragraphs
        for line in block
        for word in line.words
        if not _CUT_WORD.search(word.text)
    )


def _plain(word: str) -> str:
    return _EDGE_SIGNS.sub("", word).casefold().replace("\u2010", "-")


def _pages(pages: Sequence[RawPage], words: dict[int, list[Word]], length: int) -> Iterator[Page]:
    """A page reaches from its first word to the next page's; one without words is empty."""
    end = length
    tiled: list[Page] = []
    for page in reversed(pages):
        found = words[page.number]
        start = found[0].start if found else end
        if page.number == pages[0].number:
            start = 0
        tiled.append(
            Page(
                number=page.number,
                start=start,
                end=end,
                width=page.width,
                height=page.height,
                words=tuple(found),
            )
        )
        end = start
    return reversed(tiled)
