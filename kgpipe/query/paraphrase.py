"""Other words for the words of a question: synonyms, and English for Spanish and Portuguese.

The tables are those that verification searches with: `data/verify/synonyms.csv`, `terms.csv`.
"""

import csv
from collections import defaultdict
from functools import lru_cache

from kgpipe.assets import asset_path
from kgpipe.text.tokens import Token, singular, stop_words, tokenize

_ABROAD = ("es", "pt")


def synonyms(word: str) -> frozenset[str]:
    """Folded singular words that may stand for `word`, itself included if the table has it."""
    return _synonyms().get(word, frozenset())


def translate_question(text: str) -> str:
    """A Spanish or Portuguese question with English for the terms that the table has, else "".

    What the table lacks stays, as names and numbers do. It is a language of its own, but near
    enough to English for embeddings of English texts.
    """
    tokens = tokenize(text)
    forms = [token.form for token in tokens]
    foreign = sum(any(form in stop_words(code) for code in _ABROAD) for form in forms)
    if foreign <= sum(form in stop_words("en") for form in forms):
        return ""
    words: list[str] = []
    at = 0
    while at < len(tokens):
        size, english = _longest_term(tokens, at)
        words.append(english or text[tokens[at].start : tokens[at].end])
        at += size
    return " ".join(words)


def _longest_term(tokens: list[Token], at: int) -> tuple[int, str]:
    """How many tokens from `at` on are a term, and its English name; (1, "") for none."""
    for size in range(min(_terms_size(), len(tokens) - at), 0, -1):
        key = " ".join(singular(token.form) for token in tokens[at : at + size])
        if found := _terms().get(key):
            return size, found
    return 1, ""


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    with asset_path("data/verify/synonyms.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            words = {singular(word) for word in row["words"].split()}
            for word in words:
                found[word] |= words
    return {word: frozenset(words) for word, words in found.items()}


@lru_cache(maxsize=1)
def _terms() -> dict[str, str]:
    """The English name of each foreign term; of several the first in the alphabet."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    with asset_path("data/verify/terms.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for term in (term for code in _ABROAD for term in row[code].split("|")):
                key = " ".join(singular(token.form) for token in tokenize(term))
                if key:
                    found[key].add(row["en"])
    return {key: min(names) for key, names in found.items()}


@lru_cache(maxsize=1)
def _terms_size() -> int:
    """Words of the longest term."""
    return max(len(key.split()) for key in _terms())
