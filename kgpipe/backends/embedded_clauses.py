"""From the parse of a sentence to relations: (subject head, predicate, object head).

The patterns and their confidence stand in `CONFIDENCE`. Each relation keeps the verb it comes
from, so that qualifiers (negation, hedges, time) can be read off later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgpipe.backends.embedded_arguments import (
    COPULAS,
    clause_adjuncts,
    is_place_adjunct,
    verb_arguments,
)
from kgpipe.backends.embedded_nouns import noun_relations
from kgpipe.backends.embedded_phrases import (
    noun_phrase,
)
from kgpipe.backends.embedded_predicates import (
    control_chain,
    is_passive,
    is_predicate,
    is_report,
    predicate_text,
    relative_object,
)
from kgpipe.backends.embedded_relation import CONFIDENCE, Relation
from kgpipe.backends.embedded_subjects import reader_subjects
from kgpipe.backends.embedded_words import (
    GIVEN,
    METADISCOURSE,
    TELLING,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spacy.tokens import Span, Token

    from kgpipe.backends.embedded_arguments import Argument
    from kgpipe.backends.embedded_lexicon import Lexicon

# A subject that is not the verb's own costs certainty.
SUBJECT_FACTOR = {
    "own": 1.0,
    "relative": 0.9,
    "participle": 0.9,
    "shared": 0.9,
    "adverbial": 0.8,
}
_AUXILIARIES = frozenset({"aux", "auxpass"})


def find_relations(sentence: Span, *, lexicon: Lexicon) -> list[Relation]:
    """All relations of a sentence, in the order of their anchors and objects."""
    found: list[Relation] = []
    for token in sentence:
        if is_predicate(token):
            found.extend(_clause_relations(token, lexicon))
        found.extend(noun_relations(token, lexicon.nominalisations))
    return found


def _clause_relations(verb: Token, lexicon: Lexicon) -> Iterator[Relation]:
    predicate = predicate_text(verb)
    if predicate is None:
        return
    subjects, source = reader_subjects(verb, lexicon)
    arguments = list(verb_arguments(verb, predicate))
    if any(child.dep_ == "expl" for child in verb.children):
        yield from _existence(verb)
        return
    if any(map(_is_impersonal, control_chain(verb))) or is_report(verb, TELLING):
        return
    if not subjects:
        yield from _fronted_object(verb, predicate)
        return
    factor = SUBJECT_FACTOR[source]
    subjects = [subject for subject in subjects if not _is_metadiscourse(subject, verb)]
    for subject, (text, listed, pattern) in _distributed(subjects, arguments):
        target = _before_comma(listed)
        first, last = subject, target
        if pattern == "copula" and text == "be" and _is_named_by(subject, target):
            first, last = target, subject
        has_goal = pattern == "object+preposition"
        yield Relation(first, text, last, verb, CONFIDENCE[pattern] * factor, has_goal)
    for subject in subjects if source != "relative" else ():
        yield from _relative_object(verb, subject, predicate)


def _distributed(
    subjects: list[Token], arguments: list[Argument]
) -> Iterator[tuple[Token, Argument]]:
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


def _before_comma(noun: Token) -> Token:
    """The end of a clause that the parser took for a modifier of the next clause's subject.

    "While gas is used by Benin, large stoves are sold": two phrases, not "Benin, large stoves".
    """
    for child in noun.lefts:
        apart = child.right_edge.i + 1 < noun.i and noun.doc[child.right_edge.i + 1].text == ","
        if apart and child.dep_ in {"nmod", "compound"} and child.pos_ in {"NOUN", "PROPN"}:
            return child
    return noun


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
    return named or (is_clausal and (verb.lemma_ in COPULAS or is_passive(verb)))


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
            for text, target, pattern in verb_arguments(verb, predicate):
                yield Relation(child, text, target, verb, CONFIDENCE[pattern])
