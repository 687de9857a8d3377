"""From the parse of a sentence to relations: (subject head, predicate, object head).

The patterns and their confidence stand in `CONFIDENCE`. Each relation keeps the verb it comes
from, so that qualifiers (negation, hedges, time) can be read off later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgpipe.backends.embedded_nouns import is_such_as, noun_relations
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
    clause_subjects,
    control_chain,
    controls_object,
    is_passive,
    is_predicate,
    is_report,
    predicate_text,
    relative_object,
)
from kgpipe.backends.embedded_relation import CONFIDENCE, Relation
from kgpipe.backends.embedded_words import (
    DATE_PREPOSITIONS,
    DISCOURSE,
    DISCOURSE_PREPOSITIONS,
    GIVEN,
    LINKING,
    METADISCOURSE,
    OBJECT_PREPOSITIONS,
    PLACE_PREPOSITIONS,
    PREPOSITION_NOUNS,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Span, Token

    from kgpipe.backends.embedded_lexicon import Lexicon

# A subject that is not the verb's own costs certainty.
SUBJECT_FACTOR = {
    "own": 1.0,
    "relative": 0.9,
    "participle": 0.9,
    "shared": 0.9,
    "adverbial": 0.8,
}
# (predicate with preposition, object head, pattern)
_Argument = tuple[str, "Token", str]
_AUXILIARIES = frozenset({"aux", "auxpass"})
_COPULAS = frozenset({"be", "become", "remain"})
# Light verb with its noun: the noun belongs to the predicate ("take place in").
_LIGHT = {
    "take": {"place", "part", "advantage", "care", "effect"},
    "play": {"role", "part"},
    "have": {"effect", "impact", "influence", "access"},
    "make": {"use"},
    "pose": {"risk", "threat"},
}
_FIXED = {("into", "force"), ("into", "effect"), ("in", "place"), ("into", "contact")}


def find_relations(sentence: Span, *, lexicon: Lexicon) -> list[Relation]:
    """All relations of a sentence, in the order of their anchors and objects."""
    found: list[Relation] = []
    for token in sentence:
        if is_predicate(token):
            found.extend(_clause_relations(token))
        found.extend(noun_relations(token, lexicon.nominalisations))
    return found


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


def _clause_relations(verb: Token) -> Iterator[Relation]:
    predicate = predicate_text(verb)
    if predicate is None:
        return
    subjects, source = clause_subjects(verb)
    arguments = list(_arguments(verb, predicate))
    if any(child.dep_ == "expl" for child in verb.children):
        yield from _existence(verb)
        return
    if any(map(_is_impersonal, control_chain(verb))) or is_report(verb):
        return
    if not subjects:
        yield from _fronted_object(verb, predicate)
        return
    factor = SUBJECT_FACTOR[source]
    subjects = [subject for subject in subjects if not _is_metadiscourse(subject, verb)]
    for subject, (text, target, pattern) in _distributed(subjects, arguments):
        first, last = subject, target
        if pattern == "copula" and text == "be" and _is_named_by(subject, target):
            first, last = target, subject
        yield Relation(first, text, last, verb, CONFIDENCE[pattern] * factor)
    for subject in subjects:
        yield from _relative_object(verb, subject, predicate)


def _distributed(
    subjects: list[Token], arguments: list[_Argument]
) -> Iterator[tuple[Token, _Argument]]:
    """Pair subjects with arguments: each with each, or in order where as many numbers follow.

    "Tambopata and Manu lost 16 ha and 9 ha" says one number of each.
    """
    for subject_rank, subject in enumerate(subjects):
        for argument in arguments:
            alike = [other for other in arguments if other[0] == argument[0]]
            numbered = all(any(word.like_num for word in noun_phrase(a[1])) for a in alike)
            paired = len(subjects) == len(alike) > 1 and numbered
            if not paired or alike.index(argument) == subject_rank:
                yield subject, argument


def _is_named_by(subject: Token, target: Token) -> bool:
    """Whether the subject only describes what the attribute names ("The town is Doko")."""
    return subject.pos_ == "NOUN" and target.pos_ == "PROPN" and noun_phrase(target)[-1] == target


def _is_metadiscourse(subject: Token, verb: Token) -> bool:
    """Whether a clause is about the text itself: "This note quotes ...", "Figures are given in"."""
    lemma = subject.lemma_.lower()
    on_text = lemma in METADISCOURSE or (lemma in GIVEN and is_passive(verb))
    if not on_text or verb.tag_ == "VBD":
        return False
    auxiliaries = [child for child in verb.children if child.dep_ in _AUXILIARIES]
    past = any(word.tag_ == "VBD" or word.lemma_ == "have" for word in auxiliaries)
    specifying = (
        word
        for word in noun_phrase(subject)
        if word != subject and (word.dep_ in {"compound", "nmod"} or word.pos_ == "PROPN")
    )
    return not past and all(word.lower_ in METADISCOURSE for word in specifying)


def _is_impersonal(verb: Token) -> bool:
    """Whether "it" refers to nothing: "it is Minerven that ...", "it is difficult to ..."."""
    if not any(child.lower_ == "it" for child in verb.children if child.dep_.startswith("nsubj")):
        return False
    clauses = {"ccomp", "xcomp", "csubj", "relcl", "acl"}
    attributes = [child for child in verb.children if child.dep_ in {"attr", "acomp"}]
    named = any(child.pos_ == "PROPN" for child in attributes)
    parts = [child for part in (verb, *attributes) for child in part.children]
    is_clausal = any(child.dep_ in clauses for child in parts)
    return named or (is_clausal and (verb.lemma_ in _COPULAS or is_passive(verb)))


def _arguments(verb: Token, predicate: str) -> Iterator[_Argument]:
    """Yield (predicate with preposition, object head, pattern) for each argument of `verb`."""
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
        yield predicate, target, "object"
    yield from _copular(verb, predicate)
    for child in verb.children:
        if child.dep_ == "agent":
            for words, head in prepositional_objects(child):
                yield f"{predicate} {words}", head, "agent"
        elif child.dep_ == "acomp":
            yield from _adjective(child, predicate)
    yield from _adjuncts(verb, predicate, objects)


def _allocations(verb: Token, predicate: str, objects: list[Token]) -> Iterator[_Argument]:
    """Read "spends 2 million dollars on training" as (spend on training, 2 million dollars)."""
    if len(objects) != 1 or not _is_amount(objects[0]):
        return
    for preposition in [*_prepositions(verb), *complements(objects[0])]:
        for words, head in prepositional_objects(preposition):
            if words in {"to", "on", "for"} and not (is_date(head) or _is_amount(head)):
                purpose = phrase_text(noun_phrase(head))
                yield f"{predicate} {words} {purpose}", objects[0], "object+preposition"


def _is_amount(head: Token) -> bool:
    return any(child.dep_ == "nummod" for child in head.lefts) and not is_date(head)


def _direct_objects(verb: Token) -> list[Token]:
    if controls_object(verb):
        # "requires parties to develop plans" is about the plans.
        return []
    objects = [
        head
        for child in verb.rights
        if child.dep_ in {"dobj", "oprd"} or (child.dep_ == "attr" and verb.lemma_ not in _COPULAS)
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


def _copular(verb: Token, predicate: str) -> Iterator[_Argument]:
    if verb.lemma_ not in _COPULAS:
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


def _adjective(adjective: Token, predicate: str) -> Iterator[_Argument]:
    for child in adjective.children:
        if child.dep_ == "prep":
            for words, head in prepositional_objects(child):
                if _tells(words, head):
                    yield f"{predicate} {adjective.lower_} {words}", head, "adjective"


def _adjuncts(verb: Token, predicate: str, objects: list[Token]) -> Iterator[_Argument]:
    """Prepositional arguments: all of a clause without object, else those that tell more."""
    fixed = ""
    for words, head in clause_adjuncts(verb):
        if (words, head.lower_) in _FIXED:
            fixed = f" {words} {head.lower_}"
            continue
        through, target = _through_noun(words, head)
        if not _tells(through, target):
            continue
        if not objects:
            quality = _quality(verb)
            if quality is not None:
                yield f"{predicate}{quality}{fixed} {through}", target, "preposition"
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


def _gerunds(verb: Token, predicate: str) -> Iterator[_Argument]:
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


def _existence(verb: Token) -> Iterator[Relation]:
    """Read "There are 500,000 miners in Peru" as (500,000 miners, be in, Peru)."""
    for child in verb.rights:
        if child.dep_ not in {"attr", "nsubj"}:
            continue
        for words, head in clause_adjuncts(verb):
            if is_place_adjunct(words, head):
                yield Relation(child, f"be {words}", head, verb, CONFIDENCE["existence"])


def _relative_object(verb: Token, subject: Token, predicate: str) -> Iterator[Relation]:
    """Read "the mercury that miners use" as (miners, use, mercury)."""
    target = relative_object(verb)
    if target is not None and target != subject:
        confidence = CONFIDENCE["object"] * SUBJECT_FACTOR["relative"]
        yield Relation(subject, predicate, target, verb, confidence)


def _fronted_object(verb: Token, predicate: str) -> Iterator[Relation]:
    """A gerund as subject: "Burning amalgam releases vapour"."""
    for child in verb.lefts:
        if child.dep_ == "csubj" and child.tag_ == "VBG":
            for text, target, pattern in _arguments(verb, predicate):
                yield Relation(child, text, target, verb, CONFIDENCE[pattern])


def _prepositions(verb: Token) -> list[Token]:
    return [child for child in verb.children if child.dep_ == "prep"]


def _light_noun(verb: Token, objects: list[Token]) -> Token | None:
    nouns = _LIGHT.get(verb.lemma_, set())
    return next((head for head in objects if head.lemma_ in nouns), None)


def _light_arguments(verb: Token, predicate: str, noun: Token) -> Iterator[_Argument]:
    """Read "has an impact on rivers" as (have impact on, rivers)."""
    for preposition in [*(c for c in noun.rights if c.dep_ == "prep"), *_prepositions(verb)]:
        for words, head in prepositional_objects(preposition):
            if _tells(words, head):
                yield f"{predicate} {words}", head, "preposition"


def _quality(verb: Token) -> str | None:
    """The adjective of a copula (" common"), "" without one; None after "is a treaty"."""
    if verb.lemma_ not in _COPULAS:
        return ""
    if any(child.dep_ == "attr" for child in verb.children):
        return None
    return next((f" {child.lower_}" for child in verb.children if child.dep_ == "acomp"), "")


def _tells(preposition: str, head: Token) -> bool:
    """Whether a prepositional phrase is an argument rather than a figure of speech."""
    if is_such_as(head.head):
        return False
    if is_date(head):
        return preposition in DATE_PREPOSITIONS and is_calendar_date(head)
    first = preposition.split(maxsplit=1)[0]
    return head.lemma_.lower() not in DISCOURSE and first not in DISCOURSE_PREPOSITIONS
