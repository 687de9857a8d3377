"""Who "it", "they", "the company" or "these rivers" are: the nearest compatible earlier mention.

A salience rule after Lappin and Leass (1994, Computational Linguistics 20:4), reduced to sentence
distance, grammatical role and agreement in number and kind. What has no antecedent is dropped by
the caller: a triple about an unknown "it" helps nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kgpipe.backends.embedded_content import specifiers
from kgpipe.backends.embedded_lexicon import Lexicon, phrase_kind
from kgpipe.backends.embedded_phrases import (
    is_date,
    is_nominal,
    is_partitive,
    noun_phrase,
    phrase_text,
)
from kgpipe.backends.embedded_subjects import described_by
from kgpipe.backends.embedded_words import CONTRASTIVE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from spacy.tokens import Span, Token

    from kgpipe.types import Kind

# Antecedents farther back than this many sentences are guesses.
_MAX_SENTENCES = 2
_SINGULAR = frozenset({"it", "its"})
_PLURAL = frozenset({"they", "them", "their"})
_PERSONAL = frozenset({"he", "she", "him", "her", "his"})
_UNRESOLVED = frozenset({"itself", "themselves", "himself", "herself"})
_QUOTES = frozenset({'"', "\u201c", "\u201d", "\u2018", "\u00ab"})
_CLOSING = frozenset({'"', "\u201d", "\u00bb"})
_DEMONSTRATIVE = frozenset({"this", "that", "these", "those", "such"})
_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_OBJECTS = frozenset({"dobj", "attr"})
_PLURAL_TAGS = frozenset({"NNS", "NNPS"})


@dataclass(frozen=True)
class Mention:
    """A noun phrase of the chunk that a later anaphor may refer to.

    A description of something named ("tin is a soft metal") has the text of the name and the
    `lemma` of the description. `distinct` says that its words tell more than the noun does,
    `open` that it is an anaphor itself ("these figures"), for the reader to follow from `head`.
    """

    head: Token

    sentence: int
    block: int
    start: int
    text: str
    lemma: str
    kind: Kind
    role: str
    plural: bool
    named: bool
    clause: int
    distinct: bool
    open: bool


def is_anaphor(head: Token, lexicon: Lexicon) -> bool:
    """Whether the phrase of `head` means something only with its antecedent."""
    if is_partitive(head):
        return False
    if head.pos_ in {"PRON", "DET"} or head.tag_ in {"WDT", "WP", "EX"}:
        return True
    determiners = {child.lower_ for child in head.lefts if child.dep_ in {"det", "predet"}}
    if determiners & _DEMONSTRATIVE or head.lower_ in {"former", "latter"}:
        return True
    bare = "the" in determiners and len(noun_phrase(head)) == 1 and not _is_restricted(head)
    return bare and _anaphor_kind(head, lexicon) is not None


def inner_anaphor(head: Token) -> Token | None:
    """The noun in the complement of `head` that is only pointed at ("release of these metals").

    A name ("objective of this Convention") and a noun whose clause follows mean enough.
    """
    pointers = (token for token in noun_phrase(head) if token.lower_ in _DEMONSTRATIVE)
    for token in pointers:
        noun = token.head
        inside = noun.pos_ == "NOUN" and noun != head and head.is_ancestor(noun)
        if inside and token.dep_ in {"det", "predet", "amod"} and not _is_restricted(noun):
            return noun
    return None


def stands_for_noun(head: Token) -> bool:
    """Whether `head` is the "those" of "lakes of Peru and those of Chile"."""
    return head.lower_ in {"that", "those"} and _has_of(head)


def noun_stood_for(head: Token) -> Token | None:
    """The nearest noun before `head` in its sentence that has an "of" and its number too."""
    plural = head.lower_ == "those"
    earlier = (token for token in reversed(head.doc[head.sent.start : head.i]) if _has_of(token))
    return next((noun for noun in earlier if (noun.tag_ in _PLURAL_TAGS) == plural), None)


def _has_of(head: Token) -> bool:
    return any(child.lower_ == "of" for child in head.rights)


def is_definite(head: Token) -> bool:
    """Whether a phrase is "the" and one noun, with nothing behind it that says which one."""
    if head.pos_ not in {"NOUN", "PROPN"} or head.text.isupper() or len(noun_phrase(head)) > 1:
        return False
    # "Lima is the capital" says what Lima is.
    predicative = head.dep_ in {"attr", "appos", "oprd"}
    closed = {child.dep_ for child in head.rights} & {"acl", "relcl", "prep", "appos"}
    return not predicative and not closed and any(child.lower_ == "the" for child in head.lefts)


def same_noun(head: Token, mentions: Iterable[Mention], offset: int) -> Mention | None:
    """The nearest earlier mention with the noun of a definite `head` and more words.

    Head match, one of the precise sieves of Raghunathan et al. (EMNLP 2010).
    """
    clause = _clause(head, offset)
    return max(
        (
            mention
            for mention in mentions
            if mention.start < offset + head.idx
            and mention.distinct
            and mention.lemma == head.lemma_.lower()
            and mention.plural == _is_plural(head)
            and mention.clause != clause
        ),
        key=lambda mention: mention.start,
        default=None,
    )


def possessor(head: Token) -> Token | None:
    """Whose the subject `head` is, where only a word before it tells: "its plan", "whose plan".

    Returns:
        The pronoun, which still has to be resolved, or the noun that a relative clause is about.
    """
    owner = next((child for child in head.lefts if child.dep_ == "poss"), None)
    if owner is None or head.dep_ not in _SUBJECTS or owner.tag_ not in {"PRP$", "WP$"}:
        return None
    if owner.tag_ == "PRP$":
        return owner
    clause = next((verb for verb in head.ancestors if verb.dep_ == "relcl"), None)
    return clause.head if clause is not None and is_nominal(clause.head) else None


def find_mentions(sentence: Span, number: int, offset: int, lexicon: Lexicon) -> list[Mention]:
    """Mentions of a sentence; `offset` turns its character positions into the chunk's."""
    return [
        _mention(token, number, offset, lexicon)
        for token in sentence
        if is_nominal(token)
        and token.dep_ not in {"compound", "nmod", "nummod", "amod", "npadvmod", "quantmod"}
        and not is_date(token)
        and not token.like_num
    ]


