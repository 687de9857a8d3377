"""The form in which names are matched: words without case, accent, number, punctuation or article.

It builds on `text.normalise.normalise_name`, the form under which labels are stored, and forgets
more: what differs here only is never a different thing.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from kgpipe.text.normalise import normalise_name
from kgpipe.text.tokens import singular

# Combining accents of Latin, Greek and Cyrillic; the marks of other scripts are letters to them.
_ACCENTS = re.compile(r"[\u0300-\u036f]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_POSSESSIVE = re.compile(r"(?<=\w)'s\b|(?<=s)'(?!\w)")
# "u.s.a." is one word; a point or comma inside a number, and a minus before it, stay.
_INITIALS = re.compile(r"\b(?:[^\W\d_]\.)+[^\W\d_]\b\.?")
_SEPARATORS = re.compile(r"(?<!\d)[.,]|[.,](?!\d)|-(?!\d)|(?<=[^\s(])-|[\s/'()\[\]{}:;!?_|•·…*]+")
_LEGAL_FORM = re.compile(
    r"[\s,]{1,3}(?:ltda?|limited|inc|incorporated|llc|plc|gmbh|corp|s\.a\.?|s\.?a\.?c|s\.?a\.?s"
    r"|s\.?r\.?l|s\.a\. de c\.v)\.?$"
)
# Plurals that are names of their own: the Guianas are not Guiana.
_FIXED_PLURALS = frozenset({"americas", "andes", "congos", "guianas", "guineas", "philippines"})
# Words that join others and mean nothing alone (en, es, pt, fr). Unlike stop words for search,
# "us", "who" and "it" are kept: in names they are acronyms.
FUNCTION_WORDS = frozenset(
    {
        "a",
        "an",
        "and",
        "at",
        "by",
        "da",
        "das",
        "de",
        "del",
        "den",
        "des",
        "do",
        "dos",
        "du",
        "e",
        "el",
        "en",
        "et",
        "for",
        "from",
        "in",
        "into",
        "la",
        "las",
        "le",
        "les",
        "los",
        "of",
        "on",
        "or",
        "para",
        "por",
        "the",
        "to",
        "with",
        "y",
    }
)


class NameForm(NamedTuple):
    """A name as it is matched.

    Names with equal `key` are the same. `words` are folded and singular; `text` is the readable
    name that is embedded.
    """

    key: str
    words: tuple[str, ...]
    text: str


# As many distinct names as a corpus of a few thousand documents has.
@lru_cache(maxsize=1 << 17)
def form_of(name: str) -> NameForm:
    """Bring a name into its matching form.

    Words are joined in the key, since "coal-fired", "coal fired" and "coalfired" are one; not so
    around digits. A name of signs alone keeps them. The form of a form's `text` is the same.
    """
    text = normalise_name(name)
    words = tuple(_singular(word) for word in _split(_LEGAL_FORM.sub("", text) or text))
    return NameForm(_join(words) or text, words, text)


def content_words(words: tuple[str, ...]) -> list[str]:
    """The words that carry meaning; all of them if none does."""
    return [word for word in words if word not in FUNCTION_WORDS] or list(words)


def has_digit(text: str) -> bool:
    """Whether any character is a digit."""
    # Most words are letters alone, and that is seen at once.
    return not text.isalpha() and any(char.isdigit() for char in text)


def _split(text: str) -> list[str]:
    folded = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    folded = _POSSESSIVE.sub("", _THOUSANDS.sub("", unicodedata.normalize("NFC", folded)))
    folded = _INITIALS.sub(lambda match: match[0].replace(".", ""), folded)
    return _SEPARATORS.sub(" ", folded).split()


def _singular(word: str) -> str:
    return word if word in _FIXED_PLURALS else singular(word)


def _join(words: tuple[str, ...]) -> str:
    key = ""
    for word in words:
        # "1 0" is not 10, and "phase 1 2" is not phase 12.
        apart = key and (has_digit(key[-1]) or has_digit(word[0]))
        key += f" {word}" if apart else word
    return key
