"""The arguments of a verb, each with the predicate that leads to it.

Objects, agents, complements and adjuncts as the parser names them; light verbs ("take place in"),
amounts with their purpose ("spend on training") and purposes of objects ("take measures to
control") belong to the predicate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgpipe.backends.embedded_nouns import is_such_as
from kgpipe.backends.embedded_phrases import (
    PLACE_LABELS,
    complements,
    coordinated,
    is_calendar_date,
    is_date,
    is_nominal,
    noun_phrase,
    phrase_text,
    prepositional_objects,
)
from kgpipe.backends.embedded_predicates import (
    controls_object,
    is_passive,
    own_subjects,
    verb_text,
)
from kgpipe.backends.embedded_words import (
    DATE_PREPOSITIONS,
    DISCOURSE,
    DISCOURSE_PREPOSITIONS,
    LINKING,
    OBJECT_PREPOSITIONS,
    PLACE_PREPOSITIONS,
    PREPOSITION_NOUNS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Token

    # (predicate with preposition, object head, pattern of `CONFIDENCE`)
    Argument = tuple[str, Token, str]

COPULAS = frozenset({"be", "become", "remain"})
# Light verb with its noun: the noun belongs to the predicate ("take place in").
_LIGHT = {
    "take": {"place", "part", "advantage", "care", "effect"},
    "play": {"role", "part"},
    "have": {"effect", "impact", "influence", "access"},
    "make": {"use"},
    "pose": {"risk", "threat"},
}
# Preposition and noun that make an idiom with a verb ("enter into force", "take into account").
_IDIOMS = {
    ("into", "force"),
    ("into", "effect"),
    ("into", "contact"),
    ("into", "account"),
    ("into", "consideration"),
    ("in", "place"),
    ("in", "mind"),
}


def verb_arguments(verb: Token, predicate: str) -> Iterator[Argument]:
    """Yield (predicate with preposition, object head, pattern) for each argument of `verb`."""
    predicate += _idiom(verb)
    objects = _direct_objects(verb)
    light = _light_noun(verb, objects)
    if light is not None:
        yield from _light_arguments(verb, f"{predicate} {light.lower_}", light)
        return
    allocated = list(_allocations(verb, predicate, objects))
    if allocated:
        yield from allocated
        return
    for target in objects:
        purposes = list(_purposes(target, predicate))
        yield from purposes or [(predicate, target, "object")]
    yield from _copular(verb, predicate)
    for child in verb.children:
        if child.dep_ == "agent":
            for words, head in prepositional_objects(child):
                yield f"{predicate} {words}", head, "agent"
        elif child.dep_ == "acomp":
            yield from _adjective(child, predicate)
    yield from _adjuncts(verb, predicate, objects)


def is_place_adjunct(preposition: str, head: Token) -> bool:
    """Whether a prepositional phrase says where something happens."""
    in_place = any(token.ent_type_ in PLACE_LABELS for token in noun_phrase(head))
    return preposition in PLACE_PREPOSITIONS and in_place and not is_date(head)


def clause_adjuncts(verb: Token) -> Iterator[tuple[str, Token]]:
    """Prepositional phrases of a clause: those on the verb and those cut off its object."""
    for child in verb.children:
        if child.dep_ in {"prep", "dative"}:
            yield from prepositional_objects(child)
            for _, head in prepositional_objects(child):
                yield from _loose_adjuncts(head)
        elif child.dep_ in {"dobj", "attr"}:
            for head in coordinated(child):
                for preposition in complements(head):
                    yield from prepositional_objects(preposition)


def _loose_adjuncts(head: Token) -> Iterator[tuple[str, Token]]:
    """Dates and places that the parser hung on a noun, though they belong to the clause."""
    for inner in complements(head):
        for words, loose in prepositional_objects(inner):
            if is_date(loose) or is_place_adjunct(words, loose):
                yield words, loose


def _idiom(verb: Token) -> str:
    return "".join(
        f" {words} {head.lower_}"
        for preposition in _prepositions(verb)
        for words, head in prepositional_objects(preposition)
        if (words, head.lower_) in _IDIOMS
    )


def _allocations(verb: Token, predicate: str, objects: list[Token]) -> Iterator[Argument]:
    """Read "spends 2 million dollars on training" as (spend on training, 2 million dollars)."""
    if len(objects) != 1 or not _is_amount(objects[0]):
        return
    for preposition in [*_prepositions(verb), *complements(objects[0])]:
        for words, head in prepositional_objects(preposition):
            if words in {"to", "on", "for"} and not (is_date(head) or _is_amount(head)):
                purpose = phrase_text(noun_phrase(head))
                yield f"{predicate} {words} {purpose}", objects[0], "object+preposition"


def _purposes(target: Token, predicate: str) -> Iterator[Argument]:
    """Read "take measures to control emissions" as (take measures to control, emissions)."""
    for clause in target.rights:
        infinitive = clause.dep_ in {"acl", "relcl"} and clause.tag_ == "VB"
        if infinitive and not own_subjects(clause):
            words = f"{predicate} {phrase_text(noun_phrase(target))} to {verb_text(clause)}"
            for head in _direct_objects(clause):
                yield words, head, "object+preposition"


def _is_amount(head: Token) -> bool:
    return any(child.dep_ == "nummod" for child in head.lefts) and not is_date(head)


def _direct_objects(verb: Token) -> list[Token]:
    if controls_object(verb):
        # "requires parties to develop plans" is about the plans.
        return []
    objects = [
        head
        for child in verb.rights
        if child.dep_ in {"dobj", "oprd"} or (child.dep_ == "attr" and verb.lemma_ not in COPULAS)
        for head in coordinated(child)
    ]
    if objects or any(child.dep_ in {"prep", "agent", "xcomp", "ccomp"} for child in verb.children):
        return objects
    if is_passive(verb):
        return []
    # "mine and export gold": the first verb shares the object of the next.
    for child in verb.rights:
        between = verb.doc[verb.i + 1 : child.i]
        if child.dep_ == "conj" and all(t.dep_ in {"cc", "punct", "advmod"} for t in between):
            return _direct_objects(child)
    return []


def _copular(verb: Token, predicate: str) -> Iterator[Argument]:
    if verb.lemma_ not in COPULAS:
        return
    for child in verb.rights:
        if child.dep_ != "attr":
            continue
        for head in coordinated(child):
            inner = [p for p in head.rights if p.dep_ == "prep" and p.lower_ in {"of", "to"}]
            bare = not any(part.dep_ in {"amod", "compound"} for part in head.lefts)
            if head.lemma_ in LINKING and inner and bare:
                for words, target in prepositional_objects(inner[0]):
                    yield f"{predicate} {head.lower_} {words}", target, "copula"
            else:
                yield predicate, head, "copula"


def _adjective(adjective: Token, predicate: str) -> Iterator[Argument]:
    for child in adjective.children:
        if child.dep_ == "prep":
            for words, head in prepositional_objects(child):
                if _tells(words, head):
                    yield f"{predicate} {adjective.lower_} {words}", head, "adjective"


def _adjuncts(verb: Token, predicate: str, objects: list[Token]) -> Iterator[Argument]:
    """Prepositional arguments: all of a clause without object, else those that tell more."""
    has_agent = any(child.dep_ == "agent" for child in verb.children)
    changes = {"from", "to"} <= {preposition.lower_ for preposition in _prepositions(verb)}
    for words, head in clause_adjuncts(verb):
        if (words, head.lower_) in _IDIOMS:
            continue
        through, target = _through_noun(words, head)
        if not _tells(through, target):
            continue
        if has_agent and is_place_adjunct(words, head):
            # "polluted in Peru by mines": the place limits the statement, it makes none.
            continue
        if changes and is_date(head):
            # "fell from 9 t in 2008 to 5 t in 2011": each date belongs to its amount.
            continue
        if not objects:
            quality = _quality(verb)
            if quality is not None:
                yield f"{predicate}{quality} {through}", target, "preposition"
        elif (
            words in OBJECT_PREPOSITIONS
            and is_nominal(objects[-1])
            and not (is_date(head) or is_place_adjunct(words, head))
        ):
            goal = phrase_text(noun_phrase(objects[-1]))
            yield f"{predicate} {goal} {through}", target, "object+preposition"
    if not objects:
        yield from _gerunds(verb, predicate)


def _through_noun(words: str, head: Token) -> tuple[str, Token]:
    """Look through the noun of a compound preposition: "in charge of X" is about X."""
    if head.lower_ in PREPOSITION_NOUNS:
        for child in head.rights:
            if child.dep_ == "prep" and child.lower_ in {"of", "with", "to"}:
                for inner, target in prepositional_objects(child):
                    return f"{words} {head.lower_} {inner}", target
    return words, head


def _gerunds(verb: Token, predicate: str) -> Iterator[Argument]:
    """Read "is used for extracting gold" as ("be used for extracting", gold)."""
    for preposition in _prepositions(verb):
        for child in preposition.children:
            if (
                child.dep_ == "pcomp"
                and child.tag_ == "VBG"
                and preposition.lower_ in {"for", "in"}
            ):
                for target in _direct_objects(child):
                    words = f"{predicate} {preposition.lower_} {child.lower_}"
                    yield words, target, "preposition"


def _prepositions(verb: Token) -> list[Token]:
    return [child for child in verb.children if child.dep_ == "prep"]


def _light_noun(verb: Token, objects: list[Token]) -> Token | None:
    nouns = _LIGHT.get(verb.lemma_, set())
    return next((head for head in objects if head.lemma_ in nouns), None)


def _light_arguments(verb: Token, predicate: str, noun: Token) -> Iterator[Argument]:
    """Read "has an impact on rivers" as (have impact on, rivers)."""
    for preposition in [*(c for c in noun.rights if c.dep_ == "prep"), *_prepositions(verb)]:
        for words, head in prepositional_objects(preposition):
            if _tells(words, head):
                yield f"{predicate} {words}", head, "preposition"


def _quality(verb: Token) -> str | None:
    """The adjective of a copula (" common"), "" without one; None where it takes no adjunct."""
    if verb.lemma_ not in COPULAS:
        return ""
    if any(child.dep_ == "attr" for child in verb.children):
        return None
    adjective = next((child for child in verb.children if child.dep_ == "acomp"), None)
    if adjective is None:
        return ""
    # "was able during the week to win": the adjuncts are those of the infinitive.
    leads_on = any(child.dep_ == "xcomp" for child in adjective.children)
    return None if leads_on else f" {adjective.lower_}"


def _tells(preposition: str, head: Token) -> bool:
    """Whether a prepositional phrase is an argument rather than a figure of speech."""
    if is_such_as(head.head):
        return False
    if is_date(head):
        return preposition in DATE_PREPOSITIONS and is_calendar_date(head)
    first = preposition.split(maxsplit=1)[0]
    return head.lemma_.lower() not in DISCOURSE and first not in DISCOURSE_PREPOSITIONS
