"""Claims that rule each other out: one subject, one relation, two values. None of them is dropped.

A relation has one value where the schema or a small table says so; and where values are amounts of
one thing in one unit, or dates, two of them are a contradiction whatever the relation.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from kgpipe.assets import asset_path
from kgpipe.dedupe.normalise import form_of, has_digit
from kgpipe.ids import content_digest
from kgpipe.schema import Schema
from kgpipe.text.normalise import normalise_name
from kgpipe.text.predicates import canonical_predicate
from kgpipe.text.relations import match_wording
from kgpipe.types import Claim, Entity, Kind

_FUNCTIONAL = "data/dedupe/functional_relations.csv"


def conflict_digest() -> str:
    """Digest of the table that is read, for the stage's fingerprint."""
    return content_digest(asset_path(_FUNCTIONAL).read_bytes())


def find_conflicts(
    claims: Iterable[Claim], *, entities: Iterable[Entity], schema: Schema | None = None
) -> list[tuple[str, ...]]:
    """Sets of the ids of claims that cannot all be true, sorted.

    The claims of a set agree in subject, relation and all qualifiers but the amount; denials are
    in none, since a thing may be neither of two values.

    Args:
        claims: of the whole corpus.
        entities: hold every object.
        schema: tells which of its relations have one value only.
    """
    kinds = {entity.id: entity.kind for entity in entities}
    slots: defaultdict[tuple[object, ...], list[Claim]] = defaultdict(list)
    for claim in claims:
        value = _slot(claim, kinds[claim.object_id], schema)
        if value and not claim.negated:
            slots[(*_asked(claim), *value)].append(claim)
    return sorted(
        tuple(sorted(claim.id for claim in rivals)) for rivals in slots.values() if _differ(rivals)
    )


def _asked(claim: Claim) -> tuple[object, ...]:
    """What the value is about."""
    limits = (claim.attributed_to, claim.time, claim.place)
    return (
        claim.subject_id, claim.predicate, claim.hedged, claim.conditional,
        *(limit and normalise_name(limit) for limit in limits),
    )  # fmt: skip


def _slot(claim: Claim, kind: Kind, schema: Schema | None) -> tuple[object, ...]:
    """What only one value can be put into; () where there is room for several."""
    words = form_of(claim.object).words
    if claim.quantity and (kind == "quantity" or any(map(has_digit, words))):
        # Kilograms of mercury do not contradict kilograms of gold.
        others = tuple(sorted(word for word in words if not has_digit(word)))
        return "quantity", normalise_name(claim.quantity.unit), others
    if kind == "date":
        # A year does not contradict a day in it.
        return "date", len(words)
    return ("one", kind) if _is_functional(claim.predicate, schema) else ()


def _differ(rivals: Sequence[Claim]) -> bool:
    values = {claim.quantity.value if claim.quantity else claim.object_id for claim in rivals}
    return len(values) > 1 and len({claim.object_id for claim in rivals}) > 1


def _is_functional(predicate: str, schema: Schema | None) -> bool:
    relation = match_wording(predicate, schema) if schema else None
    return predicate in _functional_relations() or bool(relation and relation.functional)


@lru_cache(maxsize=1)
def _functional_relations() -> frozenset[str]:
    with asset_path(_FUNCTIONAL).open(encoding="utf-8", newline="") as lines:
        return frozenset(canonical_predicate(row["relation"]) for row in csv.DictReader(lines))