def resolve(
    head: Token, mentions: Iterable[Mention], sentence: int, offset: int, lexicon: Lexicon
) -> Mention | None:
    """The antecedent of the anaphor headed by `head` in sentence number `sentence`, or None."""
    if head.lower_ in _UNRESOLVED or (head.pos_ == "PRON" and _is_spoken(head)):
        return None
    fitting = [
        mention
        for mention in mentions
        if mention.start < offset + head.idx
        and not (mention.sentence == sentence and mention.clause == _clause(head, offset))
        and _agrees(head, mention, lexicon)
    ]
    if head.pos_ not in {"PRON", "DET"}:
        fitting = [m for m in fitting if not m.open]
    else:
        # Within its own sentence a pronoun refers to a subject or an object.
        fitting = [m for m in fitting if m.sentence < sentence or m.role != "oblique"]
        fitting = [m for m in fitting if not m.text[:1].isdigit()]
        # Across a paragraph border only the sentence right before it is near.
        fitting = [m for m in fitting if m.block == offset or sentence - m.sentence == 1]
    near = [mention for mention in fitting if sentence - mention.sentence <= _MAX_SENTENCES]
    if head.pos_ not in {"PRON", "DET"} and not _is_clear(head, near or fitting):
        return None
    pool = near if head.pos_ in {"PRON", "DET"} else near or fitting
    return max(
        pool,
        key=lambda m: (_salience(head, m, sentence - m.sentence), m.start),
        default=None,
    )


def _is_clear(head: Token, fitting: list[Mention]) -> bool:
    """Whether "the region" can only be one of the names at hand."""
    same_noun = {mention.text for mention in fitting if mention.lemma == head.lemma_.lower()}
    return bool(same_noun) or len({mention.text for mention in fitting}) == 1


def _is_spoken(head: Token) -> bool:
    """Whether `head` stands in direct speech, whose pronouns refer to what was not quoted."""
    before = head.doc[head.sent.start : head.i].text.lstrip()
    return before[:1] in _QUOTES and not any(mark in before[1:] for mark in _CLOSING)


