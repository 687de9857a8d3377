from typing import Any

import pytest

from kgpipe.dedupe.claims import fold_triples
from kgpipe.text.normalise import label_key
from kgpipe.types import Entity, Quantity, Triple

ENTITIES = [
    Entity(id="e1", kind="process", name="ASGM", names=("ASGM", "MAPE")),
    Entity(id="e2", kind="substance", name="mercury", names=("Hg", "mercury")),
]


def _triple(number: int, **changes: Any) -> Triple:
    fields: dict[str, Any] = {
        "id": f"t{number}",
        "document_id": f"d{number}",
        "subject": "ASGM",
        "predicate": "uses",
        "object": "mercury",
        "evidence": None,
        "extractor": "test",
    }
    return Triple(**fields | changes)


def test_the_same_fact_from_several_documents_is_one_claim() -> None:
    triples = [
        _triple(1),
        _triple(2, subject="MAPE", object="Hg"),
        _triple(3, predicate="Uses", document_id="d1"),
    ]
    (claim,) = fold_triples(triples, entities=ENTITIES)
    assert (claim.subject, claim.predicate, claim.object) == ("ASGM", "use", "mercury")
    assert claim.support == ("t1", "t2", "t3")
    assert claim.documents == ("d1", "d2")
    assert claim.keys == tuple(sorted({label_key(triple) for triple in triples}))
    assert fold_triples(triples[::-1] + triples, entities=ENTITIES) == [claim]


@pytest.mark.parametrize(
    "changes",
    [
        {"negated": True},
        {"hedged": True},
        {"conditional": True},
        {"attributed_to": "UNEP"},
        {"time": "2018"},
        {"place": "Ghana"},
        {"quantity": Quantity(value=2.0, unit="t")},
        {"predicate": "is used by"},
        {"subject": "mercury", "object": "ASGM"},
    ],
)
def test_what_makes_another_fact(changes: dict[str, Any]) -> None:
    claims = fold_triples([_triple(1), _triple(2, **changes)], entities=ENTITIES)
    assert [claim.support for claim in sorted(claims, key=lambda c: c.support)] == [
        ("t1",),
        ("t2",),
    ]


def test_qualifiers_are_folded_by_their_normal_form_and_kept_as_written() -> None:
    triples = [
        _triple(n, place=place) for n, place in enumerate(["the Amazon", "Amazon", "Amazon"])
    ]
    (claim,) = fold_triples(triples, entities=ENTITIES)
    assert claim.place == "Amazon"
    units = ["T", "t"]
    (claim,) = fold_triples(
        [_triple(n, quantity=Quantity(value=2.0, unit=unit)) for n, unit in enumerate(units)],
        entities=ENTITIES,
    )
    assert claim.quantity == Quantity(value=2.0, unit="T")


def test_a_fact_about_two_names_of_one_entity_is_kept() -> None:
    (claim,) = fold_triples([_triple(1, predicate="is called", object="MAPE")], entities=ENTITIES)
    assert claim.subject_id == claim.object_id == "e1"


def test_nothing() -> None:
    assert fold_triples([], entities=[]) == []
