"""Acronyms that a text defines: "artisanal gold mining (AGM)" and "AGM (artisanal gold mining)".

Schwartz and Hearst 2003, "A simple algorithm for identifying abbreviation definitions in
biomedical text", PSB 8:451-462, sections 3.1 and 3.2, with one change: a long form does not begin
with a function word, so that ASGM is not expanded from "and small-scale gold mining".
"""

import re

from kgpipe.dedupe.normalise import FUNCTION_WORDS

_BRACKETS = re.compile(r"\(([^()]{2,150})\)")
# "(MAPE, por sus siglas en español)": what follows the comma is no part of the acronym.
_INNER_END = re.compile(r"[,;:]| por sus siglas| for short")
_CLAUSE_END = re.compile(r"[.;:!?]\s|\n\s*\n|[()]")
# Longest acronym is 10 characters and so its long form at most 15 words: section 3.1.
_MAX_SHORT = 10
_CONTEXT_CHARS = 250


def find_definitions(text: str) -> list[tuple[str, str]]:
    """Return the (short, long) pairs that `text` defines, distinct, sorted."""
    found = set()
    for match in _BRACKETS.finditer(text):
        inner = " ".join(_INNER_END.split(match[1], maxsplit=1)[0].split())
        context = text[max(0, match.start() - _CONTEXT_CHARS) : match.start()]
        before = _CLAUSE_END.split(context)[-1].split()
        pair = _define(inner, before)
        if pair:
            found.add(pair)
    return sorted(found)


def find_long_form(short: str, text: str) -> str | None:
    """Return the shortest end of `text` that spells `short`, None if there is none.

    Letters of `short` are looked up from right to left; its first letter must begin a word.
    """
    at = len(text)
    for index in range(len(short) - 1, -1, -1):
        char = short[index].casefold()
        if not char.isalnum():
            continue
        at -= 1
        while at >= 0 and not (text[at].casefold() == char and (index or _begins(text, at))):
            at -= 1
        if at < 0:
            return None
    return text[at:]


def is_acronym(text: str) -> bool:
    """Whether `text` may be a short form: 2 to 10 characters, one word or two, with a capital."""
    return (
        2 <= len(text) <= _MAX_SHORT
        and len(text.split()) <= 2
        and text[0].isalnum()
        # "Fig" and "Lima" are capitalised words; an acronym has a capital after its first letter.
        and any(char.isupper() for char in text[1:])
    )


def _define(inner: str, before: list[str]) -> tuple[str, str] | None:
    if is_acronym(inner):
        words = before[-_max_words(inner) :]
        return _checked(inner, find_long_form(inner, " ".join(words)))
    if before and is_acronym(before[-1]) and len(inner.split()) <= _max_words(before[-1]):
        long = find_long_form(before[-1], inner)
        # The whole bracket is the definition, so the long form must be all of it.
        return _checked(before[-1], long if long == inner else None)
    return None


def _max_words(short: str) -> int:
    # Section 3.1: min(|A| + 5, 2 |A|) words.
    return min(len(short) + 5, 2 * len(short))


def _begins(text: str, at: int) -> bool:
    """Whether a word that may begin a long form begins at `text[at]`."""
    if at > 0 and text[at - 1].isalnum():
        return False
    return text[at:].split(maxsplit=1)[0].casefold() not in FUNCTION_WORDS


def _checked(short: str, long: str | None) -> tuple[str, str] | None:
    if long is None or len(long) <= len(short) or short in long.split():
        return None
    return short, long
