"""Features of the things of a text as subject of a relation whose object has been found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kgpipe.backends.schema_mentions import Form, Mention
from kgpipe.backends.schema_objects import EXPECTED, RelationTable, token_stems

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kgpipe.backends.schema_text import Text

    Floats = NDArray[np.float64]

_FORMS: tuple[Form, ...] = ("country", "place", "person", "organisation", "name", "noun")
_LINKS = (
    # Whether grammar makes it the subject of the object's clause, sentence, text, ...
    "clause_subject", "sentence_subject", "topic", "previous_subject", "governing_noun",
    # ... where it stands from the object ...
    "same_sentence", "nearest_left", "nearest_right", "adjacent", "only_after", "distance",
    "possessive", "of_after", "before_agent",
    # ... how often it is named, and whether the relation's words stand between the two.
    "share", "cues_before", "cues_after",
)  # fmt: skip
SUBJECT_FEATURES = (
    *_LINKS, *(f"{form}<{expected}" for form in _FORMS for expected in EXPECTED),
)  # fmt: skip
_BETWEEN = frozenset({",", "(", "in", "-", "\u2013", "'s", "\u2019s", "at", "the", "of"})
_HANGING = frozenset({"pobj", "poss", "compound", "appos", "nmod"})
# Mentions farther apart are equally far.
_FAR = 6


def subject_features(text: Text, index: int, relation: int, table: RelationTable) -> Floats:
    """Features of each of `text.entities` as subject of mention `index`; shape (S, F)."""
    mention = text.mentions[index]
    roles = _roles(text, mention)
    expected = EXPECTED.index(table.profiles[relation].expected)
    features = np.zeros((len(text.entities), len(SUBJECT_FEATURES)))
    for row, entity in enumerate(text.entities):
        own = [other for other in text.mentions if other.entity == entity]
        links = [float(role == entity) for role in roles] + _positions(text, mention, own)
        links += [len(own) / len(text.mentions), *_cues(text, mention, own, relation, table)]
        features[row, : len(links)] = links
        form = _FORMS.index(own[0].form)
        features[row, len(links) + form * len(EXPECTED) + expected] = 1.0
    return features


def _roles(text: Text, mention: Mention) -> list[int | None]:
    head = text.head(mention)
    number = text.sentence_number(head)
    noun = head.head if head.dep_ in _HANGING else head
    return [
        text.clause_subject(head),
        text.subject_of(number),
        text.topic,
        text.subject_of(number - 1),
        text.thing_of(noun.head, sentence=number),
    ]


def _positions(text: Text, mention: Mention, own: list[Mention]) -> list[float]:
    doc = text.doc
    sentence = doc[mention.start].sent
    inside = [m for m in own if sentence.start <= m.start < sentence.end]
    names = [
        m for m in text.mentions
        if m.named and m is not mention and sentence.start <= m.start < sentence.end
    ]  # fmt: skip
    left = [m for m in names if m.end <= mention.start]
    right = [m for m in names if m.start >= mention.end]
    before = [m for m in inside if m.end <= mention.start]
    after = [m for m in inside if m.start >= mention.end]
    gap = doc[before[-1].end : mention.start] if before else None
    at = text.mentions.index(mention)
    distance = min(abs(text.mentions.index(m) - at) for m in own)
    by_agent = bool(mention.start) and doc[mention.start - 1].lower_ == "by"
    return [
        float(bool(inside)),
        float(bool(left) and left[-1] in own),
        float(bool(right) and right[0] in own),
        float(gap is not None and all(token.lower_ in _BETWEEN for token in gap)),
        float(bool(after) and not before),
        min(distance, _FAR) / _FAR,
        float(any(m.end < len(doc) and doc[m.end].tag_ == "POS" for m in before)),
        float(any("of" in {t.lower_ for t in doc[max(m.start - 2, 0) : m.start]} for m in after)),
        float(by_agent and bool(before)),
    ]


def _cues(
    text: Text, mention: Mention, own: list[Mention], relation: int, table: RelationTable
) -> list[float]:
    """Share of the relation's words between the nearest own mention and the object, each side."""
    before = [range(m.end, mention.start) for m in own if m.end <= mention.start][-1:]
    after = [range(mention.end, m.start) for m in own if m.start >= mention.end][:1]
    return [
        float(table.coverage("name", token_stems(text.doc, spans[0]))[relation]) if spans else 0.0
        for spans in (before, after)
    ]
