"""Turns a claim into a sentence, and into queries for what speaks for or against it."""

import csv
import re
from functools import lru_cache
from typing import NamedTuple

from kgpipe.assets import asset_path
from kgpipe.text.tokens import fold, stop_words, tokenize
from kgpipe.types import Claim
from kgpipe.verify.amounts import find_amounts
from kgpipe.verify.lexicon import opposites

_CAMEL_BORDER = re.compile(r"(?<=[a-z])(?=[A-Z])")
# A predicate of a schema rather than of a sentence: "birthPlace", "birth_place".
_IDENTIFIER = re.compile(r"[^\W\d_]+(?:[A-Z]|_[^\W_])\w*")
# What names nothing that a text could mention, by the reason code.
_NOT_A_NAME = {
    "blank_node": re.compile(r"_:\w*|\S*/\.well-known/genid/\S*"),
    "bare_address": re.compile(r"(?:(?:https?|ftp)://|urn:)\S*"),
    # DBpedia numbers the nodes that it makes of table rows: "Paora_Winitana__1".
    "formatting_residue": re.compile(r"\S+__\d+"),
}
_PLACEHOLDERS = frozenset(
    {"unknown", "null", "nan", "none", "n/a", "na", "tbd", "unspecified", "undefined", "various",
     "et al", "et al.", "see above", "see below", "ibid", "ibid."}
)  # fmt: skip
# Longer names are cut: a query needs their beginning only.
_MAX_NAME_CHARS = 300


class Template(NamedTuple):
    """How a relation is said and asked, with `{subject}` and `{object}`."""

    statement: str
    question: str


def verbalise(claim: Claim) -> str:
    """The claim as a plain sentence: the user's own, that of a template, or its parts in order.

    The templates are those of `data/verify/templates.csv`; an identifier that is not among them
    ("populationTotal") is read as a noun.
    """
    if claim.sentence:
        return claim.sentence
    subject, object_ = clip_name(claim.subject), clip_name(claim.object)
    predicate = spell_predicate(claim.predicate)
    template = _template(claim.predicate)
    if claim.negated or template is None:
        said = " ".join(filter(None, (subject, "not" if claim.negated else "", predicate, object_)))
    else:
        said = _fill(template.statement, subject, object_)
    return " ".join(filter(None, (said, clip_name(claim.place or ""), clip_name(claim.time or ""))))


def lacks_sentence(claim: Claim) -> bool:
    """Whether neither its user nor a template has a sentence for the claim, only its parts."""
    return not claim.sentence and (claim.negated or _template(claim.predicate) is None)


def ask_object(claim: Claim) -> str:
    """The claim without its object, as a question or as its two other parts ("s p ?")."""
    template, subject = _template(claim.predicate), clip_name(claim.subject)
    if template is None:
        return f"{subject} {spell_predicate(claim.predicate)}"
    return _fill(template.question, subject, "")


def ask_rival(claim: Claim, rival: str) -> str:
    """The claim with a rival value in the place of its own ("s p RIVAL").

    A rival amount takes the place of the claimed one and leaves what is counted: "5 t of gold"
    becomes "7 t of gold".
    """
    rivals_amount = bool(find_amounts(rival))
    names_object = not find_amounts(claim.object) and bool(find_amounts(claim.subject))
    end = "subject" if rivals_amount and names_object else "object"
    claimed = claim.subject if end == "subject" else claim.object
    amounts = find_amounts(claimed)
    if rivals_amount and len(amounts) == 1:
        rival = claimed[: amounts[0].start] + rival + claimed[amounts[0].end :]
    return verbalise(claim.model_copy(update={end: rival, "sentence": ""}))


def claim_queries(claim: Claim) -> list[str]:
    """The queries for a claim, most specific first; none if the claim cannot be verified.

    They contrast, so that what speaks against the claim has the same chance to be found. One
    leaves the object out: rival values match it as well as the claimed one does. One says the
    opposite of the predicate, where a word of it has one. One leaves the predicate out, since texts
    put it in other words.
    """
    if why_unverifiable(claim):
        return []
    subject, object_ = clip_name(claim.subject), clip_name(claim.object)
    opposed = oppose_predicate(claim.predicate)
    queries = (
        verbalise(claim),
        ask_object(claim),
        f"{subject} {object_}",
        f"{subject} {opposed} {object_}" if opposed else "",
    )
    return [query for query in dict.fromkeys(queries) if query]


def is_verifiable(claim: Claim) -> bool:
    """Whether texts could say whether the claim holds."""
    return not why_unverifiable(claim)


def why_unverifiable(claim: Claim) -> str:
    """The reason why no search is worth spending on the claim, "" if one is.

    Returns:
        blank_node, bare_address, formatting_residue, placeholder or empty_name for an end that
        names nothing; empty_predicate; same_ends or vacuous for what says nothing.
    """
    for name in (claim.subject, claim.object):
        if reason := _why_no_name(name):
            return reason
    subject, predicate, object_ = (
        [token.form for token in tokenize(part)]
        for part in (claim.subject, spell_predicate(claim.predicate), claim.object)
    )
    if not predicate:
        return "empty_predicate"
    if predicate in (subject, object_):
        return "vacuous"
    return "same_ends" if subject == object_ else ""


def oppose_predicate(predicate: str) -> str:
    """The predicate with a word replaced by its opposite ("prohibits" by "allow"), or ""."""
    words = spell_predicate(predicate).split()
    for at, word in enumerate(words):
        if found := opposites(fold(word)):
            return " ".join([*words[:at], found[0], *words[at + 1 :]])
    return ""


def spell_predicate(predicate: str) -> str:
    """A predicate as words: "birthPlace" and "birth_place" are "birth place"."""
    words = _CAMEL_BORDER.sub(" ", predicate).replace("_", " ")
    return " ".join(words.split())


def _why_no_name(name: str) -> str:
    name = name.strip()
    for reason, pattern in _NOT_A_NAME.items():
        if pattern.fullmatch(name):
            return reason
    if name.casefold() in _PLACEHOLDERS:
        return "placeholder"
    said = any(token.form not in stop_words("en") for token in tokenize(name))
    return "" if said else "empty_name"


def _template(predicate: str) -> Template | None:
    spelled = spell_predicate(predicate)
    known = _templates().get(" ".join(fold(word) for word in spelled.split()))
    if known or not _IDENTIFIER.fullmatch(predicate.strip()):
        return known
    return None if any(fold(word) in stop_words("en") for word in spelled.split()) else Template(
        f"The {spelled.lower()} of {{subject}} is {{object}}",
        f"What is the {spelled.lower()} of {{subject}}?",
    )  # fmt: skip


@lru_cache(maxsize=1)
def _templates() -> dict[str, Template]:
    with asset_path("data/verify/templates.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["predicate"]: Template(row["statement"], row["question"])
            for row in csv.DictReader(file)
        }


def _fill(pattern: str, subject: str, object_: str) -> str:
    # Not `format`, as names may hold braces.
    parts = re.split(r"(\{subject\}|\{object\})", pattern)
    return "".join({"{subject}": subject, "{object}": object_}.get(part, part) for part in parts)


def clip_name(name: str) -> str:
    """As much of a name as a query needs, on one line."""
    return " ".join(name[:_MAX_NAME_CHARS].split())
