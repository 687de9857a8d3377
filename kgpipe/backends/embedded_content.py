"""Whether a statement says something by itself.

"The individual holds the office" is true of any text that names an individual and an office.
What only points at something said elsewhere is no argument of an edge: a bare "amount", the letter
of a paragraph, "such materials" with nothing they could be. Grammar decides, not the domain.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgpipe.backends.embedded_phrases import noun_phrase
from kgpipe.backends.embedded_words import EMPTY, POINTERS, VAGUE

if TYPE_CHECKING:
    from spacy.tokens import Token

_LETTER = re.compile(r"\W*[^\W\d_]\W*")
_ARTICLES = frozenset({"the", "a", "an"})
_CUT_CLAUSES = frozenset({"acl", "relcl"})


def is_pointer(head: Token, text: str) -> bool:
    """Whether a phrase has no content of its own.

    Args:
        head: the noun of the phrase.
        text: the phrase as it would stand in a triple.
    """
    words = text.lower().split()
    if all(word in EMPTY for word in words) or not any(ch.isalnum() for ch in text):
        return True
    # Letters and brackets are left of enumerations: "b", "a)(1".
    if _LETTER.fullmatch(text) or not _is_balanced(text):
        return True
    return not POINTERS.isdisjoint({head.lemma_.lower(), head.lower_}) and not specifiers(head)


def _is_balanced(text: str) -> bool:
    inner = re.sub(r"[^()]", "", text)
    while "()" in inner:
        inner = inner.replace("()", "")
    return not inner


def is_bare(head: Token) -> bool:
    """Whether a phrase is one common noun, with nothing that tells which or of what kind."""
    return head.pos_ == "NOUN" and not specifiers(head)


def tells_nothing(subject: Token, predicate: str, target: Token) -> bool:
    """Whether two bare nouns are joined of which one means something only in its text.

    "Borates are used in ceramics" and "a retort is a furnace" speak of kinds and stay.
    """
    if not (is_bare(subject) and is_bare(target)):
        return False
    if predicate == "be":
        return _is_cut(target)
    return any(_is_cut(head) or _has_article(head) for head in (subject, target))


def _is_cut(head: Token) -> bool:
    """Whether a clause that is no part of the phrase tells which one is meant."""
    return any(child.dep_ in _CUT_CLAUSES for child in head.rights)


def _has_article(head: Token) -> bool:
    return any(child.lower_ in _ARTICLES for child in head.lefts)


def specifiers(head: Token) -> list[Token]:
    """The words of the phrase of `head` that say more than it does."""
    return [
        token
        for token in noun_phrase(head)
        if token != head
        and not token.is_punct
        and token.dep_ not in {"det", "predet", "poss", "case"}
        and token.lower_ not in VAGUE
    ]