def _is_restricted(head: Token) -> bool:
    """Whether a clause right behind the noun says which one it is ("the company that ...")."""
    return any(c.dep_ in {"acl", "relcl"} and c.left_edge.i == head.i + 1 for c in head.rights)


def _mention(token: Token, number: int, offset: int, lexicon: Lexicon) -> Mention:
    anaphoric = is_anaphor(token, lexicon)
    name = described_by(token)
    if name is None or is_anaphor(name, lexicon) or not (specifiers(name) or _is_name(name)):
        name = token
    phrase = noun_phrase(name)
    return Mention(
        head=token,
        sentence=number,
        block=offset,
        start=offset + token.idx,
        text=phrase_text(phrase),
        lemma=token.lemma_.lower(),
        kind=phrase_kind(phrase, lexicon),
        role=_role(token),
        plural=_is_plural(token),
        named=not anaphoric and any(t.pos_ == "PROPN" for t in phrase),
        clause=_clause(token, offset),
        distinct=not anaphoric and (name != token or _is_distinct(token)),
        open=anaphoric or is_definite(token),
    )


def _is_name(token: Token) -> bool:
    return token.pos_ == "PROPN"


def _is_distinct(token: Token) -> bool:
    """Whether a phrase tells more than its noun and is not set apart from another of the kind."""
    # Inside a name the head is another: "Parties" of "Conference of the Parties".
    before = (word for word in noun_phrase(token) if word.i < token.i)
    said = [] if any(word.dep_ == "prep" for word in before) else specifiers(token)
    determiners = [child for child in token.lefts if child.dep_ == "det"]
    contrast = any(word.lower_ in CONTRASTIVE for word in (*determiners, *said))
    return not contrast and any(word.is_alpha and not word.like_num for word in said)


def _agrees(head: Token, mention: Mention, lexicon: Lexicon) -> bool:
    word = head.lower_
    if word in _PERSONAL:
        return mention.kind == "person" and not mention.plural
    if word in _SINGULAR:
        return not mention.plural and mention.kind not in {"person", "quantity", "date"}
    if word in _PLURAL:
        return mention.plural and mention.kind not in {"quantity", "date"}
    if head.pos_ in {"PRON", "DET"}:
        return False
    if mention.lemma == head.lemma_.lower():
        more = mention.distinct or len(mention.text.split()) > 1
        return more and mention.plural == _is_plural(head)
    wanted = _anaphor_kind(head, lexicon)
    same_number = mention.plural == _is_plural(head)
    named = mention.named or wanted in {"substance", "process"}
    return wanted is not None and mention.kind == wanted and same_number and named


def _salience(head: Token, mention: Mention, distance: int) -> float:
    """Nearer sentences first, then subjects, then the same role as the anaphor's."""
    weight = {"subject": 1.0, "object": 0.5}.get(mention.role, 0.0)
    if mention.role == _role(head):
        weight += 1.5
    if mention.lemma == head.lemma_.lower():
        weight += 4.0
    return weight + (0.5 if mention.named else 0.0) - 2.0 * distance


def _anaphor_kind(head: Token, lexicon: Lexicon) -> Kind | None:
    return lexicon.anaphors.get(head.lemma_.lower())


def _is_plural(token: Token) -> bool:
    if is_partitive(token):
        # "Most of the miners": as many as are counted.
        return any(
            t.tag_ in _PLURAL_TAGS for c in token.rights if c.dep_ == "prep" for t in c.rights
        )
    return token.tag_ in _PLURAL_TAGS or any(child.dep_ == "conj" for child in token.children)


def _role(token: Token) -> str:
    """The role of a noun; that of its "which" counts if it is the better one."""
    relative = (word for verb in token.rights if verb.dep_ == "relcl" for word in verb.lefts)
    leads = any(word.dep_ in _SUBJECTS and word.tag_ in {"WDT", "WP"} for word in relative)
    if token.dep_ in _SUBJECTS or leads:
        return "subject"
    return "object" if token.dep_ in _OBJECTS else "oblique"


def _clause(token: Token, offset: int) -> int:
    """Chunk position of the verb that `token` depends on: its clause."""
    for ancestor in token.ancestors:
        if ancestor.pos_ in {"VERB", "AUX"}:
            return offset + ancestor.idx
    return offset + token.sent.root.idx
