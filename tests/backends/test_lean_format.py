import json
from typing import Any

import pytest

from kgpipe.backends.lean_format import MAX_FACTS_A_SENTENCE, fact_schema, read_facts
from kgpipe.backends.windows import Window, cut_windows
from kgpipe.types import Candidate, Chunk

TEXT = "Miners may use mercury in Ghana. The mine made 1,250,000 USD."
CHUNK = Chunk(id="c", document_id="d", start=5, end=5 + len(TEXT), text=TEXT, language="en")
[WINDOW] = cut_windows(CHUNK, by_sentence=False)
FACT: dict[str, Any] = {
    "says": "use mercury", "subject": "Miners", "predicate": "use", "object": "mercury",
    "hedged": True,
}  # fmt: skip


def read(*facts: object) -> list[Candidate]:
    found = read_facts(json.dumps({"facts": facts}), WINDOW, CHUNK)
    assert found is not None
    return found


def test_the_schema_limits_everything_and_demands_little() -> None:
    schema = json.loads(fact_schema(WINDOW, max_field_chars=50, relations=("a", "b")))
    facts = schema["properties"]["facts"]
    assert facts["maxItems"] == 2 * MAX_FACTS_A_SENTENCE
    fields = facts["items"]["properties"]
    assert facts["items"]["required"] == ["says", "subject", "predicate", "object"]
    assert next(iter(fields)) == "says"
    assert fields["predicate"]["enum"] == ["a", "b"]
    texts = [field for field in fields.values() if field == {"type": "string", "maxLength": 50}]
    assert len(texts) == 5
    open_schema = json.loads(fact_schema(WINDOW, max_field_chars=50))
    assert "enum" not in open_schema["properties"]["facts"]["items"]["properties"]["predicate"]


def test_a_fact_rests_on_the_sentence_that_has_its_words() -> None:
    [found] = read(FACT)
    assert (found.subject, found.predicate, found.object) == ("Miners", "use", "mercury")
    assert (found.hedged, found.negated, found.time, found.fault) == (True, False, None, "")
    assert found.quote == TEXT[found.start : found.end] == "Miners may use mercury in Ghana."
    [found] = read(FACT | {"says": "the  mine made"})
    assert found.quote == "The mine made 1,250,000 USD."


@pytest.mark.parametrize("says", ["use much mercury", "", None, 7, ["Miners"]])
def test_miscopied_words_are_mended_by_the_names(says: object) -> None:
    [found] = read(FACT | {"says": says})
    assert found.quote == "Miners may use mercury in Ghana."


@pytest.mark.parametrize(
    ("subject", "obj", "fault"),
    [
        ("Miners", "mercury", ""),
        ("The mine", "1250000", ""),
        ("mines of Ghana", "1,250,000 USD", ""),
        ("dredges", "mercury", "name_not_in_text"),
        ("Miners", "cyanide", "name_not_in_text"),
    ],
)
def test_names_that_the_text_does_not_have_are_a_fault(subject: str, obj: str, fault: str) -> None:
    [found] = read(FACT | {"subject": subject, "object": obj})
    assert found.fault == fault


def test_a_pronoun_may_be_resolved_from_the_context() -> None:
    window = Window("Dredges scar rivers.", WINDOW.sentences[:1], TEXT[:32])
    reply = json.dumps({"facts": [FACT | {"subject": "Dredges"}]})
    found = read_facts(reply, window, CHUNK)
    assert found is not None
    assert found[0].fault == ""


def test_a_cut_off_reply_loses_only_its_last_fact_and_says_so() -> None:
    reply = json.dumps({"facts": [FACT, FACT]})[:-20]
    found = read_facts(reply, WINDOW, CHUNK)
    assert found is not None
    assert [candidate.fault for candidate in found] == ["", "cut_off"]


@pytest.mark.parametrize(
    ("reply", "expected"),
    [("", None), ("no idea", None), ('{"facts": "none"}', None), ('{"facts": []}', []), ("[]", [])],
)
def test_nothing_and_no_answer_are_told_apart(reply: str, expected: list[Candidate] | None) -> None:
    assert read_facts(reply, WINDOW, CHUNK) == expected


@pytest.mark.parametrize("item", [7, None, [], {}, {"subject": ["a"], "object": True}])
def test_what_is_no_fact_is_left_empty(item: object) -> None:
    [found] = read(item)
    assert found.subject == found.object == found.fault == ""
