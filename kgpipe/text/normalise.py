"""Names as they are compared: the one normal form behind label keys, blocking and look-ups."""

import re
import unicodedata

from kgpipe.ids import content_id
from kgpipe.types import Triple

_DASHES = re.compile(r"[\u00ad\u2010-\u2015\u2043\u2212\ufe58]")
_QUOTES = re.compile(r"[\"`\u00b4\u2018-\u201f\u2039\u203a\u00ab\u00bb\u2032\u2033]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
# Signs that belong to a value ("5%", "-5", "$3", "+2", "#7", "@x") are not outer punctuation.
_KEPT_SIGNS = frozenset("%‰-+#@&")
# Leading articles (en, es, pt, fr), casefolded. "un" and "as" are left out
# since they are also the United Nations and arsenic: a missed match costs less than a false one.
_ARTICLE = re.compile(
    r"(?:(?:the|an?|el|las?|los?|una|unos|unas|os?|uma|uns|umas|les?|une|des)\s+|l')(?=\S)"
)
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


def normalise_name(name: str) -> str:
    """Bring the spellings of one name together.

    NFKC and casefold; dashes, quotes and blanks unified; outer punctuation and leading articles
    (en, es, pt, fr) dropped. Idempotent. A name with any visible character never becomes empty.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    plain = _QUOTES.sub("'", _DASHES.sub("-", _INVISIBLE.sub("", plain)))
    plain = " ".join(plain.split())
    while True:
        shorter = _drop_article(_strip_punctuation(plain)) or plain
        if shorter == plain:
            return plain
        plain = shorter


def label_key(triple: Triple) -> str:
    """The key that labels are stored under: a statement's normalised surface form.

    Documents, entities and claims do not enter, so a label outlives every merge and rerun.
    """
    return content_id(
        "key",
        normalise_name(triple.subject),
        normalise_name(triple.predicate),
        normalise_name(triple.object),
        triple.negated,
        triple.hedged,
        triple.conditional,
        *(
            value and normalise_name(value)
            for value in (triple.attributed_to, triple.time, triple.place)
        ),
    )


def _drop_article(name: str) -> str:
    return _ARTICLE.sub("", name, count=1) if _ARTICLE.match(name) else name


def _strip_punctuation(name: str) -> str:
    """Strip outer punctuation; brackets only if they enclose the whole name or stand unpaired."""
    start, end = 0, len(name)
    while start < end and _is_outer(name, start, start, end):
        start += 1
    while end > start and _is_outer(name, end - 1, start, end):
        end -= 1
    return name[start:end]


def _is_outer(name: str, at: int, start: int, end: int) -> bool:
    """Whether the character at one edge of `name[start:end]` is no part of the name."""
    char = name[at]
    if char.isspace():
        return True
    if char in _KEPT_SIGNS:
        # A dash or bullet before a blank is typography, before a digit it is a minus.
        return char == "-" and not name[at + 1 : at + 2].isdigit()
    for opening, closing in _BRACKETS.items():
        if char == opening:
            closed = _matching(name, at, end, closing)
            return closed is None or closed == end - 1
        if char == closing:
            return opening not in name[start:at]
    return unicodedata.category(char).startswith("P") or char in "•|"


def _matching(name: str, at: int, end: int, closing: str) -> int | None:
    """The index of the bracket that closes the one at `at`, or None."""
    depth = 0
    for index in range(at, end):
        depth += (name[index] == name[at]) - (name[index] == closing)
        if depth == 0:
            return index
    return None
