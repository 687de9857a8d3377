"""A parsed text with its mentions: the words around each, and whom its sentences are about.

A pronoun, a relative pronoun or "the airport" stands for a name said before; the topic of a text
is the subject of its first sentence.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from kgpipe.backends.schema_mentions import Mention, canonical_names

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

# Between joined things only these stand: they share the words before the first of them.
_JOINING = frozenset({",", "and", "or", "&", ";", "(", "as", "well"})
# Words farther off than this seldom belong to a value.
_WINDOW = 9
_SUBJECT = frozenset({"nsubj", "nsubjpass", "csubj"})
_RELATIVE = frozenset({"which", "who", "that", "whose", "where", "whom"})
_DEFINITE = frozenset({"the", "this", "that", "these", "those", "its", "his", "her", "their"})
_INSIDE = frozenset({"compound", "appos", "poss", "nmod"})
_VERBS = frozenset({"VERB", "AUX"})


def governing(token: Token) -> list[Token]:
    """The words that a token hangs on, up to and with the nearest verb."""
    chain: list[Token] = []
    for ancestor in token.ancestors:
        chain.append(ancestor)
        if ancestor.pos_ in _VERBS:
            break
    return chain


class Text:
    """One parsed paragraph and its mentions in text order."""

    def __init__(self, doc: Doc, mentions: list[Mention]) -> None:
        self.doc = doc
        self.mentions = mentions
        self.names = canonical_names(mentions)
        self.sentences: list[Span] = list(doc.sents)
        self._named: dict[int, int] = {}
        self._nouns: dict[int, int] = {}
        for mention in mentions:
            if mention.entity >= 0:
                tokens = range(mention.start, mention.end)
                target = self._named if mention.named else self._nouns
                target.update(dict.fromkeys(tokens, mention.entity))
        self.subjects: list[int | None] = []
        for sentence in self.sentences:
            self.subjects.append(self._sentence_subject(sentence))

    @cached_property
    def entities(self) -> list[int]:
        """Numbers of the things that may be subjects."""
        return sorted(self.names)

    @cached_property
    def topic(self) -> int | None:
        """What the text is about: its first subject, else its first name."""
        found = next((subject for subject in self.subjects if subject is not None), None)
        first = next((mention.entity for mention in self.mentions if mention.named), None)
        return first if found is None else found

    def head(self, mention: Mention) -> Token:
        """The word of a mention that the others hang on."""
        return self.doc[mention.start : mention.end].root

    def sentence_number(self, token: Token) -> int:
        """Which sentence a token stands in."""
        return next(i for i, sentence in enumerate(self.sentences) if token.i < sentence.end)

    def subject_of(self, number: int) -> int | None:
        """The thing that a sentence is about; None outside the text."""
        return self.subjects[number] if 0 <= number < len(self.subjects) else None

    def left_window(self, index: int) -> range:
        """Tokens between the name or value before a mention and the mention itself.

        Joined things share a window: in "born in Hubei and Zaoyang" both get "born in".
        """
        start = end = self.mentions[index].start
        floor = self._floor(start)
        for other in reversed(self.mentions[:index]):
            if other.end <= floor:
                break
            if other.form == "noun":
                continue
            between = self.doc[other.end : end]
            if not len(between) or not all(t.lower_ in _JOINING or t.is_punct for t in between):
                return range(max(other.end, floor), end)
            start = end = other.start
            floor = self._floor(start)
        return range(floor, end)

    def right_window(self, index: int) -> range:
        """Tokens between a mention and the next name or value."""
        end = self.mentions[index].end
        ceiling = min(self.doc[end - 1].sent.end, end + _WINDOW)
        following = (m.start for m in self.mentions[index + 1 :] if m.form != "noun")
        return range(end, max(end, min(next(following, ceiling), ceiling)))

    def clause_subject(self, token: Token) -> int | None:
        """The subject of the clause that a token is part of, through participles and relatives."""
        number = self.sentence_number(token)
        verb = next((word for word in governing(token) if word.pos_ in _VERBS), None)
        while verb is not None:
            for child in verb.children:
                if child.dep_ in _SUBJECT:
                    return self.thing_of(child, sentence=number)
            if verb.dep_ in {"acl", "relcl"}:
                return self._within(verb.head, number)
            verb = None if verb.head is verb or verb.dep_ == "ROOT" else verb.head
        return None

    def thing_of(self, token: Token, *, sentence: int) -> int | None:
        """The thing that a token names or stands for."""
        if token.i in self._named:
            return self._named[token.i]
        if token.lower_ in _RELATIVE and token.dep_ != "det":
            clause = next((word for word in token.ancestors if word.dep_ == "relcl"), None)
            return None if clause is None else self._within(clause.head, sentence)
        return self._within(token, sentence)

    def _within(self, token: Token, sentence: int) -> int | None:
        """A name that is part of the noun phrase, what it refers back to, or the noun itself."""
        if token.i in self._named:
            return self._named[token.i]
        for child in token.children:
            if child.dep_ in _INSIDE and child.i in self._named:
                return self._named[child.i]
            if child.dep_ == "prep" and child.lower_ == "of":
                inner = next((word.i for word in child.children if word.i in self._named), None)
                if inner is not None:
                    return self._named[inner]
        definite = any(child.lower_ in _DEFINITE for child in token.children)
        if token.i in self._nouns and not definite:
            return self._nouns[token.i]
        before = self.subject_of(sentence - 1) if sentence else None
        if before is None:
            before = next((subject for subject in self.subjects if subject is not None), None)
        return self._nouns.get(token.i) if before is None else before

    def _sentence_subject(self, sentence: Span) -> int | None:
        number = len(self.subjects)
        for child in sentence.root.children:
            if child.dep_ in _SUBJECT:
                return self.thing_of(child, sentence=number)
        return self.subject_of(number - 1)

    def _floor(self, start: int) -> int:
        return max(self.doc[start].sent.start, start - _WINDOW)
