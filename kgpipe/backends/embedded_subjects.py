"""Who a clause is about, where the parser's answer is not the reader's.

The parser hangs a relative clause on the noun before it and a participle on whatever is near.
Agreement in number, the grammar of the copula and who can act at all tell better.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kgpipe.backends.embedded_lexicon import Lexicon, phrase_kind
from kgpipe.backends.embedded_phrases import coordinated, is_nominal, noun_phrase
from kgpipe.backends.embedded_predicates import clause_subjects, is_passive

if TYPE_CHECKING:
    from spacy.tokens import Token

_SINGULAR_VERBS = frozenset({"VBZ"})
_PLURAL_VERBS = frozenset({"VBP"})
_SINGULAR_FORMS = frozenset({"was", "has", "is", "does"})
_PLURAL_FORMS = frozenset({"were", "have", "are", "do"})
_PLURAL_NOUNS = frozenset({"NNS", "NNPS"})
_ACTORS = frozenset({"person", "organisation", "place"})
_ACTOR_LABELS = frozenset({"PERSON", "ORG", "GPE", "NORP"})
# Nouns of agents: "participants", "workers", "analysts".
_AGENTIVE = re.compile(r"(?:er|or|ist|ian|ant|ee|yst|man|men|people|part(?:y|ies))s?$")
# "Demand is projected using models": whoever projects uses them.
_INSTRUMENTAL = frozenset({"use", "employ", "apply", "utilize", "utilise"})
# More steps up a chain of "of" phrases are a parser's tangle.
_MAX_STEPS = 3


def reader_subjects(verb: Token, lexicon: Lexicon) -> tuple[list[Token], str]:
    """Like `clause_subjects`, corrected; no subject where a participle dangles."""
    subjects, source = clause_subjects(verb)
    if source in {"relative", "participle"}:
        subjects = _described(_agreeing(subjects, verb, source))
    if source in {"participle", "adverbial", "shared"} and _dangles(verb, subjects, lexicon):
        return [], ""
    return subjects, source


def described_by(attribute: Token) -> Token | None:
    """What a noun describes: "tin" where "tin is a soft metal" or "tin, a soft metal" says so.

    Returns:
        The subject of the copula or the name beside an apposition; None where the noun describes
        nothing, is denied or has no "a": "the capital" may be another's in the next sentence.
    """
    if not any(child.lower_ in {"a", "an"} for child in attribute.lefts):
        return None
    if attribute.dep_ == "attr":
        verb = attribute.head
        denied = any(child.dep_ == "neg" for child in (*verb.children, *attribute.children))
        subjects = [child for child in verb.lefts if child.dep_ == "nsubj"]
        nominal = (
            len(subjects) == 1 and is_nominal(subjects[0]) and len(coordinated(subjects[0])) == 1
        )
        return subjects[0] if nominal and verb.lemma_ == "be" and not denied else None
    named = attribute.dep_ == "appos" and attribute.head.pos_ == "PROPN"
    return attribute.head if named and attribute.pos_ == "NOUN" else None


def _described(subjects: list[Token]) -> list[Token]:
    """Read "tin is a metal that resists rust" as a statement on tin."""
    if len(subjects) != 1:
        return subjects
    thing = described_by(subjects[0])
    return subjects if thing is None else [thing]


def _agreeing(subjects: list[Token], verb: Token, source: str) -> list[Token]:
    """The noun up the chain that agrees in number with a finite relative clause."""
    plural = _number_of(verb) if source == "relative" else None
    if plural is None or len(subjects) != 1:
        return subjects
    before = verb.doc[max(verb.left_edge.i - 1, 0)]
    inner = [before] if before.dep_ == "pobj" and subjects[0].is_ancestor(before) else []
    agreeing = (
        noun for noun in [*_chain(subjects[0]), *inner] if (noun.tag_ in _PLURAL_NOUNS) == plural
    )
    return [next(agreeing, subjects[0])]


def _chain(noun: Token) -> list[Token]:
    """`noun` and the nouns that it is part of a complement of, innermost first."""
    chain = [noun]
    while len(chain) < _MAX_STEPS:
        preposition = chain[-1].head
        if (
            chain[-1].dep_ != "pobj"
            or preposition.dep_ != "prep"
            or not is_nominal(preposition.head)
        ):
            break
        chain.append(preposition.head)
    return chain


def _number_of(verb: Token) -> bool | None:
    """Whether the finite word of a clause is plural; None where its form does not tell."""
    auxiliaries = [child for child in verb.lefts if child.dep_ in {"aux", "auxpass"}]
    finite = auxiliaries[0] if auxiliaries else verb
    if finite.tag_ in _SINGULAR_VERBS or finite.lower_ in _SINGULAR_FORMS:
        return False
    return True if finite.tag_ in _PLURAL_VERBS or finite.lower_ in _PLURAL_FORMS else None


def _dangles(verb: Token, subjects: list[Token], lexicon: Lexicon) -> bool:
    """Whether a participle has no subject in its sentence ("Using images, the area was mapped").

    So it is with one in front of its clause, and with "taking into account", unless what the
    parser names as its subject can act; behind a passive with the verbs that name a means.
    """
    if verb.tag_ != "VBG":
        return False
    fronted = verb.dep_ == "advcl" and verb.i < verb.head.i
    means = verb.dep_ in {"advcl", "xcomp"} and verb.lemma_ in _INSTRUMENTAL
    if (fronted or means) and is_passive(verb.head):
        return True
    weighing = verb.lemma_ == "take" and any(
        child.dep_ == "prep" and child.lower_ == "into" for child in verb.children
    )
    return (fronted or weighing) and not all(_can_act(noun, lexicon) for noun in subjects)


def _can_act(noun: Token, lexicon: Lexicon) -> bool:
    named = noun.pos_ == "PROPN" or noun.ent_type_ in _ACTOR_LABELS
    kind = phrase_kind(noun_phrase(noun), lexicon)
    return named or kind in _ACTORS or _AGENTIVE.search(noun.lower_) is not None
