"""Puts a query's words into another language, by a table of the domain's terms.

What the table lacks goes through unchanged if it is a name or a number, which all languages
share; as the word that its ending makes of it ("contamination", "contaminacion") if regular;
and is left out otherwise. The result is a bag of words for a search engine, no sentence.
"""

import csv
from collections.abc import Iterator, Sequence
from functools import lru_cache

from kgpipe.assets import asset_path
from kgpipe.ids import content_digest, content_id
from kgpipe.text.tokens import Token, fold, singular, stop_words, tokenize
from kgpipe.verify.lexicon import inflect

# The languages of the table, beside English.
TRANSLATED = ("es", "pt")
_FILES = ("terms.csv", "cognates.csv")
# A shorter stem before a regular ending is hardly the same word in two languages.
_MIN_STEM = 3


def translation_digest() -> str:
    """A hash of the tables, for fingerprints."""
    return content_id(
        "terms",
        *(content_digest(asset_path(f"data/verify/{name}").read_bytes()) for name in _FILES),
    )


def translate(query: str, language: str) -> str:
    """The words of an English query in `language` (es, pt), "" if none is known there.

    All translations of a term are given: the search engine ranks what has any of them.
    """
    tokens = tokenize(query)
    words: list[str] = []
    known = False
    at = 0
    while at < len(tokens):
        length, found = _longest_term(tokens, at, language)
        if found:
            words += found
            known = True
        else:
            kept, translated = _single(query, tokens[at], language)
            words += kept
            known = known or translated
        at += length
    return " ".join(dict.fromkeys(words)) if known else ""


def translate_name(name: str, language: str) -> tuple[str, ...]:
    """What the table calls a whole name in `language`, first choice first; () if nothing."""
    return _terms(language).get(tuple(singular(token.form) for token in tokenize(name)), ())


def names_abroad(name: str, language: str) -> tuple[str, ...]:
    """What a name is called in `language`: by the table, or as the regular form of its one word."""
    found = translate_name(name, language)
    one_word = len(tokenize(name)) == 1
    return found or (tuple(translate(name, language).split()) if one_word else ())


def _longest_term(tokens: Sequence[Token], at: int, language: str) -> tuple[int, tuple[str, ...]]:
    """The longest term of the table that starts at a token: how many tokens, and what it is."""
    terms = _terms(language)
    for length in range(min(_longest(language), len(tokens) - at), 0, -1):
        forms = tuple(token.form for token in tokens[at : at + length])
        found = terms.get((*forms[:-1], singular(forms[-1]))) or terms.get(forms)
        if found:
            return length, found
    return 1, ()


def _single(query: str, token: Token, language: str) -> tuple[list[str], bool]:
    """A word that the table lacks: as it is, as its cognate, or not at all; whether translated."""
    if token.form in stop_words("en"):
        return [], False
    name = query[token.start].isupper() or token.form[0].isdecimal()
    cognate = "" if token.form[0].isdecimal() else _cognate(token.form, language)
    return [word for word in (token.form if name else "", cognate) if word], bool(cognate)


def _cognate(form: str, language: str) -> str:
    stem = singular(form)
    for ending, foreign in _endings(language):
        if stem.endswith(ending) and len(stem) - len(ending) >= _MIN_STEM:
            return stem.removesuffix(ending) + foreign
    return ""


@lru_cache(maxsize=4)
def _terms(language: str) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Folded English words to what they are called; verbs and plurals in their regular forms."""
    table: dict[tuple[str, ...], tuple[str, ...]] = {}
    for row in _rows("terms.csv"):
        words = tuple(fold(word) for word in row["en"].replace("-", " ").split())
        said = tuple(row[language].split("|"))
        forms = inflect(words[-1]) if len(words) == 1 else [words[-1], singular(words[-1])]
        for form in forms:
            # An inflected form never hides a word of the table ("rate", "rated").
            table.setdefault((*words[:-1], form), said)
        table[words] = said
    return table


@lru_cache(maxsize=4)
def _longest(language: str) -> int:
    return max(map(len, _terms(language)))


@lru_cache(maxsize=4)
def _endings(language: str) -> list[tuple[str, str]]:
    """English endings and foreign ones, the longest first."""
    pairs = [(row["en"], row[language]) for row in _rows("cognates.csv")]
    return sorted(pairs, key=lambda pair: -len(pair[0]))


def _rows(name: str) -> Iterator[dict[str, str]]:
    with asset_path(f"data/verify/{name}").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
