"""Words with their offsets, in the folded form in which texts of several languages are compared."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from kgpipe.assets import asset_path

# A number keeps its separators; "doesn't" is "does" and "n't", so that negations stand alone.
_WORD = re.compile(r"\d+(?:[.,]\d+)*|n['\u2019]t\b|[^\W_]+?(?=n['\u2019]t\b)|[^\W_]+")
# Endings in -s that are no plural.
_SINGULAR_ENDINGS = ("ss", "us", "is", "as", "os")


class Token(NamedTuple):
    """The word `text[start:end]` and its folded form."""

    start: int
    end: int
    form: str


def tokenize(text: str) -> list[Token]:
    """Cut `text` into words and numbers; punctuation separates and is not returned."""
    return [Token(match.start(), match.end(), fold(match[0])) for match in _WORD.finditer(text)]


# As many forms as a corpus of a few thousand pages has.
@lru_cache(maxsize=1 << 17)
def fold(word: str) -> str:
    """The word in lower case without accents, in compatibility form."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.replace("\u2019", "'"))
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


@lru_cache(maxsize=1 << 17)
def singular(form: str) -> str:
    """The singular of an English, Spanish or Portuguese plural: rough, but alike every time."""
    if len(form) < 4 or not form.endswith("s"):
        return form
    if form.endswith("ies") and len(form) > 4:
        return form[:-3] + "y"
    if form.endswith(("sses", "xes", "ches", "shes")):
        return form[:-2]
    if form.endswith(_SINGULAR_ENDINGS) and len(form) < 5:
        return form
    return form if form.endswith(("ss", "us", "is")) else form[:-1]


@lru_cache(maxsize=1 << 17)
def are_related(left: str, right: str) -> bool:
    """Whether two folded words share their stem ("contaminated", "contamination").

    Longest common prefix, as no stemmer at hand serves all languages that we read: it may lack at
    most two letters of the shorter word, and the endings are at most five letters.
    """
    if left == right or singular(left) == singular(right):
        return True
    shorter, longer = sorted((left, right), key=len)
    common = 0
    while common < len(shorter) and shorter[common] == longer[common]:
        common += 1
    if len(shorter) < 4:
        return common == len(shorter) > 2 and longer[common:] in ("d", "ed", "ing", "er", "r")
    return common >= max(4, len(shorter) - 2) and len(longer) - common <= 5


@lru_cache(maxsize=8)
def stop_words(language: str = "") -> frozenset[str]:
    """Folded function words of a language (en, es, pt, fr) from `data/text/stopwords.txt`.

    Those of all four without a language; none for a language that is not there.
    """
    lines = asset_path("data/text/stopwords.txt").read_text(encoding="utf-8").splitlines()
    words: set[str] = set()
    for line in lines:
        code, *listed = line.split()
        if code != "#" and language in ("", code):
            words.update(listed)
    return frozenset(words)


def content_tokens(text: str) -> list[Token]:
    """The tokens of `text` that are no function words of any language."""
    ignored = stop_words()
    return [token for token in tokenize(text) if token.form not in ignored]
