"""What the rules find: a predicate between the heads of two phrases, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Token

# Rough precision of each pattern as read by hand on development prose; not calibrated.
CONFIDENCE = {
    "object": 0.9,
    "agent": 0.9,
    "copula": 0.85,
    "adjective": 0.8,
    "preposition": 0.75,
    "existence": 0.7,
    "apposition": 0.7,
    "list": 0.7,
    "toponym": 0.8,
    "nominalisation": 0.7,
    "object+preposition": 0.6,
}


@dataclass(frozen=True)
class Relation:
    """Heads of subject and object around a predicate.

    `anchor` is the word it was read from; `has_goal` says that the predicate holds an object too
    ("add mercury to").
    """

    subject: Token
    predicate: str
    object: Token
    anchor: Token
    confidence: float
    has_goal: bool = False
