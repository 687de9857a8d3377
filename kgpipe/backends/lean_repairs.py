"""Mends what small models get wrong alike, from the words that they copied."""

import re
from typing import NamedTuple

from kgpipe.text.cues import cue_words
from kgpipe.text.tokens import Token, stop_words, tokenize

# Between a predicate and its object: a preposition of two words and an article.
_MOST_BETWEEN = 3


class Named(NamedTuple):
    """The three parts of a fact."""

    subject: str
    predicate: str
    object: str


def mend_fact(fact: Named, *, copied: str, language: str) -> Named | None:
    """The fact with its subject first, its clitic and its preposition, as the copied words tell.

    "Se notificaron al registro 330 casos": what stands behind the verb and "a" is no subject. "Fue
    hallado en el parque": models leave the preposition out of both the predicate and the object.

    Returns:
        None where the subject is none, and the words do not tell which is.
    """
    turned = _turned(fact, copied, language)
    return turned and _with_preposition(_with_clitic(turned, copied, language), copied, language)


def _turned(fact: Named, copied: str, language: str) -> Named | None:
    """Subject and object changed over where the subject stands behind the verb as an object does.

    Either as its dative, or right behind it with the object right before it ("Peru has mines").
    """
    if _is_object(fact, copied, language):
        return Named(fact.object, fact.predicate, fact.subject)
    between = _between(copied, fact.predicate, fact.subject)
    datives = cue_words("dative", language)
    if not between or between[0].form not in datives or not _is_grammar(between, language):
        return fact
    if _between(copied, fact.subject, fact.object) != []:
        return None
    return Named(fact.object, f"{fact.predicate} {between[0].form}", fact.subject)


def _is_object(fact: Named, copied: str, language: str) -> bool:
    """Whether the words read object, predicate, subject, with nothing but articles between."""
    before = _between(copied, fact.object, fact.predicate)
    behind = _between(copied, fact.predicate, fact.subject)
    articles = stop_words(language) - cue_words("joint", language)
    return before == [] and behind is not None and all(w.form in articles for w in behind)


def _with_clitic(fact: Named, copied: str, language: str) -> Named:
    """The predicate with its reflexive: "se notificaron" names nobody who did it."""
    for clitic in cue_words("clitic", language):
        found = re.search(rf"\b({clitic}) {re.escape(fact.predicate)}\b", copied, re.IGNORECASE)
        if found:
            return fact._replace(predicate=f"{found[1].lower()} {fact.predicate}")
    return fact


def _with_preposition(fact: Named, copied: str, language: str) -> Named:
    between = _between(copied, fact.predicate, fact.object)
    joints = cue_words("joint", language)
    if not between or between[0].form not in joints or not _is_grammar(between, language):
        return fact
    preposition = [t.form for t in between if t.form in joints]
    return fact._replace(predicate=" ".join([fact.predicate, *preposition]))


def _is_grammar(words: list[Token], language: str) -> bool:
    """Whether they are a preposition and an article at most."""
    grammar = cue_words("joint", language) | stop_words(language)
    return len(words) <= _MOST_BETWEEN and all(word.form in grammar for word in words)


def _between(text: str, left: str, right: str) -> list[Token] | None:
    """The words between two names in a text; None if they do not follow each other there."""
    first = re.search(rf"\b{re.escape(left)}\b", text, re.IGNORECASE)
    if not first:
        return None
    second = re.compile(rf"\b{re.escape(right)}\b", re.IGNORECASE).search(text, first.end())
    if not second or re.search(r"[,;:.()]", text[first.end() : second.start()]):
        return None
    return tokenize(text[first.end() : second.start()])
