"""Finds the mentions of a name in a whole page by string search: thousands of pages a second.

The judge's own `mentions` reads single windows word by word; this finds the windows worth reading.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from kgpipe.verify.amounts import find_amounts
from kgpipe.verify.lexicon import number_words

# Legal forms and words of company names that texts leave out.
_COMPANY_WORDS = frozenset({
    "inc", "incorporated", "corporation", "corp", "company", "co", "ltd", "limited", "llc", "group",
    "ag", "nv", "plc", "gmbh", "sa", "se", "systems", "technologies", "international",
})  # fmt: skip
_PARTICLES = frozenset({
    "of", "and", "the", "de", "in", "for", "la", "van", "von", "der", "a", "an",
})  # fmt: skip
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})
_ARTICLES = frozenset({"the", "a", "an"})
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?|[^\W\d_]+")
# What may stand between the words of a name, and an initial between first and last one.
_GAP = r"[\W_]{1,3}"
_INITIAL = r"(?:[a-z]\.? )?"
# How much a mention by less than the whole name says: its head ("Fort Worth" of "Fort Worth,
# Texas"), the name without its legal form or middle names, its title or subtitle, family name,
# first word. The features ask for >= .8 (surely this) or >= .35 (this, where its page has it).
_HEAD, _CORE, _TITLE, _FAMILY, _FIRST = 0.9, 0.8, 0.6, 0.5, 0.35
# Shorter words are too often others.
_FAMILY_CHARS, _FIRST_CHARS = 4, 5
# A year alone says less than a day.
_YEAR = 0.5
# Folding tables reach to the end of what single characters decompose in: letters and punctuation.
_LAST_FOLDED = 0x2100


class Spot(NamedTuple):
    """A mention `text[start:end]`; strength 1 is the whole name."""

    start: int
    end: int
    strength: float


class NamePattern(NamedTuple):
    """Finds a name in folded text; `strengths` are those of the pattern's groups in order."""

    pattern: re.Pattern[str]
    strengths: tuple[float, ...]


def fold_text(text: str) -> str:
    """The text in lower case without accents, character by character: offsets stay."""
    return text.translate(_folding())


def find_spots(folded: str, name: NamePattern) -> list[Spot]:
    """All mentions in text order; they do not overlap."""
    return [
        Spot(match.start(), match.end(), name.strengths[(match.lastindex or 1) - 1])
        for match in name.pattern.finditer(folded)
    ]


@lru_cache(maxsize=1 << 14)
def read_pattern(names: tuple[str, ...]) -> NamePattern | None:
    """The pattern of a thing's names; None if no name has a word."""
    strengths: dict[str, float] = {}
    for name in names:
        for piece, strength in (*_date_pieces(name), *_name_pieces(name)):
            strengths[piece] = max(strength, strengths.get(piece, 0.0))
    if not strengths:
        return None
    # Longest first, as alternatives are tried in order.
    pieces = sorted(strengths, key=lambda piece: (-len(piece), piece))
    groups = "|".join(f"({piece})" for piece in pieces)
    return NamePattern(
        re.compile(rf"(?<![^\W_])(?:{groups})(?![^\W_])"),
        tuple(strengths[piece] for piece in pieces),
    )


def _name_pieces(name: str) -> Iterator[tuple[str, float]]:
    """Regular expressions of what a text may call the name, with their strengths."""
    plain = fold_text(_BRACKETS.sub("", name) or name)
    for words, strength in _forms(plain):
        if words:
            gap = _GAP + _INITIAL if len(words) == 2 else _GAP
            yield gap.join(re.escape(word) for word in words), strength


def _forms(plain: str) -> Iterator[tuple[Sequence[str], float]]:
    full = _WORD.findall(plain)
    yield full, 1.0
    head = _WORD.findall(plain.split(",", maxsplit=1)[0])
    yield head, _HEAD
    if ":" in plain:
        title, _, subtitle = plain.partition(":")
        yield _WORD.findall(title), _TITLE
        yield _WORD.findall(subtitle), _TITLE
    yield [word for word in full if word not in _COMPANY_WORDS], _CORE
    if len(full) > 1 and full[0] in _ARTICLES:
        yield full[1:], _HEAD
    core = [word for word in head if word not in _SUFFIXES | _PARTICLES]
    if len(core) > 2:
        yield [core[0], core[-1]], _CORE
    if len(core) > 1 and len(core[-1]) >= _FAMILY_CHARS:
        yield core[-1:], _FAMILY
    if len(core) > 1 and len(core[0]) >= _FIRST_CHARS:
        yield core[:1], _FIRST


def _date_pieces(name: str) -> Iterator[tuple[str, float]]:
    """How a text may write the calendar date that the name is."""
    amounts = find_amounts(name)
    if (
        len(amounts) != 1
        or amounts[0].date is None
        or amounts[0].end - amounts[0].start < len(name)
    ):
        return
    year, month, day = amounts[0].date
    spelled = "|".join(word for word, number in sorted(number_words("month").items())
                       if number == month)  # fmt: skip
    if year and month and day:
        yield rf"{year}-{month:02d}-{day:02d}", 1.0
        yield rf"(?:{spelled}) {day}(?:st|nd|rd|th)?,? {year}", 1.0
        yield rf"{day}(?:st|nd|rd|th)?(?: of| de)? (?:{spelled}),?(?: de)? {year}", 1.0
    if year:
        yield str(year), _YEAR if month else 1.0


@lru_cache(maxsize=1)
def _folding() -> dict[int, str]:
    """Each character that folds to one other; those that fold to several stay as they are."""
    table = {ord(char): char.lower() for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    for code in range(128, _LAST_FOLDED):
        parts = unicodedata.normalize("NFKD", chr(code))
        base = "".join(char for char in parts if not unicodedata.combining(char)).lower()
        if len(base) == 1:
            table[code] = base
        elif len(chr(code).lower()) == 1:
            table[code] = chr(code).lower()
    # Letters with a stroke do not decompose; typographic marks are written plainly.
    marks = {"\u2019": "'", "\u2018": "'", "\u2013": "-", "\u2014": "-"}
    strokes = {"\u0142": "l", "\u0141": "l", "\xf8": "o", "\xd8": "o", "\u0111": "d"}
    return table | {ord(char): plain for char, plain in (marks | strokes).items()}
