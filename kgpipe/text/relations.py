"""When two wordings are one relation: by a schema's wordings, or by meaning with vetoes.

Embeddings put "prohibits" next to "allows" and "is the child of" next to "is the parent of". So
wordings are one only if they also agree in voice, preposition, negation, modality and number, and
if no listed pair of words ("buy", "sell") turns the one into a rival or the inverse of the other.
"""

import csv
import re
from collections.abc import Sequence
from functools import lru_cache

from kgpipe.assets import asset_path
from kgpipe.ids import content_digest
from kgpipe.schema import Schema, SchemaRelation
from kgpipe.text.predicates import canonical_predicate

_RIVALS = ("data/dedupe/rival_relations.csv", "data/verify/opposites.csv")
# Words that decide about direction, polarity or force: they must be the same in both.
_DECISIVE_WORDS = """
    by of to from in on at into onto through over under between against without with within for
    about after before during since until near along across toward towards out up down off above
    below not no never neither may might can could should must will would cannot than as
"""
_DECISIVE = frozenset(_DECISIVE_WORDS.split())
_PASSIVE = re.compile(r"^(?:\w+ )*?be \w+(?:ed|en|wn|ne|ld|de|ght|t)\b")


def relation_data_digests() -> list[str]:
    """Digests of the lists that the vetoes read, for fingerprints."""
    return [content_digest(asset_path(name).read_bytes()) for name in _RIVALS]


def match_wording(predicate: str, schema: Schema) -> SchemaRelation | None:
    """The relation of a schema whose name, label or other wording a predicate is, else None."""
    return _wordings(schema).get(canonical_predicate(predicate))


@lru_cache(maxsize=8)
def _wordings(schema: Schema) -> dict[str, SchemaRelation]:
    found: dict[str, SchemaRelation] = {}
    for relation in schema.relations:
        for wording in (relation.label, relation.name, *relation.also):
            if wording:
                found.setdefault(canonical_predicate(wording), relation)
    return found


def may_be_one(left: str, right: str) -> bool:
    """Whether no veto separates two canonical wordings; says nothing about their meaning."""
    words = left.split(), right.split()
    if [w for w in words[0] if _decides(w)] != [w for w in words[1] if _decides(w)]:
        return False
    if bool(_PASSIVE.match(left)) != bool(_PASSIVE.match(right)):
        return False
    if all(_names_role(wording) for wording in words):
        # "be owner of" and "be operator of" are two relations, however near.
        return words[0] == words[1]
    mine, theirs = set(words[0]) - set(words[1]), set(words[1]) - set(words[0])
    return not any(
        (ours, other) in _rivals() or (other, ours) in _rivals()
        for ours in mine
        for other in theirs
    )


def define_relation(
    wording: str, *, subject_kinds: Sequence[str], object_kinds: Sequence[str]
) -> str:
    """What a wording means as far as its use tells: "organisation operate site"."""
    ends = [_commonest(kinds) for kinds in (subject_kinds, object_kinds)]
    return f"{ends[0]} {wording} {ends[1]}".strip()


def _commonest(kinds: Sequence[str]) -> str:
    known = sorted({kind for kind in kinds if kind})
    return max(known, key=list(kinds).count, default="")


def _decides(word: str) -> bool:
    return word in _DECISIVE or word.endswith("n't") or any(map(str.isdigit, word))


def _names_role(words: Sequence[str]) -> bool:
    return words[:1] == ["be"] and words[-1:] == ["of"]


@lru_cache(maxsize=1)
def _rivals() -> frozenset[tuple[str, str]]:
    pairs: set[tuple[str, str]] = set()
    for name in _RIVALS:
        with asset_path(name).open(encoding="utf-8", newline="") as lines:
            pairs.update((row["left"], row["right"]) for row in csv.DictReader(lines))
    return frozenset(pairs)
