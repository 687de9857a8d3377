"""Finds a quote in the text it was taken from, forgiving how it was typed but never its words."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
_SINGLE_QUOTES = "\u2018\u2019\u201a\u201b\u2032\u0060\u00b4"
_DOUBLE_QUOTES = "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_UNIFIED = {
    **dict.fromkeys(_DASHES, "-"),
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_INVISIBLE, ""),
}
_RUN = re.compile(r"\s+|\S+")
_LINE_END_HYPHEN = re.compile(r"-\s*\n")


class _Folded(NamedTuple):
    """A text in comparable form; `offsets[i]` is where the i-th character came from."""

    text: str
    offsets: list[int]


def find_quote(
    text: str, quote: str, *, start: int = 0, end: int | None = None
) -> tuple[int, int] | None:
    """Find the first place in `text[start:end]` that says `quote`.

    Runs of whitespace, hyphenation at line ends, Unicode compatibility forms, kinds of quotation
    marks and dashes may differ; case may differ only where no place has the same case. Words may
    not differ, and a match never cuts one.

    Returns:
        The half-open code-point span in `text`, or None.
    """
    quote = quote.strip()
    end = len(text) if end is None else end
    if not quote:
        return None
    window = text[start:end]
    for casefold in (False, True):
        for keep_hyphen in (True, False):
            span = _find_folded(
                _fold(window, casefold, keep_hyphen), _fold(quote, casefold, keep_hyphen).text
            )
            if span is not None:
                return start + span[0], start + span[1]
    return None


def _find_folded(folded: _Folded, quote: str) -> tuple[int, int] | None:
    if not quote:
        return None
    at = folded.text.find(quote)
    while at >= 0:
        stop = at + len(quote)
        if not _cuts_word(folded, at) and not _cuts_word(folded, stop):
            return folded.offsets[at], folded.offsets[stop - 1] + 1
        at = folded.text.find(quote, at + 1)
    return None


def _cuts_word(folded: _Folded, at: int) -> bool:
    """Whether a boundary at `at` parts a word, a letter from its accent, or one character."""
    if at in (0, len(folded.text)):
        return False
    left, right = folded.text[at - 1], folded.text[at]
    if folded.offsets[at - 1] == folded.offsets[at] or unicodedata.combining(right):
        return True
    return (left.isalnum() or unicodedata.combining(left) > 0) and right.isalnum()


# One chunk is searched for each of its quotes, in up to four forms.
@lru_cache(maxsize=8)
def _fold(text: str, casefold: bool, keep_hyphen: bool) -> _Folded:
    """Decompose (NFKD), unify signs, collapse whitespace and undo line-end hyphenation."""
    if text.isascii() and not _LINE_END_HYPHEN.search(text):
        return _fold_plain(text.lower() if casefold else text)
    return _fold_any(text, casefold, keep_hyphen)


def _fold_plain(text: str) -> _Folded:
    """What `_fold_any` makes of ASCII without a hyphen at a line end, several times as fast."""
    pieces: list[str] = []
    offsets: list[int] = []
    for run in _RUN.finditer(text):
        if not run[0].isspace():
            pieces.append(run[0])
            offsets += range(*run.span())
        elif pieces:
            pieces.append(" ")
            offsets.append(run.start())
    return _Folded("".join(pieces), offsets)


def _fold_any(text: str, casefold: bool, keep_hyphen: bool) -> _Folded:
    chars: list[str] = []
    offsets: list[int] = []
    for offset, char in _folded_chars(text, casefold):
        if char.isspace():
            if chars and chars[-1] != " ":
                chars.append(" ")
                offsets.append(offset)
            continue
        if _after_hyphenation(text, chars, offsets, char, offset):
            drop = 1 if keep_hyphen else 2
            del chars[-drop:], offsets[-drop:]
        chars.append(char)
        offsets.append(offset)
    return _Folded("".join(chars), offsets)


def _folded_chars(text: str, casefold: bool) -> Iterator[tuple[int, str]]:
    for offset, char in enumerate(text):
        if char.isascii():
            yield offset, char.lower() if casefold else char
            continue
        unified = _UNIFIED.get(char)
        if unified is None:
            unified = unicodedata.normalize("NFKD", char.casefold() if casefold else char)
        for part in unified:
            yield offset, part


def _after_hyphenation(
    text: str, chars: list[str], offsets: list[int], char: str, offset: int
) -> bool:
    """Whether `char` goes on with a word that a hyphen and a line end had cut."""
    return (
        len(chars) > 2
        and chars[-1] == " "
        and chars[-2] == "-"
        and chars[-3].isalpha()
        and char.isalpha()
        and "\n" in text[offsets[-1] : offset]
    )
