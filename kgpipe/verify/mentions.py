"""Whether a stretch of text mentions a thing, by any of its names."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from kgpipe.text.tokens import Token, singular, stop_words, tokenize
from kgpipe.verify.amounts import Amount, find_amounts
from kgpipe.verify.lexicon import synonyms

# "Predator (film)" is mentioned as Predator, "Fort Worth, Texas" as Fort Worth.
_BRACKETS = re.compile(r"\s*\([^()]*\)\s*$")
# A longer name may lack some of its words; shorter ones must be whole ("Republic of the Congo" is
# not "Democratic Republic of the Congo").
_WHOLE_NAME_WORDS = 3
_PROPER_COVERAGE = 0.75
_COMMON_COVERAGE = 0.6
# Words before a name that make another name of it.
_NAME_MODIFIERS = frozenset({
    "democratic", "equatorial", "new", "papua", "north", "south", "east", "west", "northern",
    "southern", "eastern", "western", "central", "upper", "lower", "greater", "non", "anti",
})  # fmt: skip
# Words after a name that leave it the same.
_NAME_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "s"})
# What parts the head of a noun phrase from what follows.
_PHRASE_JOINT = re.compile(
    r"\s(?:of|for|in|on|from|to|with|by|at|near|de|del|do|da|dos|das|para|en|em|du|des)\s"
)
_ARTICLES = frozenset({"the", "a", "an", "el", "la", "los", "las", "o", "os", "as", "le", "les"})
# Above this share of capitalised words a text of so many is a headline, where they say nothing.
_HEADLINE_SHARE = 0.6
_HEADLINE_WORDS = 5
# Family names this short are too often another word.
_SHORT_NAME_CHARS = 4


class Name(NamedTuple):
    """One surface form: its folded singular content words, and whether it is a proper name.

    `required` are the words that no mention may lack: the head of a phrase ("lamps" of "lamps for
    lighting") and the proper names in it.
    """

    words: tuple[str, ...]
    proper: bool
    required: frozenset[str] = frozenset()


class Target(NamedTuple):
    """What to look for: the names of a thing without its numbers, and the numbers."""

    names: tuple[Name, ...]
    amounts: tuple[Amount, ...] = ()


class Mention(NamedTuple):
    """Tokens `first..last` (inclusive) of the text; strength 1 is the whole name."""

    first: int
    last: int
    strength: float


@lru_cache(maxsize=4096)
def read_target(names: tuple[str, ...]) -> Target:
    """The target behind the names of an entity, the claim's own name first."""
    amounts = tuple(find_amounts(names[0]))
    readings = [reading for name in names for reading in _readings(name)]
    return Target(tuple(dict.fromkeys(name for name in readings if name.words)), amounts)


def find_mention(text: str, tokens: Sequence[Token], names: Iterable[Name]) -> Mention | None:
    """The strongest mention of any of `names` in `tokens`, the first of equals."""
    names = tuple(names)
    named = {form for name in names for form in _variants(name)}
    content = [
        (index, form)
        for index, token in enumerate(tokens)
        if (form := singular(token.form)) in named or token.form not in stop_words()
    ]
    best: Mention | None = None
    for name in names:
        found = _find_name(text, tokens, content, name)
        if found and (best is None or found.strength > best.strength):
            best = found
    return best


def family_names(names: Iterable[Name]) -> tuple[Name, ...]:
    """The last word of each proper name of two words or more: how a text names it again."""
    return tuple(
        dict.fromkeys(
            Name(name.words[-1:], True)
            for name in names
            if name.proper and len(name.words) > 1 and len(name.words[-1]) > _SHORT_NAME_CHARS
        )
    )


def _readings(name: str) -> list[Name]:
    short = _BRACKETS.sub("", name)
    forms = [name, short]
    head = short.split(",")[0]
    if head[:1].isupper():
        forms.append(head)
    return [_read_name(form) for form in forms]


def _read_name(name: str) -> Name:
    amounts = find_amounts(name)
    tokens = [
        token
        for token in tokenize(name)
        if not any(amount.start <= token.start < amount.end for amount in amounts)
    ]
    if len(tokens) > 1 and tokens[0].form in _ARTICLES:
        tokens = tokens[1:]
    tokens = [
        token
        for index, token in enumerate(tokens)
        if not _is_function_word(name, token) or (index and _is_letter(name, token))
    ]
    proper = bool(tokens) and all(not name[token.start].islower() for token in tokens)
    words = tuple(dict.fromkeys(singular(token.form) for token in tokens))
    return Name(words, proper, frozenset() if proper else _required(name, tokens))


def _required(name: str, tokens: Sequence[Token]) -> frozenset[str]:
    capitals = {singular(token.form) for token in tokens if not name[token.start].islower()}
    joint = _PHRASE_JOINT.search(name)
    heads = [token for token in tokens if joint is None or token.end <= joint.start()]
    return frozenset(capitals | {singular(token.form) for token in heads[-1:]})


@lru_cache(maxsize=8192)
def _variants(name: Name) -> dict[str, str]:
    """The word of the name that a singular form stands for; synonyms for no proper name."""
    found: dict[str, str] = {}
    if not name.proper:
        for word in name.words:
            found |= dict.fromkeys((singular(form) for form in synonyms(word)), word)
    return found | {word: word for word in name.words}


def _is_function_word(name: str, token: Token) -> bool:
    """Capitals make a name of another language's function word ("Ella", "Para")."""
    language = "en" if name[token.start].isupper() else ""
    return token.form in stop_words(language)


def _is_letter(name: str, token: Token) -> bool:
    """Whether it is the letter of "Annex A"."""
    return token.end - token.start == 1 and name[token.start].isupper()


def _find_name(
    text: str, tokens: Sequence[Token], content: Sequence[tuple[int, str]], name: Name
) -> Mention | None:
    """The run of content words, one longer than the name, that holds most of its words."""
    size = len(name.words)
    variants = _variants(name)
    hits = [
        (place, index, variants[form])
        for place, (index, form) in enumerate(content)
        if form in variants
    ]
    needed = size if size < _WHOLE_NAME_WORDS or (name.proper and size == _WHOLE_NAME_WORDS) else 0
    coverage = _PROPER_COVERAGE if name.proper else _COMMON_COVERAGE
    best: Mention | None = None
    for at, (place, index, _) in enumerate(hits):
        run = [hit for hit in hits[at : at + size + 1] if hit[0] <= place + size]
        met = {word for _, _, word in run}
        share = len(met) / size
        found = Mention(index, run[-1][1], round(share, 3))
        whole_enough = share * size >= needed if needed else share >= coverage
        if not (whole_enough and name.required <= met) or (
            name.proper and _is_longer_name(text, tokens, found)
        ):
            continue
        if best is None or found.strength > best.strength:
            best = found
    return best


def _is_longer_name(text: str, tokens: Sequence[Token], found: Mention) -> bool:
    """Whether it is part of another name ("Equatorial Guinea", "Congo Basin")."""
    if _is_headline(text, tokens):
        return False
    if found.first > 0:
        before = tokens[found.first - 1]
        gap = text[before.end : tokens[found.first].start]
        if gap == "-" or (gap == " " and before.form in _NAME_MODIFIERS):
            return True
    if found.last + 1 < len(tokens):
        after = tokens[found.last + 1]
        gap = text[tokens[found.last].end : after.start]
        capital = text[after.start].isupper() and after.form not in _NAME_SUFFIXES
        return gap in (" ", "-", "/") and capital
    return False


def _is_headline(text: str, tokens: Sequence[Token]) -> bool:
    capitals = sum(text[token.start].isupper() for token in tokens)
    return len(tokens) >= _HEADLINE_WORDS and capitals > _HEADLINE_SHARE * len(tokens)
