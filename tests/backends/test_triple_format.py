import json
from typing import Any

import pytest

from kgpipe.backends.triple_format import (
    MAX_TRIPLES,
    UNSUPPORTED_CONFIDENCE,
    read_triples,
    triple_schema,
)
from kgpipe.types import Candidate

ITEM: dict[str, Any] = {
    "quote": "Miners may use mercury in Ghana.",
    "subject": "Miners",
    "predicate": "use",
    "object": "mercury",
    "negated": False,
    "hedged": True,
    "conditional": False,
    "attributed_to": None,
    "time": None,
    "place": "Ghana",
    "subject_kind": "person",
    "object_kind": "substance",
}
LOSS = Candidate(subject="", predicate="", object="", quote="", fault="cut_off")


def reply(*items: object) -> str:
    return json.dumps({"triples": items})


def test_the_schema_is_what_strict_mode_asks_for() -> None:
    schema = json.loads(triple_schema(max_field_chars=120))
    item = schema["properties"]["triples"]["items"]
    assert schema["properties"]["triples"]["maxItems"] == MAX_TRIPLES
    assert item["required"] == list(item["properties"]) == list(ITEM)
    assert item["additionalProperties"] is schema["additionalProperties"] is False
    assert item["properties"]["subject"]["maxLength"] == 120
    assert all(field.get("type") for field in item["properties"].values())


def test_every_field_arrives() -> None:
    (candidate,) = read_triples(reply(ITEM)) or []
    assert candidate.model_dump(include=set(ITEM)) == ITEM
    assert candidate.confidence == 1.0


def test_a_side_without_a_word_in_the_quote_lowers_confidence() -> None:
    (candidate,) = read_triples(reply({**ITEM, "subject": "The government"})) or []
    assert candidate.confidence == UNSUPPORTED_CONFIDENCE


@pytest.mark.parametrize(
    "item",
    [
        {"subject": "a"},
        {**ITEM, "object": None},
        {**ITEM, "object": ["mercury"]},
        {**ITEM, "object": True},
        {**ITEM, "object_kind": {"x": 1}},
        "text",
        None,
    ],
)
def test_a_malformed_item_becomes_a_candidate_that_can_be_rejected(item: object) -> None:
    found = read_triples(reply(item, ITEM))
    assert found is not None
    assert len(found) == 2
    assert found[1].subject == "Miners"


def test_numbers_are_taken_as_written() -> None:
    (candidate,) = read_triples(reply({**ITEM, "object": 12.5})) or []
    assert candidate.object == "12.5"


def test_a_cut_off_reply_keeps_its_complete_items_and_counts_the_loss() -> None:
    text = reply(ITEM, ITEM)
    found = read_triples(text[:-10])
    assert found is not None
    assert [candidate.subject for candidate in found] == ["Miners", ""]
    assert found[-1] == LOSS


def test_a_bare_list_and_lines_are_read() -> None:
    assert len(read_triples(json.dumps([ITEM, ITEM])) or []) == 2
    assert len(read_triples(f"{json.dumps(ITEM)}\n{json.dumps(ITEM)}") or []) == 2


def test_the_last_word_counts() -> None:
    found = read_triples(f"<think>{reply(ITEM, ITEM)}</think>{reply(ITEM)}")
    assert found is not None
    assert len(found) == 1


@pytest.mark.parametrize("text", ['{"triples": []}', "[]", '```json\n{"triples": [ ]}\n```'])
def test_no_triples_is_an_answer(text: str) -> None:
    assert read_triples(text) == []


@pytest.mark.parametrize(
    "text", ["", "I cannot.", '{"facts": 1}', '{"triples": [{"subj', "{" * 999]
)
def test_what_is_no_answer_is_none(text: str) -> None:
    assert read_triples(text) is None
