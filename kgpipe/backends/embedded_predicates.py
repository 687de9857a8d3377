"""Verb phrases over a spaCy parse: the predicate of a clause and who its subject is.

A predicate is lemmatised; passives stay passive ("be contaminated"), particles stay ("carry out"),
a controlling verb stays in front ("aim to reduce"), modals and verbs of seeming are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kgpipe.backends.embedded_phrases import (
    SUBJECTS,
    clause_begun_by,
    coordinated,
    counted,
    is_nominal,
    noun_phrase,
    phrase_text,
)
from kgpipe.backends.embedded_words import OBJECT_CONTROL, QUALIFYING_ADVERBS, REPORTING, SEEMING

if TYPE_CHECKING:
    from spacy.tokens import Token

RELATIVE_PRONOUNS = frozenset({"who", "which", "that", "whom"})
_GIVING = frozenset({"give", "grant", "award", "offer", "deny", "pay", "assign", "issue"})
_EFFORT = frozenset({"work", "serve", "act", "strive", "seek"})
# More links than this are a parser's tangle.
_MAX_CHAIN = 4


def is_predicate(token: Token) -> bool:
    """Whether `token` is the main verb of a clause."""
    if token.pos_ not in {"VERB", "AUX"} or token.dep_ in {"aux", "auxpass", "amod", "compound"}:
        return False
    if token.tag_ == "VBN" and any(child.dep_ == "nsubj" for child in token.children):
        # "Quarries, cleared farmland": a participle that the parser took for a verb.
        return any(child.dep_ in {"aux", "auxpass"} for child in token.children)
    return token.tag_.startswith(("VB", "MD"))


def is_passive(verb: Token) -> bool:
    """Whether the clause of `verb` is passive; a conjunct may share the auxiliary."""
    if any(child.dep_ in {"auxpass", "nsubjpass"} for child in verb.children):
        return True
    if verb.tag_ != "VBN" or any(child.dep_ == "aux" for child in verb.children):
        return False
    if any(child.dep_ == "agent" for child in verb.children):
        return True
    if verb.dep_ == "conj":
        # "was registered and given a number": verbs of giving keep an object in the passive.
        has_object = any(child.dep_ == "dobj" for child in verb.children)
        kept = verb.lemma_ in _GIVING or not has_object
        return is_passive(verb.head) and kept and not own_subjects(verb)
    return verb.dep_ in {"acl", "advcl"}


def verb_text(verb: Token) -> str:
    """The lemmatised verb with its particles; a participle after "be" if the clause is passive."""
    adverbs = [
        child.lower_
        for child in verb.children
        if child.dep_ == "advmod" and child.lower_ in QUALIFYING_ADVERBS and not _is_grouped(child)
    ]
    passive = is_passive(verb)
    if passive:
        words = ["be", *adverbs, verb.lower_]
    else:
        lemma = _lemma(verb)
        words = [lemma, *adverbs] if lemma == "be" else [*adverbs, lemma]
    particles = [
        child.lower_
        for child in verb.rights
        if child.dep_ == "prt" or (passive and _is_stranded(child))
    ]
    return " ".join([*words, *particles])


def _is_grouped(adverb: Token) -> bool:
    """Whether an adverb is part of a larger one ("once again") or joins clauses ("once it ...")."""
    return adverb.i == adverb.head.left_edge.i or any(True for _ in adverb.children)


def _is_stranded(child: Token) -> bool:
    """Whether a preposition behind a passive has lost its object ("was accounted for by")."""
    bare = child.dep_ == "prep" and not any(True for _ in child.children)
    return bare and child.i == child.head.i + 1


def own_subjects(verb: Token) -> list[Token]:
    """Subjects that hang on `verb` itself, coordination not yet split."""
    own = [child for child in verb.children if child.dep_ in SUBJECTS]
    before = verb.left_edge.i - 1
    if not own and verb.dep_ == "conj" and before >= 0:
        noun = verb.doc[before]
        return [noun] if clause_begun_by(noun) == verb else []
    return own


def control_chain(verb: Token) -> list[Token]:
    """`verb` and the verbs or adjectives it is the infinitive of, innermost first."""
    chain = [verb]
    while len(chain) < _MAX_CHAIN:
        last = chain[-1]
        if last.dep_ == "conj" and _is_infinitive(last.head) and not own_subjects(last):
            last = last.head
        is_infinitive = _is_infinitive(last) and last.head.pos_ in {"VERB", "AUX", "ADJ"}
        if not (is_infinitive or last.dep_ == "acomp"):
            break
        chain.append(last.head)
    return chain


def controls_object(verb: Token) -> bool:
    """Whether the object of `verb` is who does the infinitive that follows."""
    has_infinitive = any(child.dep_ in {"xcomp", "ccomp"} for child in verb.rights)
    return verb.lemma_ in OBJECT_CONTROL and has_infinitive


def is_report(verb: Token, verbs: frozenset[str] = REPORTING) -> bool:
    """Whether `verb`, one of `verbs`, only reports its clause ("UNEP states that ...")."""
    has_clause = any(child.dep_ in {"ccomp", "parataxis"} for child in verb.children)
    return has_clause and verb.lemma_.lower() in verbs


def predicate_text(verb: Token) -> str | None:
    """The predicate with what controls it: "aim to reduce"; None if the clause states no fact."""
    words = verb_text(verb)
    inner = verb
    for outer in control_chain(verb)[1:]:
        if outer.lemma_.lower() in SEEMING or inner.dep_ == "acomp":
            inner = outer
            continue
        controlled = [child for child in outer.children if child.dep_ == "dobj"]
        if controlled and outer.lemma_ not in OBJECT_CONTROL:
            # A purpose ("deployed soldiers to stop mining") is no fact, unless a means is used.
            return words if outer.lemma_ == "use" else None
        if inner.tag_ == "VBG" and inner is verb:
            words = words.replace(_lemma(verb), verb.lower_, 1)
        marker = "to " if _is_marked(inner) else ""
        goal = "".join(f"{phrase_text(noun_phrase(child))} " for child in controlled)
        words = f"{_outer_text(outer)} {goal}{marker}{words}"
        inner = outer
    return words


def _is_marked(verb: Token) -> bool:
    """Whether "to" stands before an infinitive, or before the one it is joined to."""
    if any(child.lower_ == "to" for child in verb.lefts):
        return True
    return verb.dep_ == "conj" and verb.tag_ == "VB" and _is_marked(verb.head)


def clause_subjects(verb: Token, *, depth: int = 0) -> tuple[list[Token], str]:
    """Heads of the subjects of `verb` and how they were found.

    Returns:
        The heads, split at coordination, and the pattern: `own`, `relative`, `participle`, `shared`
        (from a coordinated or controlling verb) or `adverbial`; an empty list where none is clear.
    """
    own = own_subjects(verb)
    if own:
        if own[0].lower_ in RELATIVE_PRONOUNS and own[0].pos_ != "NOUN":
            return _antecedent(verb), "relative"
        return [head for subject in own for head in _subject_heads(subject)], "own"
    if depth >= _MAX_CHAIN:
        return [], ""
    if verb.dep_ in {"acl", "relcl"}:
        is_participle = verb.dep_ == "acl" and verb.tag_ in {"VBG", "VBN"}
        return (_antecedent(verb), "participle") if is_participle else ([], "")
    pattern = _inherits(verb)
    if not pattern:
        return [], ""
    inherited, source = clause_subjects(verb.head, depth=depth + 1)
    return inherited, source if source in {"relative", "participle"} else pattern


def _subject_heads(subject: Token) -> list[Token]:
    """The subjects that a noun stands for: those it is joined to, or those that it only counts."""
    names = [
        name
        for child in subject.rights
        if child.dep_ in {"appos", "conj"} and child.pos_ == "PROPN"
        for name in coordinated(child)
    ]
    counts = subject.pos_ == "NUM" or any(child.dep_ == "nummod" for child in subject.lefts)
    if counts and len(names) > 1 and subject.doc[names[0].left_edge.i - 1].text == ",":
        # "Two towns, Aowin and Doko, ..."
        return names
    return coordinated(counted(subject))


def relative_object(verb: Token) -> Token | None:
    """The noun that a relative clause is about, where it is the clause's object."""
    if verb.dep_ != "relcl" or not is_nominal(verb.head):
        return None
    marked = any(c.dep_ == "dobj" and c.lower_ in RELATIVE_PRONOUNS for c in verb.lefts)
    bare = not any(c.dep_ in {"dobj", "attr", "acomp", "advmod", "prep"} for c in verb.children)
    return verb.head if marked or (bare and not is_passive(verb)) else None


