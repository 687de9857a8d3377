"""What a relation's own words tell about how a text will state it.

Everything comes from the schema file: name, label, definition, domain and range. Words are compared
by family ("born", "birth"; `data/extract/relation_words.csv`, general English) or else by stem.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from kgpipe.assets import asset_path
from kgpipe.schema import Schema, SchemaRelation, spell_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Expected = Literal["date", "year", "number", "place", "person", "organisation", "code", "any"]

FAMILIES = "data/extract/relation_words.csv"
# What every definition says says nothing.
_EMPTY_WORDS = """
    the a an of in on at to by for from with and or as is are was were be been being it its their
    has have had that which who this these those subject object entity entities specified relation
    one more they them not no any used use uses using typically officially associated specific
    during point term total time held located
"""
_EMPTY = frozenset(_EMPTY_WORDS.split())
_SUFFIX = re.compile(
    r"(?:ations?|ions?|ings?|ments?|ers?|ors?|ed|es|s|e|ly|al|ity|ies|y|ances?|ences?|ships?)$"
)
_OBJECT = re.compile(r"the (?P<what>[\w ]+?) (?:specified by|as specified by|of) the object")
_WANTED: tuple[tuple[Expected, frozenset[str]], ...] = tuple(
    (expected, frozenset(words.split()))  # type: ignore[misc]
    for expected, words in (
        ("year", "year years"),
        ("date", "date day month datetime"),
        ("code", "code identifier id iata icao isbn issn"),
        (
            "number",
            "number count length height elevation altitude weight mass area density "
            "population magnitude size income revenue amount total offset percentage "
            "quantity period speed temperature depth width volume price cost value apoapsis "
            "periapsis age duration integer float double measure",
        ),
        (
            "place",
            "place location city country state region municipality county town district "
            "address continent province village zone site",
        ),
        ("person", "person people leader author spouse child actor president human"),
        (
            "organisation",
            "organisation organization institution company team club band party "
            "league university school agency university affiliation publisher",
        ),
    )
)


@dataclass(frozen=True)
class Profile:
    """A relation as the pair scorer sees it.

    Attributes:
        relation: of the schema.
        name_cues: stems of its name and label with their weights, which sum to 1.
        text_cues: the same of its definition.
        expected: the form of thing that it takes as object.
        phrase: its definition as a predicate ("was born on the date"), for embedding.
        title: its name spelled out.
    """

    relation: SchemaRelation
    name_cues: Mapping[str, float]
    text_cues: Mapping[str, float]
    expected: Expected
    phrase: str
    title: str


def make_profiles(schema: Schema) -> list[Profile]:
    """Profiles of all relations; cues that few relations share weigh more (inverse frequency)."""
    names = [
        stems(spell_out(" ".join((r.name, r.label, *r.also))).split()) for r in schema.relations
    ]
    texts = [stems(definition_words(r)) for r in schema.relations]
    rarity = _rarity([name | text for name, text in zip(names, texts, strict=True)])
    return [
        Profile(
            relation=relation,
            name_cues=_weigh(name, rarity),
            text_cues=_weigh(text, rarity),
            expected=_expected(relation, schema),
            phrase=_phrase(relation),
            title=spell_out(relation.label or relation.name),
        )
        for relation, name, text in zip(schema.relations, names, texts, strict=True)
    ]


def definition_words(relation: SchemaRelation) -> list[str]:
    """Words of the definition that are the relation's own."""
    return [w for w in re.findall(r"[^\W\d_]+", relation.definition.lower()) if w not in _EMPTY]


def stems(words: Iterable[str]) -> frozenset[str]:
    """The families of words, or their stems; words that say nothing are left out."""
    lowered = [word.lower() for word in words]
    return frozenset(
        stem
        for word in lowered
        if word not in _EMPTY or word in _families()
        for stem in stems_of(word)
    )


@cache
def stems_of(word: str) -> tuple[str, ...]:
    """The families of a word (it may belong to several), or its stem."""
    known = _families().get(word)
    if known:
        return known
    short = _SUFFIX.sub("", word)
    # A stem of one or two letters says nothing: "used" and "user" would meet in "us".
    return (short if len(short) > 2 else word,)


@cache
def relation_words() -> tuple[str, ...]:
    """The words of each family in one line: what texts may say of things, whatever the schema."""
    with asset_path(FAMILIES).open(encoding="utf-8", newline="") as lines:
        return tuple(row["words"] for row in csv.DictReader(lines))


@cache
def _families() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    with asset_path(FAMILIES).open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            for word in row["words"].split():
                family = f"={row['family']}"
                if family not in found.setdefault(word, []):
                    found[word].append(family)
    return {word: tuple(families) for word, families in found.items()}


def _rarity(documents: list[frozenset[str]]) -> dict[str, float]:
    counts = Counter(stem for document in documents for stem in document)
    return {stem: math.log(1 + len(documents) / count) for stem, count in counts.items()}


def _weigh(cues: frozenset[str], rarity: Mapping[str, float]) -> dict[str, float]:
    total = sum(rarity[cue] for cue in cues)
    return {cue: rarity[cue] / total for cue in sorted(cues)}


def _phrase(relation: SchemaRelation) -> str:
    """The definition without the words that all definitions share."""
    text = re.sub(r"(?i)\bthe subject(?: entity)?\b(?:'s)?", "", relation.definition)
    text = re.sub(r"(?i)(?:,? ?as )?\bspecified by the object(?: entity)?", "", text)
    text = re.sub(r"(?i)\bthe object(?: entity)?\b", "", text)
    return " ".join(text.split()).strip(" .,") or spell_out(relation.label or relation.name)


def _expected(relation: SchemaRelation, schema: Schema) -> Expected:
    kinds = {schema.kind_of(name) for name in relation.range}
    if len(kinds) == 1:
        [kind] = kinds
        by_kind: dict[str, Expected] = {
            "date": "date", "quantity": "number", "place": "place", "site": "place",
            "person": "person", "organisation": "organisation",
        }  # fmt: skip
        return by_kind.get(kind, "any")
    wanted = _OBJECT.search(relation.definition)
    for text in (wanted["what"] if wanted else "", spell_out(relation.name)):
        words = set(text.lower().split())
        for expected, known in _WANTED:
            if words & known:
                return expected
    return "any"
