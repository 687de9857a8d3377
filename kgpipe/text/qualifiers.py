"""What limits a statement, read from the words around it: English, Spanish, Portuguese, French.

For extractors that know which words state a fact but not their grammar. The embedded extractor
reads the same from its parse.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from kgpipe.assets import asset_path
from kgpipe.text.cues import cue_words
from kgpipe.text.tokens import Token, fold, stop_words, tokenize

# A speaker is named in fewer words than this; more is a clause.
_MOST_SPEAKER_WORDS = 8
# Before "said that" more words than this are a sentence of their own.
_MOST_WORDS_BEFORE = 6
_BORDER = re.compile(r"[,;:()\u2014\u201c\u201d\"]")
_QUOTES = "\"'\u201c\u201d\u00ab\u00bb "
# Articles of one letter are no stop words.
_ARTICLES = frozenset({"a", "o", "l", "A", "O", "L"})
# "El 4 de mayo": a time this near the head of a sentence opens it.
_HEAD_CHARS = 8
_THAT = frozenset({"that", "que"})
# A number after one of these is a year: "2000 USD" is none.
_BEFORE_YEAR = (
    "in|en|em|de|del|of|since|by|until|before|after|from|to|desde|hasta|até|año|ano|année|depuis|"
    "y|e|and|et|entre|between"
)
_YEAR = r"(?:1[89]|20)\d\d"


class Qualifiers(NamedTuple):
    """See `types.Qualified`."""

    negated: bool
    hedged: bool
    conditional: bool
    attributed_to: str | None
    time: str | None


def read_qualifiers(sentence: str, *, start: int, end: int, language: str) -> Qualifiers:
    """Read what limits the statement that stands in `sentence[start:end]`.

    Negations and hedges count in the statement's words and back to the last comma or colon, a
    condition where that part or the sentence begins, a time up to the next comma or where the
    sentence begins, a speaker anywhere in it.
    """
    borders = [match.end() for match in _BORDER.finditer(sentence, 0, start)]
    times = [match.span(match.lastgroup or 0) for match in _dates().finditer(sentence)]
    # "May" is a hedge unless it is a month.
    tokens = [t for t in tokenize(sentence) if not any(a <= t.start < b for a, b in times)]
    clause = [t for t in tokens if (borders[-1] if borders else 0) <= t.start and t.end <= end]
    hedges = cue_words("hedge", language) | cue_words("possible", language)
    conditions = cue_words("condition", language)
    begun_by = {part[0].form for part in (tokens, clause) if part}
    return Qualifiers(
        negated=_is_negated(clause, language),
        hedged=any(token.form in hedges for token in clause),
        conditional=not begun_by.isdisjoint(conditions),
        attributed_to=_speaker(sentence, tokens, start, language),
        time=_nearest(_own_times(times, sentence, start, end, language), sentence, start, end),
    )


def _is_negated(clause: list[Token], language: str) -> bool:
    negations, exempt = cue_words("negation", language), cue_words("not_negation", language)
    return any(
        token.form in negations and (not after or after[0].form not in exempt)
        for token, after in ((token, clause[i + 1 : i + 2]) for i, token in enumerate(clause))
    )


def _speaker(sentence: str, tokens: list[Token], start: int, language: str) -> str | None:
    """Who says it: "according to X, ..." anywhere, "X said that ..." before the statement."""
    forms = [token.form for token in tokens]
    for cue in sorted(cue_words("according", language)):
        words = cue.split()
        for at in range(len(forms) - len(words)):
            if forms[at : at + len(words)] == words:
                return _name(sentence[tokens[at + len(words) - 1].end :], language)
    reports = cue_words("report", language)
    for at, token in enumerate(tokens):
        says_that = at + 1 < len(tokens) and tokens[at + 1].form in _THAT
        if at and token.form in reports and says_that and token.end <= start:
            before = _BORDER.split(sentence[: token.start])[-1]
            return _name(before, language) if len(before.split()) <= _MOST_WORDS_BEFORE else None
    return None


def _name(text: str, language: str) -> str | None:
    """The name at the beginning of `text`, without its article; None for a pronoun or a clause."""
    name = _BORDER.split(text.strip(_QUOTES), maxsplit=1)[0].strip(_QUOTES + ".")
    words = name.split()
    grammar = stop_words(language)
    while len(words) > 1 and (fold(words[0]) in grammar or words[0] in _ARTICLES):
        words = words[1:]
    is_name = 0 < len(words) <= _MOST_SPEAKER_WORDS and fold(words[0]) not in grammar
    return " ".join(words) if is_name else None


def _own_times(
    times: list[tuple[int, int]], sentence: str, start: int, end: int, language: str
) -> list[tuple[int, int]]:
    """The times of the statement's own part of the sentence, and of one that opens the sentence.

    "In 1964, rebels founded it": what stands before the first comma holds for what follows if it
    begins with a preposition.
    """
    borders = [0, *(match.end() for match in _BORDER.finditer(sentence)), len(sentence)]
    first = max(border for border in borders if border <= start)
    last = min((border for border in borders if border >= end), default=len(sentence))
    begins = tokenize(sentence)[:1]
    opened = bool(begins) and begins[0].form in cue_words("joint", language)
    opening = borders[1] if opened else _HEAD_CHARS
    return [(a, b) for a, b in times if first <= a < last or a < opening]


def _nearest(spans: list[tuple[int, int]], text: str, start: int, end: int) -> str | None:
    """The text of the span nearest to `text[start:end]`; of two the one that follows."""
    nearest = min(
        spans, key=lambda span: (max(span[0] - end, start - span[1], 0), -span[0]), default=None
    )
    return text[slice(*nearest)] if nearest else None


@lru_cache(maxsize=1)
def _dates() -> re.Pattern[str]:
    """Years, months with and without day and year, as `data/extract/months.txt` spells them."""
    lines = asset_path("data/extract/months.txt").read_text(encoding="utf-8").splitlines()
    words = {word for line in lines if line[0] != "#" for word in line.split()[1:]}
    joint = r"(?:\s+(?:de|del|of)\s+|\s+|,\s*)"
    day = rf"(?:\d{{1,2}}(?:st|nd|rd|th|[ºo])?{joint})?"
    month = rf"{day}\b(?:{'|'.join(sorted(words))})\b(?:\s\d{{1,2}}\b)?(?:{joint}{_YEAR}\b)?"
    span = rf"{_YEAR}\s?[-\u2013/]\s?(?:{_YEAR}|\d\d)\b"
    year = rf"(?:\b(?i:{_BEFORE_YEAR})\s+|\()(?P<year>{span}|{_YEAR}\b)(?!\s?%)"
    return re.compile(rf"\b{month}|{year}|\b{span}")
