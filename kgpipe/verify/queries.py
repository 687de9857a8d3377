"""Turns a claim into a sentence, and into queries for what speaks for or against it."""

import re

from kgpipe.text.tokens import stop_words, tokenize
from kgpipe.types import Claim

_CAMEL_BORDER = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Blank nodes and bare addresses name nothing that a text could mention.
_NOT_A_NAME = re.compile(r"_:\w*|https?://\S*")
# Longer names are cut: a query needs their beginning only.
_MAX_NAME_CHARS = 300


def verbalise(claim: Claim) -> str:
    """The claim as a plain sentence: the user's own, or its parts in order."""
    if claim.sentence:
        return claim.sentence
    parts = [
        _clipped(claim.subject),
        "not" if claim.negated else "",
        spell_predicate(claim.predicate),
        _clipped(claim.object),
        _clipped(claim.place or ""),
        _clipped(claim.time or ""),
    ]
    return " ".join(part for part in parts if part)


def claim_queries(claim: Claim) -> list[str]:
    """The queries for a claim, most specific first; none if the claim cannot be verified.

    One leaves the object out, so that a rival value has the same chance to be found as the claimed
    one; one leaves the predicate out, since texts put it in other words.
    """
    if not is_verifiable(claim):
        return []
    subject, object_ = _clipped(claim.subject), _clipped(claim.object)
    predicate = spell_predicate(claim.predicate)
    queries = (verbalise(claim), f"{subject} {predicate}", f"{subject} {object_}")
    return list(dict.fromkeys(queries))


def is_verifiable(claim: Claim) -> bool:
    """Whether subject and object are names that a text could mention."""
    return all(
        _NOT_A_NAME.fullmatch(name.strip()) is None
        and any(token.form not in stop_words("en") for token in tokenize(name))
        for name in (claim.subject, claim.object)
    )


def spell_predicate(predicate: str) -> str:
    """A predicate as words: "birthPlace" and "birth_place" are "birth place"."""
    words = _CAMEL_BORDER.sub(" ", predicate).replace("_", " ")
    return " ".join(words.split())


def _clipped(name: str) -> str:
    return " ".join(name[:_MAX_NAME_CHARS].split())
