"""Folds the triples that state one fact into one claim with all its support."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from kgpipe.ids import content_id
from kgpipe.text.normalise import label_key, normalise_name
from kgpipe.text.predicates import canonical_predicate
from kgpipe.types import Claim, Entity, Quantity, Triple

Fact = tuple[
    str, str, str, bool, bool, bool, str | None, str | None, str | None, tuple[float, str] | None
]


def fold_triples(
    triples: Iterable[Triple],
    *,
    entities: Iterable[Entity],
    relations: Mapping[str, str] | None = None,
    ends: Mapping[tuple[str, str], Entity] | None = None,
) -> list[Claim]:
    """Return one claim a fact, by id.

    A fact is subject and object entity, predicate, polarity and all qualifiers: what one document
    says with a reserve and another without are two claims. A claim whose two ends became one
    entity stays ("ASGM - is also called - MAPE" is such a fact), for dropping it would lose what a
    document says, and hide a wrong merge from the reviewers.

    Args:
        triples: in any order; a repeated id counts once.
        entities: hold every subject and object among their names.
        relations: triple id -> what its relation is called; else its own canonical wording.
        ends: (triple id, name) -> the entity that the name means there; else its only one.
    """
    by_name = {name: entity for entity in entities for name in entity.names}
    support: defaultdict[Fact, dict[str, Triple]] = defaultdict(dict)
    for triple in triples:
        relation = (relations or {}).get(triple.id) or canonical_predicate(triple.predicate)
        subject, obj = (
            (ends or {}).get((triple.id, name)) or by_name[name]
            for name in (triple.subject, triple.object)
        )
        support[_fact_of(triple, relation, (subject.id, obj.id))][triple.id] = triple
    names = {entity.id: entity.name for entity in by_name.values()}
    claims = [_make_claim(fact, list(group.values()), names) for fact, group in support.items()]
    return sorted(claims, key=lambda claim: claim.id)


def _fact_of(triple: Triple, relation: str, ends: tuple[str, str]) -> Fact:
    quantity = triple.quantity
    return (
        ends[0],
        relation,
        ends[1],
        triple.negated,
        triple.hedged,
        triple.conditional,
        triple.attributed_to and normalise_name(triple.attributed_to),
        triple.time and normalise_name(triple.time),
        triple.place and normalise_name(triple.place),
        (quantity.value, normalise_name(quantity.unit)) if quantity else None,
    )


def _make_claim(fact: Fact, triples: Sequence[Triple], names: Mapping[str, str]) -> Claim:
    subject, predicate, obj, negated, hedged, conditional, _, _, _, quantity = fact
    return Claim(
        id=content_id("claim", *fact),
        subject_id=subject,
        predicate=predicate,
        object_id=obj,
        subject=names[subject],
        object=names[obj],
        negated=negated,
        hedged=hedged,
        conditional=conditional,
        attributed_to=_main_spelling(triple.attributed_to for triple in triples),
        time=_main_spelling(triple.time for triple in triples),
        place=_main_spelling(triple.place for triple in triples),
        quantity=_main_quantity(triples) if quantity else None,
        support=tuple(sorted(triple.id for triple in triples)),
        documents=tuple(sorted({triple.document_id for triple in triples})),
        keys=tuple(sorted({label_key(triple) for triple in triples})),
    )


def _main_spelling(spellings: Iterable[str | None]) -> str | None:
    """The most frequent of equivalent spellings, the first in the alphabet if equal."""
    votes = Counter(spellings)
    return min(votes, key=lambda spelling: (-votes[spelling], spelling or ""))


def _main_quantity(triples: Sequence[Triple]) -> Quantity:
    quantities = [triple.quantity for triple in triples if triple.quantity]
    return min(quantities, key=lambda quantity: quantity.unit)
