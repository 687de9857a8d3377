"""Relations that noun phrases state without a verb.

Appositions ("Lima, the capital of Peru"), lists ("metals such as mercury"), places within places
("Kumamoto, Japan") and nominalisations ("contamination of rivers by mercury").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgpipe.backends.embedded_content import specifiers
from kgpipe.backends.embedded_phrases import (
    PLACE_LABELS,
    coordinated,
    is_date,
    is_nominal,
    noun_phrase,
    prepositional_objects,
)
from kgpipe.backends.embedded_relation import CONFIDENCE, Relation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spacy.tokens import Token


# What these govern need not have happened ("prevent the contamination of rivers by mercury").
_NON_FACTIVE = frozenset({"prevent", "avoid", "prohibit", "ban", "forbid", "stop", "fear"})


def noun_relations(
    token: Token, nominalisations: Mapping[str, tuple[str, str]]
) -> Iterator[Relation]:
    """Relations that `token`, a noun or a preposition, states by itself.

    Args:
        token: any word of a sentence.
        nominalisations: noun -> (verb, preposition of what the verb is done to).
    """
    yield from _apposition(token)
    yield from _toponym(token)
    yield from _list_items(token)
    if token.lemma_ in nominalisations:
        yield from _nominalisation(token, *nominalisations[token.lemma_])


def is_such_as(preposition: Token) -> bool:
    """Whether `preposition` is the "as" of "such as"."""
    such = any(child.lower_ == "such" for child in preposition.children)
    return preposition.lower_ == "as" and such


def _apposition(noun: Token) -> Iterator[Relation]:
    """Read "Lima, the capital of Peru" as (Lima, be, capital of Peru); skip acronyms."""
    for child in noun.children:
        if child.dep_ != "appos" or not (is_nominal(noun) and is_nominal(child)):
            continue
        # An apposition farther off belongs to another noun or to a list.
        gap = child.left_edge.i - noun_phrase(noun).end
        if gap not in {0, 1} or not _describes(noun, child):
            continue
        name, role = (child, noun) if child.pos_ == "PROPN" else (noun, child)
        if name == child and role.tag_ == "NNS" and _is_bracketed(child):
            # "past wars (the Boer War, the Crimean War)": examples rather than another name.
            for head in coordinated(name):
                yield Relation(role, "include", head, child, CONFIDENCE["list"])
            continue
        for head in coordinated(role):
            yield Relation(name, "be", head, child, CONFIDENCE["apposition"])


def _describes(noun: Token, other: Token) -> bool:
    """Whether an apposition pairs a name with a description of some content."""
    if {noun.pos_, other.pos_} != {"PROPN", "NOUN"} or is_date(noun) or is_date(other):
        return False
    name, role = (noun, other) if noun.pos_ == "PROPN" else (other, noun)
    # "Lima, a city of Peru"; the phrase of the first of two nouns holds the other.
    bare = len(noun_phrase(role)) == 1 and not any(child.dep_ == "prep" for child in role.rights)
    if bare or any(child.dep_ == "nummod" for child in role.children):
        return False
    return not (name.is_upper and _is_bracketed(other))


def _is_bracketed(noun: Token) -> bool:
    """Whether a bracket opens right before the phrase of `noun`."""
    return noun.left_edge.i > 0 and noun.doc[noun.left_edge.i - 1].text == "("


def _list_items(preposition: Token) -> Iterator[Relation]:
    """Read "toxic metals such as mercury" as (toxic metals, include, mercury)."""
    listing = preposition.lower_ == "including" or is_such_as(preposition)
    if preposition.dep_ != "prep" or not listing:
        return
    general = preposition.head
    if not is_nominal(general) or not specifiers(general):
        return
    for _, head in prepositional_objects(preposition):
        if any(child.dep_ == "nummod" for child in head.lefts):
            # "the waste, including 5 t from cars": an amount is no kind.
            continue
        yield Relation(general, "include", head, preposition, CONFIDENCE["list"])


def _toponym(place: Token) -> Iterator[Relation]:
    """Read "Kumamoto, Japan" as (Kumamoto, be located in, Japan)."""
    # Behind a preposition a foreign name is a place, whatever the small model takes it for.
    if place.pos_ != "PROPN" or not (place.ent_type_ in PLACE_LABELS or place.dep_ == "pobj"):
        return
    for child in place.rights:
        is_place = child.ent_type_ in PLACE_LABELS and child.pos_ == "PROPN"
        comma = child.left_edge.i > 0 and child.doc[child.left_edge.i - 1].text == ","
        if child.dep_ == "appos" and is_place and comma:
            confidence = CONFIDENCE["toponym"]
            yield Relation(place, "be located in", child, child, confidence)


def _nominalisation(noun: Token, verb: str, preposition: str) -> Iterator[Relation]:
    """Read "contamination of rivers by mercury" as (mercury, contaminate, rivers)."""
    if noun.pos_ != "NOUN" or any(word.lemma_ in _NON_FACTIVE for word in noun.ancestors):
        return
    patients = list(_objects_of(noun, preposition))
    # The parser hangs "by" on either of the nouns before it.
    agents = [agent for head in (noun, *patients) for agent in _objects_of(head, "by")]
    agents = agents or [child for child in noun.lefts if _is_possessor(child)]
    for agent in agents:
        for patient in patients:
            yield Relation(agent, verb, patient, noun, CONFIDENCE["nominalisation"])


def _objects_of(noun: Token, preposition: str) -> Iterator[Token]:
    for child in noun.rights:
        if child.dep_ in {"prep", "agent"} and child.lower_ == preposition:
            yield from (head for _, head in prepositional_objects(child) if not is_date(head))


def _is_possessor(child: Token) -> bool:
    return child.dep_ == "poss" and is_nominal(child) and not is_date(child)