def _inherits(verb: Token) -> str:
    """How a verb without a subject shares the subject of its head; "" if it does not."""
    if (verb.dep_ == "conj" or _is_infinitive(verb)) and verb.head.pos_ in {"VERB", "AUX", "ADJ"}:
        return "shared"
    if verb.dep_ == "acomp":
        return "shared"
    has_marker = any(
        child.dep_ == "mark" or child.lower_ == "to" or child.tag_ == "WRB" for child in verb.lefts
    )
    if verb.dep_ == "advcl" and verb.tag_ == "VBG" and verb.head.pos_ in {"VERB", "AUX"}:
        return "" if has_marker else "adverbial"
    return ""


def _is_infinitive(verb: Token) -> bool:
    """Whether `verb` completes its head; after verbs of effort the parser calls it adverbial."""
    return verb.dep_ == "xcomp" or (verb.dep_ == "advcl" and verb.head.lemma_ in _EFFORT)


def _antecedent(verb: Token) -> list[Token]:
    """The noun that a relative or participial clause modifies."""
    clause = verb
    while clause.dep_ == "conj" and clause.head.pos_ in {"VERB", "AUX"}:
        clause = clause.head
    noun = clause.head
    if clause.dep_ not in {"relcl", "acl"} or not is_nominal(noun):
        return []
    return coordinated(noun) if clause.i > noun.right_edge.i else [noun]


def _outer_text(outer: Token) -> str:
    if outer.pos_ == "ADJ":
        return f"be {outer.lower_}"
    return verb_text(outer)


def _lemma(verb: Token) -> str:
    lemma = verb.lemma_.lower()
    # The lemmatiser leaves contracted forms of "be" and "have" as they are.
    return {"'s": "be", "'re": "be", "'m": "be", "'ve": "have", "\u2019s": "be"}.get(lemma, lemma)
