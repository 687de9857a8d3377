"""What limits a statement: negation, hedges, conditions, who said it, when and where.

All are read from the parse around a relation's anchor: its own clause, the verbs that control it
("may begin to use") and the clauses that report it ("UNEP estimates that ...").
Approximate numbers ("about 800 t") are not hedges: the number keeps its word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kgpipe.backends.embedded_arguments import clause_adjuncts, is_place_adjunct
from kgpipe.backends.embedded_phrases import (
    DATE_LABELS,
    NEGATIVE_QUANTIFIERS,
    complements,
    is_date,
    is_nominal,
    noun_phrase,
    phrase_text,
    prepositional_heads,
    prepositional_objects,
)
from kgpipe.backends.embedded_predicates import (
    clause_subjects,
    control_chain,
    is_passive,
    own_subjects,
)
from kgpipe.backends.embedded_relation import Relation
from kgpipe.backends.embedded_words import (
    FACTIVE,
    HEDGING_ADVERBS,
    MODALS,
    SEEMING,
    TELLING,
    TIME_PREPOSITIONS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Token

_FORESEEING = frozenset({"predict", "forecast", "project", "foresee", "posit", "hypothesize"})
_HEDGING_VERBS = (SEEMING - {"report", "know", "say", "consider"}) | {"suggest", "fear", "indicate"}
# What is wished or proposed is not so yet; the lemma of "hopes" is "hop" to the model.
_WISHING = frozenset({
    "hope", "hop", "wish", "want", "intend", "plan", "aim", "propose", "recommend", "demand",
    "request", "urge",
})  # fmt: skip
_HEDGING_VERBS |= _FORESEEING | _WISHING
_CONDITIONS = frozenset({"if", "unless", "provided", "whether"})
_NEGATING = frozenset({"no", "neither"})
# The subject of "it is said that"; and the writers, whose word the whole text is.
_NOBODY = frozenset({"it", "there", "we", "i", "one"})


class Limits(NamedTuple):
    """Qualifiers of one relation.

    `source` is the head of whoever said it, a pronoun perhaps; `told` says that it holds only as
    far as that source can be trusted.
    """

    negated: bool
    hedged: bool
    conditional: bool
    source: Token | None
    told: bool
    time: str | None
    place: str | None


def read_limits(relation: Relation) -> Limits:
    """Read all qualifiers of a relation but its quantity."""
    chain = _verbs(relation.anchor)
    reporters = list(_reporters(relation.anchor))
    denied = _is_negated(chain) or _has_no(relation.anchor)
    phrases = (relation.subject, relation.object)
    return Limits(
        negated=(denied and not _is_contrast(relation.object)) or any(map(_has_no, phrases)),
        hedged=any(map(_is_hedged, chain)) or any(map(_is_hedging_report, reporters)),
        conditional=_is_conditional(relation.anchor),
        source=_source(relation.anchor, reporters),
        told=not reporters or any(verb.lemma_ not in FACTIVE for verb in reporters),
        time=_time(relation, chain),
        place=_place(relation, chain),
    )


def _verbs(anchor: Token) -> list[Token]:
    return control_chain(anchor) if anchor.pos_ in {"VERB", "AUX"} else [anchor]


def _is_negated(chain: Iterable[Token]) -> bool:
    return any(_negates(verb) for verb in chain)


def _negates(verb: Token) -> bool:
    if any(child.dep_ == "neg" or _denies(child) for child in verb.children):
        return True
    # "not regulated or monitored": the negation covers the verb after "or" too.
    joined = any(child.lower_ in {"or", "nor"} for child in verb.head.children)
    return verb.dep_ == "conj" and joined and not own_subjects(verb) and _negates(verb.head)


def _is_contrast(target: Token) -> bool:
    """Whether "but" takes the denial back: "comes not from Peru but from Chile"."""
    phrase = target.head if target.dep_ == "pobj" else target
    first = phrase.left_edge.i
    return first > phrase.sent.start and phrase.doc[first - 1].lower_ == "but"


def _denies(child: Token) -> bool:
    """Whether an adverb or a conjunction denies the verb: "no longer", "neither ... nor"."""
    if child.lower_ == "longer":
        return any(word.lower_ == "no" for word in child.lefts)
    return child.lower_ == "neither" and child.dep_ in {"preconj", "cc", "advmod"}


def _has_no(head: Token) -> bool:
    """Whether the phrase itself denies: "no miners", "none of the miners", "and not an expense"."""
    if head.dep_ == "pobj" and head.head.head.lower_ in NEGATIVE_QUANTIFIERS:
        return True
    denied = any(child.dep_ == "det" and child.lower_ in _NEGATING for child in head.lefts)
    return denied or any(child.dep_ == "neg" for child in head.lefts)


def _is_hedged(verb: Token) -> bool:
    if any(
        child.lower_ in (MODALS if child.dep_ == "aux" else HEDGING_ADVERBS)
        for child in verb.children
        if child.dep_ in {"aux", "advmod"}
    ):
        return True
    seems = any(child.dep_ in {"xcomp", "acomp"} for child in verb.children)
    if verb.lemma_.lower() in _HEDGING_VERBS and (seems or verb.pos_ == "ADJ"):
        return True
    shared = verb.dep_ == "conj" and not any(child.dep_ == "aux" for child in verb.children)
    return shared and not own_subjects(verb) and verb.tag_ == "VB" and _is_hedged(verb.head)


def _is_hedging_report(verb: Token) -> bool:
    # "It was reported that": by nobody in particular.
    nameless = is_passive(verb) and not any(child.dep_ == "agent" for child in verb.children)
    if nameless and verb.lemma_ in {"report", "say"}:
        return True
    return verb.lemma_ in _HEDGING_VERBS or _is_hedged(verb)


def _reporters(anchor: Token) -> Iterator[Token]:
    """Verbs that report the clause of `anchor`, innermost first."""
    token = anchor
    while token.dep_ not in {"ROOT", "relcl", "acl"}:
        if token.dep_ == "ccomp" and token.head.lemma_ in TELLING | _HEDGING_VERBS:
            yield token.head
        token = token.head


def _is_conditional(anchor: Token) -> bool:
    """Whether the clause, or one it completes, stands under or begins with a condition."""
    token = anchor
    while True:
        if any(map(_is_condition, token.children)) or (
            token.dep_ == "advcl" and _is_condition_clause(token)
        ):
            return True
        if token.dep_ not in {"conj", "xcomp", "ccomp", "acomp", "advcl", "relcl"}:
            return False
        token = token.head


def _is_condition(child: Token) -> bool:
    return child.dep_ == "advcl" and _is_condition_clause(child)


def _is_condition_clause(verb: Token) -> bool:
    return any(child.lower_ in _CONDITIONS for child in verb.lefts)


def _source(anchor: Token, reporters: list[Token]) -> Token | None:
    for token in [anchor, *anchor.ancestors]:
        for child in token.children:
            if child.dep_ == "prep" and child.lower_ == "according":
                return _speaker(child)
    for verb in reporters:
        if verb.lemma_ in TELLING:
            for subject in clause_subjects(verb)[0]:
                if subject.dep_ != "nsubjpass" and subject.lower_ not in _NOBODY:
                    return subject
            for child in verb.children:
                if child.dep_ == "agent":
                    return next((head for _, head in prepositional_objects(child)), None)
    return None


def _speaker(according: Token) -> Token | None:
    """Who is meant in "according to him", "according to the bank"."""
    heads = (head for _, head in prepositional_heads(according))
    return next((h for h in heads if is_nominal(h) or h.pos_ == "PRON"), None)


def _time(relation: Relation, chain: list[Token]) -> str | None:
    dates = [
        (preposition, head)
        for preposition, head in _adjuncts(relation, chain)
        if is_date(head) and not _overlaps(head, relation)
    ]
    if not dates or is_date(relation.object):
        return None
    # "rose from 10 t in 2015 to 20 t in 2020": the date that follows most closely.
    at = relation.object.i
    return _time_text(*min(dates, key=lambda d: (d[1].i < at, abs(d[1].i - at))))


def _time_text(preposition: str, head: Token) -> str:
    phrase = noun_phrase(head)
    for entity in head.sent.ents:
        if entity.label_ in DATE_LABELS and entity.start <= head.i < entity.end:
            phrase = entity
    text = phrase_text(phrase)
    if text.split()[0].lower() in {"the", "in", "on", "a"} and len(text.split()) > 1:
        text = text.split(maxsplit=1)[1]
    first = text.split()[0].lower()
    return f"{preposition} {text}" if preposition in TIME_PREPOSITIONS - {first} else text


def _place(relation: Relation, chain: list[Token]) -> str | None:
    for preposition, head in _adjuncts(relation, chain):
        if is_place_adjunct(preposition, head) and not _overlaps(head, relation):
            return phrase_text(noun_phrase(head))
    return None


def _adjuncts(relation: Relation, chain: list[Token]) -> Iterator[tuple[str, Token]]:
    """Adjuncts of the clause and its controlling verbs, then of subject and object."""
    for verb in chain:
        yield from clause_adjuncts(verb)
        for child in verb.children:
            if child.dep_ == "npadvmod" and is_date(child):
                yield "", child
    for head in (relation.object, relation.subject):
        # "from 10 t in 2015": the parser hangs a date on the preposition before the amount too.
        leading = [head.head] if head.dep_ == "pobj" else []
        beside = [c for p in leading for c in p.rights if c.dep_ == "prep" and c.i > head.i]
        for preposition in [*complements(head), *beside]:
            yield from prepositional_objects(preposition)


def _overlaps(head: Token, relation: Relation) -> bool:
    return any(
        phrase.start <= head.i < phrase.end
        for phrase in map(noun_phrase, (relation.subject, relation.object))
    )
