"""The word lists of the embedded extractor: kinds, units, anaphors, stand-ins, nominalisations.

The lists are data (`data/extract/*.csv`), so that a user can adapt them to another domain.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from kgpipe.assets import asset_path
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest
from kgpipe.types import Kind

if TYPE_CHECKING:
    from spacy.tokens import Span

KINDS, ANAPHORS, STAND_INS, NOMINALISATIONS = (
    f"data/extract/{name}.csv" for name in ("kinds", "anaphors", "stand_ins", "nominalisations")
)
# Named by the parser as anything from a person to a work of art where the spelling is foreign.
COUNTRIES = "data/dedupe/countries.csv"
_LISTS = (KINDS, ANAPHORS, STAND_INS, NOMINALISATIONS, COUNTRIES)
_LABEL_KINDS: dict[str, Kind] = {
    "GPE": "place", "LOC": "place", "FAC": "site", "ORG": "organisation", "PERSON": "person",
    "LAW": "law", "WORK_OF_ART": "document", "DATE": "date", "TIME": "date", "MONEY": "quantity",
    "PERCENT": "quantity", "QUANTITY": "quantity",
}  # fmt: skip


@dataclass(frozen=True)
class Lexicon:
    """What the extractor knows about words.

    Attributes:
        kinds: lower-case singular term -> kind.
        units: lower-case words that measure.
        anaphors: noun -> kind; "the company" alone refers to an organisation named before.
        stand_ins: domain word -> everyday word of the same grammar that the parser knows better.
        nominalisations: noun -> (verb, preposition of what the verb is done to).
        countries: names of countries in the languages of the alias table, as written.
        digest: changes with any of the lists.
    """

    kinds: dict[str, Kind]
    units: frozenset[str]
    anaphors: dict[str, Kind]
    stand_ins: dict[str, str]
    nominalisations: dict[str, tuple[str, str]]
    countries: frozenset[str]
    digest: str


def load_lexicon() -> Lexicon:
    """Read the word lists.

    Raises:
        KgpipeError: a list is missing or names an unknown kind.
    """
    kinds = {row[1]: _checked(row[0], KINDS) for row in _rows(KINDS)}
    return Lexicon(
        kinds=kinds,
        units=frozenset(term for term, kind in kinds.items() if kind == "quantity"),
        anaphors={row[0]: _checked(row[1], ANAPHORS) for row in _rows(ANAPHORS)},
        stand_ins={row[0]: row[1] for row in _rows(STAND_INS)},
        nominalisations={row[0]: (row[1], row[2]) for row in _rows(NOMINALISATIONS)},
        countries=frozenset(name for row in _rows(COUNTRIES) for name in row),
        digest=lexicon_digest(),
    )


def lexicon_digest() -> str:
    """Eight hex digits that change with the content of any list."""
    content = b"\0".join(asset_path(name).read_bytes() for name in _LISTS)
    return content_digest(content)[:8]


def phrase_kind(phrase: Span, lexicon: Lexicon) -> Kind:
    """The kind of a noun phrase: listed terms first (longest first), then named entities.

    Args:
        phrase: a noun phrase; what stands before its first preposition decides.
        lexicon: the word lists.
    """
    words = [token for token in phrase if not token.is_punct]
    cut = next((i for i, token in enumerate(words) if i and token.dep_ == "prep"), len(words))
    core = words[:cut]
    if " ".join(token.text for token in words) in lexicon.countries:
        return "place"
    for first in range(len(core)):
        for form in ("lemma_", "text"):
            term = " ".join(getattr(token, form).lower() for token in core[first:])
            kind = lexicon.kinds.get(term)
            # "Operation Mercury" is no substance.
            if kind and not (kind == "substance" and first and core[first - 1].is_title):
                return kind
    label = core[-1].ent_type_ if core else ""
    if label in _LABEL_KINDS:
        return _LABEL_KINDS[label]
    return "quantity" if core and core[-1].like_num else ""


def _rows(name: str) -> list[list[str]]:
    with asset_path(name).open(encoding="utf-8", newline="") as lines:
        return [row for row in list(csv.reader(lines))[1:] if row]


def _checked(kind: str, name: str) -> Kind:
    for known in get_args(Kind):
        if kind == known:
            return known  # type: ignore[no-any-return]
    raise KgpipeError(f"{name}: unknown kind {kind!r}; known are {', '.join(get_args(Kind))}.")
