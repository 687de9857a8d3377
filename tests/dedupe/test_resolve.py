import csv
from pathlib import Path
from random import Random

import pytest

from kgpipe.dedupe.resolve import resolve_triples
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings
from kgpipe.types import Resolution, Triple

FACTS = [
    ("ASGM", "uses", "mercury"),
    ("MAPE", "use", "Hg"),
    ("artisanal and small-scale gold mining", "uses", "the mercury"),
    ("Ghana", "exports", "gold"),
    ("Guyana", "exports", "gold"),
    ("gold", "is exported by", "Ghana"),
]


def _triples(facts: list[tuple[str, str, str]]) -> list[Triple]:
    return [
        Triple(
            id=f"t{row}",
            document_id=f"d{row}",
            subject=subject,
            predicate=predicate,
            object=obj,
            evidence=None,
            extractor="test",
        )
        for row, (subject, predicate, obj) in enumerate(facts)
    ]


def _resolve(triples: list[Triple], embedder: Embedder) -> Resolution:
    return resolve_triples(triples, definitions=[], settings=DedupeSettings(), embedder=embedder)


def test_names_and_facts_fold(embedder: Embedder) -> None:
    resolution = _resolve(_triples(FACTS), embedder)
    assert sorted(claim.support for claim in resolution.claims) == [
        ("t0", "t1", "t2"),
        ("t3",),
        ("t4",),
        ("t5",),
    ]
    assert len(resolution.entities) == 5
    assert {merge.reason for merge in resolution.merges} == {"alias", "same_normalised_form"}


def test_order_and_repetition_do_not_matter(embedder: Embedder) -> None:
    triples = _triples(FACTS)
    shuffled = triples * 2
    Random(3).shuffle(shuffled)
    assert _resolve(shuffled, embedder) == _resolve(triples, embedder)


def test_ids_do_not_change_with_unrelated_triples(embedder: Embedder) -> None:
    few, many = (_resolve(_triples(FACTS[:n]), embedder) for n in (3, 6))
    assert set(few.entities) <= set(many.entities)
    assert set(few.claims) <= set(many.claims)


def test_no_triples(embedder: Embedder) -> None:
    assert _resolve([], embedder) == Resolution(entities=(), claims=(), merges=())


@pytest.mark.shared
def test_published_graph(embedder: Embedder, shared_data: Path) -> None:
    """The 1,899 triples of ASGM-KG: nothing is lost, and what experts would miss is merged."""
    path = shared_data / "asgm" / "asgm_kg" / "ASGM-KG_Dataset_1899_unique.csv"
    with path.open(encoding="utf-8") as file:
        facts = [(r["Entity1"], r["Relation"], r["Entity2"]) for r in csv.DictReader(file)]
    resolution = _resolve(_triples(facts), embedder)
    names = [name for entity in resolution.entities for name in entity.names]
    assert sorted(names) == sorted({name for s, _, o in facts for name in (s, o)})
    supported = [triple for claim in resolution.claims for triple in claim.support]
    assert sorted(supported) == sorted(f"t{row}" for row in range(len(facts)))
    clusters = {name: entity.id for entity in resolution.entities for name in entity.names}
    assert clusters["ASGM"] == clusters["artisanal and small-scale gold mining"]
    assert clusters["national action plan"] == clusters["NAP"]
    assert clusters["mercury imports"] != clusters["mercury exports"]
    assert clusters["Guyana"] != clusters["French Guiana"]
