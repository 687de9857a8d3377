import tracemalloc

import pytest

from kgpipe.dedupe.names import Name, NameRow, names_of_triples, resolve_names
from kgpipe.ports import Embedder
from kgpipe.settings import DedupeSettings
from kgpipe.types import Triple


def test_a_row_for_every_name(embedder: Embedder) -> None:
    names = [
        Name(id="1", name="Brazil", kind="place"),
        Name(id="2", name="Brasil", kind="place", context="El oro de Brasil"),
        Name(id="3", name="Bolivia"),
        Name(id="4", name="Brazil"),
    ]
    resolution = resolve_names(names, settings=DedupeSettings(), embedder=embedder)
    brazil = resolution.rows[0].entity_id
    assert [(row.id, row.entity_id == brazil, row.reason) for row in resolution.rows] == [
        ("1", True, "canonical"),
        ("2", True, "alias"),
        ("3", False, "canonical"),
        ("4", True, "canonical"),
    ]
    assert {row.canonical for row in resolution.rows} == {"Brazil", "Bolivia"}
    assert not resolution.rejections


def test_bad_names_are_rejected_and_the_rest_goes_on(embedder: Embedder) -> None:
    texts = ["", " \t\u200b", "x" * 1001, "gold", "x" * 1000, "\u0000", "☃"]
    names = [Name(id=str(row), name=text) for row, text in enumerate(texts)]
    resolution = resolve_names(names, settings=DedupeSettings(), embedder=embedder)
    assert [(fault.item, fault.reason) for fault in resolution.rejections] == [
        ("0", "name_empty"),
        ("1", "name_empty"),
        ("2", "name_too_long"),
        ("5", "name_empty"),
    ]
    assert [row.id for row in resolution.rows] == ["3", "4", "6"]


def test_no_names(embedder: Embedder) -> None:
    assert not resolve_names([], settings=DedupeSettings(), embedder=embedder).rows


def test_many_mentions_of_one_name_are_one_entity(embedder: Embedder) -> None:
    names = [Name(id=str(row), name="gold") for row in range(20_000)]
    rows = resolve_names(names, settings=DedupeSettings(), embedder=embedder).rows
    assert len({row.entity_id for row in rows}) == 1
    assert rows[-1] == NameRow(
        id="19999", name="gold", entity_id=rows[0].entity_id, canonical="gold", reason="canonical"
    )


@pytest.mark.slow
def test_a_million_identical_names_are_one(embedder: Embedder) -> None:
    """A row each, and beside the rows no memory that grows with them."""
    name = Name(id="1", name="gold", kind="substance")
    tracemalloc.start()
    resolution = resolve_names([name] * 1_000_000, settings=DedupeSettings(), embedder=embedder)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(resolution.rows) == 1_000_000
    assert len({row.entity_id for row in resolution.rows}) == 1
    assert peak < 2_000 * 1_000_000


def test_hostile_names_have_clear_records(embedder: Embedder) -> None:
    texts = {
        "long": "gold " * 20_000,
        "control": "gold\u0000\u0007mine",
        "bidi": "\u202egold mine\u202c",
        "mixed": "Gold золото 金 ذهب",
        "lone": "gold \ud800 mine",
        "emoji": "⛏️",
        "tags": "\U000e0067\U000e0062",
        "blank": "\u2800\u3164",
    }
    names = [Name(id=key, name=text) for key, text in texts.items()]
    resolution = resolve_names(names, settings=DedupeSettings(), embedder=embedder)
    known = {row.id for row in resolution.rows} | {fault.item for fault in resolution.rejections}
    assert known == set(texts)
    reasons = {fault.item: fault.reason for fault in resolution.rejections}
    assert reasons["long"] == "name_too_long"
    assert len(resolution.rejections[0].detail) < 200
    assert reasons["lone"] == "name_not_unicode"
    assert reasons["tags"] == "name_empty"
    assert {"control", "mixed", "emoji", "bidi"} <= {row.id for row in resolution.rows}


def test_triples_give_two_names_each() -> None:
    triple = Triple(
        id="t1",
        document_id="d1",
        subject="Ghana",
        predicate="exports",
        object="gold",
        subject_kind="place",
        evidence=None,
        extractor="test",
    )
    said = "Ghana exports gold"
    assert names_of_triples([triple]) == [
        Name(id="t1:s", name="Ghana", kind="place", said=said),
        Name(id="t1:o", name="gold", said=said),
    ]
