"""Open reading of a sentence: triples in the words of the text, one for each attachment.

Where `embedded_clauses` keeps what is worth an edge of a graph, this reading keeps every argument
of every clause, pronouns included: (He, became a justice of, the High Court). An adjunct is joined
to the verb and its complement, not to the adjuncts before it, after the clause types of ClausIE
(Del Corro and Gemulla, WWW 2013, section 3); a complement of a noun is joined to the words that
lead to it, which makes of n-ary facts the nested ones of BenchIE (section 3.1 of its paper).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kgpipe.backends.embedded_phrases import (
    coordinated,
    is_date,
    is_nominal,
    left_edge,
    noun_phrase,
    prepositional_heads,
)
from kgpipe.backends.embedded_predicates import (
    clause_subjects,
    control_chain,
    is_predicate,
    is_report,
    own_subjects,
    relative_object,
)
from kgpipe.backends.embedded_words import DISCOURSE, PREPOSITION_NOUNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from spacy.tokens import Span, Token

    from kgpipe.backends.embedded_phrases import Words

# A longer chain of attachments is a parser's tangle.
_MAX_DEPTH = 3
_COMPLEMENTS = frozenset({"dobj", "attr", "oprd", "acomp"})
_AUXILIARIES = frozenset({"aux", "auxpass", "neg"})
_PREPOSITIONS = frozenset({"prep", "agent", "dative"})
_EDGES = " ,;:.`'\"\u2018\u2019\u201c\u201d"


class SurfaceTriple(NamedTuple):
    """A statement in the words of the sentence, in the order in which they are read."""

    subject: str
    predicate: str
    object: str


def surface_triples(sentence: Span) -> list[SurfaceTriple]:
    """All triples of a sentence, in the order of its verbs, without repetition."""
    readings = (reading for verb in sentence if is_predicate(verb) for reading in _read(verb))
    triples = (SurfaceTriple(*map(words_text, reading)) for reading in readings)
    return [triple for triple in dict.fromkeys(triples) if all(triple)]


def words_text(words: Iterable[Token]) -> str:
    """Join words as they stand in the text; quotes and punctuation around them are left out."""
    text, before = "", None
    for token in words:
        apart = before is not None and (token.i != before.i + 1 or before.whitespace_)
        text += f" {token.text}" if apart else token.text
        before = token
    return text.strip(_EDGES)


def verb_group(verb: Token) -> Words:
    """The verb with its auxiliaries, negation and particles, and with the verbs that control it."""
    own = [child for child in verb.children if child.dep_ in _AUXILIARIES and child.i < verb.i]
    own += [child for child in verb.rights if child.dep_ in {"prt", "neg"}]
    if verb.dep_ == "conj" and verb.tag_ == verb.head.tag_ and not own_subjects(verb) and not own:
        # "were mobilized and recalled": the auxiliary stands once.
        own = [child for child in verb.head.lefts if child.dep_ in _AUXILIARIES]
    words = sorted({verb, *own})
    chain = control_chain(verb)
    if len(chain) == 1:
        return tuple(words)
    controlled = [c for c in chain[1].rights if c.dep_ in {"dobj", "acomp"} and c.i < verb.i]
    goals = [word for child in controlled if child not in chain for word in surface_phrase(child)]
    return (*verb_group(chain[1]), *goals, *words)


def surface_phrase(head: Token) -> Words:
    """The noun phrase of `head` with its determiner and with "of" complements."""
    has_of = any(child.lower_ == "of" for child in head.rights)
    if head.pos_ in {"PRON", "DET"} and not has_of:
        return (head,)
    return tuple(head.doc[left_edge(head) : max(head.i + 1, noun_phrase(head).end)])


def _read(verb: Token) -> Iterator[tuple[Words, Words, Words]]:
    subjects = clause_subjects(verb)[0] or [c for c in verb.children if c.dep_ == "expl"]
    fronted = relative_object(verb)
    for subject in subjects:
        complements = [fronted] if fronted is not None and fronted != subject else None
        for predicate, target in _arguments(verb, verb_group(verb), complements):
            yield surface_phrase(subject), predicate, target


def _arguments(
    verb: Token, group: Words, complements: list[Token] | None = None
) -> Iterator[tuple[Words, Words]]:
    """Yield (predicate, argument) for each argument of `verb`, whose words are `group`."""
    heads = complements or _complements(verb)
    cores = [(*group, *_complement_words(head)) for head in heads] or [group]
    for head in heads:
        if not _is_control(head):
            yield group, _complement_words(head)
            yield from _attachments(group, head)
    for core in cores:
        for child in verb.children:
            yield from _adjuncts(core, child)
    if is_report(verb):
        yield from ((group, _content(c)) for c in verb.rights if c.dep_ == "ccomp")


def _content(clause: Token) -> Words:
    """The words of a reported clause up to the one joined to it."""
    end = next((c.i for c in clause.rights if c.dep_ == "cc"), clause.right_edge.i + 1)
    return tuple(clause.doc[clause.left_edge.i : end])


def _complements(verb: Token) -> list[Token]:
    return [
        head
        for child in verb.rights
        if child.dep_ in _COMPLEMENTS
        for head in (coordinated(child) if is_nominal(child) else [child])
    ]


def _complement_words(head: Token) -> Words:
    if head.pos_ == "ADJ":
        return tuple(head.doc[head.left_edge.i : head.i + 1])
    return surface_phrase(head)


def _is_control(head: Token) -> bool:
    """Whether an adjective only leads to an infinitive ("were able to reinforce")."""
    return head.dep_ == "acomp" and any(child.dep_ == "xcomp" for child in head.children)


def _adjuncts(core: Words, child: Token) -> Iterator[tuple[Words, Words]]:
    """What `child` of a verb adds to `core`, the verb with its complement."""
    if child.dep_ in _PREPOSITIONS:
        yield from _prepositional(core, child)
    elif child.dep_ == "npadvmod":
        yield core, surface_phrase(child)
    elif child.dep_ == "advmod" and any(c.dep_ == "npadvmod" for c in child.children):
        # "five years later"
        yield core, tuple(child.doc[child.left_edge.i : child.i + 1])
    elif child.dep_ == "advcl":
        yield from _infinitive(core, child)


def _infinitive(core: Words, verb: Token) -> Iterator[tuple[Words, Words]]:
    """A purpose or content: "uses funds to select grants"."""
    marker = next((child for child in verb.lefts if child.lower_ == "to"), None)
    if marker is None or own_subjects(verb) or marker.i < core[0].i:
        return
    yield from _arguments(verb, (*core, *verb.doc[marker.i : verb.i + 1]))


def _prepositional(
    core: Words, preposition: Token, depth: int = 0
) -> Iterator[tuple[Words, Words]]:
    for words, head in prepositional_heads(preposition):
        predicate = (*core, *words)
        if not _leads_on(head):
            yield predicate, surface_phrase(head)
        yield from _attachments(predicate, head, depth + 1)
    for child in preposition.children:
        if child.dep_ == "pcomp" and child.tag_ == "VBG":
            yield from _arguments(child, (*core, preposition, *verb_group(child)))
        elif child.dep_ == "prep" and any(c.dep_ == "pobj" for c in preposition.children):
            # "from 1970 to 1985"
            yield from _prepositional(core, child, depth)


def _attachments(core: Words, head: Token, depth: int = 0) -> Iterator[tuple[Words, Words]]:
    """Complements of a noun, joined to `core` and the noun's own words."""
    if depth >= _MAX_DEPTH:
        return
    words = (*core, *head.doc[left_edge(head) : head.i + 1])
    for child in head.rights:
        if child.dep_ == "prep":
            yield from _prepositional(words, child, depth)
        elif child.dep_ in {"acl", "relcl"}:
            yield from _infinitive(words, child)


def _leads_on(head: Token) -> bool:
    """Whether a noun is part of a compound preposition or a turn of phrase, not an argument."""
    bare = left_edge(head) == head.i or head.doc[left_edge(head)].lower_ in {"a", "the"}
    inner = any(child.dep_ == "prep" for child in head.rights)
    if head.lower_ in PREPOSITION_NOUNS and bare and inner:
        return True
    return bare and not is_date(head) and head.lower_ in DISCOURSE and not inner
