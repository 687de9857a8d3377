import json
from typing import Any

import pytest

from kgpipe.backends.lean_facts import read_facts
from kgpipe.backends.lean_format import MAX_NAME_CHARS, MAX_SAID_CHARS
from kgpipe.backends.windows import Window, cut_windows
from kgpipe.types import Candidate, Chunk

TEXT = "Miners may use mercury in Ghana. The mine made 1,250,000 USD."
CHUNK = Chunk(id="c", document_id="d", start=5, end=5 + len(TEXT), text=TEXT, language="en")
[WINDOW] = cut_windows(CHUNK, by_sentence=False)
FACT: dict[str, Any] = {
    "says": "use mercury", "subject": "Miners", "predicate": "use", "object": "mercury",
}  # fmt: skip


def read(*facts: object) -> list[Candidate]:
    found = read_facts(json.dumps({"facts": facts}), WINDOW, CHUNK)
    assert found is not None
    return found


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
        ("Miners", "in Bolivia", "name_not_in_text"),
        ("Ghana gold board members", "mercury", "name_not_in_text"),
    ],
)
def test_names_that_the_text_does_not_have_are_a_fault(subject: str, obj: str, fault: str) -> None:
    reply = json.dumps({"facts": [FACT | {"subject": subject, "object": obj}]})
    [found] = read_facts(reply, WINDOW, CHUNK, closed=True) or []
    assert found.fault == fault


def test_limits_are_read_around_the_copied_words() -> None:
    text = "Según Rangel, en enero de 2016 los mineros no vendieron oro; podrían venderlo."
    chunk = Chunk(id="c", document_id="d", start=0, end=len(text), text=text, language="es")
    [window] = cut_windows(chunk, by_sentence=False)
    fact = {"says": "no vendieron oro", "subject": "mineros", "predicate": "vender",
            "object": "oro"}  # fmt: skip
    [found] = read_facts(json.dumps({"facts": [fact]}), window, chunk) or []
    assert (found.negated, found.hedged, found.conditional) == (True, False, False)
    assert (found.time, found.attributed_to) == ("enero de 2016", "Rangel")
    # A denial behind verb and object is another's.
    behind = {"says": "enero de 2016 los mineros no vendieron oro", "subject": "mineros",
              "predicate": "enero", "object": "mineros"}  # fmt: skip
    [found] = read_facts(json.dumps({"facts": [behind]}), window, chunk, closed=True) or []
    assert not found.negated
    # Where the words are not the text's, nobody knows what belongs to the fact.
    [found] = read_facts(json.dumps({"facts": [fact | {"says": "oro no"}]}), window, chunk) or []
    assert (found.negated, found.time) == (False, None)


def test_lists_are_parted_unless_a_schema_says_what_names_are() -> None:
    text = "Huila, Meta y Cauca notificaron casos."
    chunk = Chunk(id="c", document_id="d", start=0, end=len(text), text=text, language="es")
    [window] = cut_windows(chunk, by_sentence=False)
    fact = {"says": text, "subject": "Huila, Meta y Cauca", "predicate": "notificaron",
            "object": "casos"}  # fmt: skip
    reply = json.dumps({"facts": [fact]})
    found = read_facts(reply, window, chunk) or []
    assert [candidate.subject for candidate in found] == ["Huila", "Meta", "Cauca"]
    assert len(read_facts(reply, window, chunk, closed=True) or []) == 1


def test_what_the_context_says_is_not_said_again() -> None:
    window = Window("Dredges scar rivers.", WINDOW.sentences[:1], TEXT[:32])
    fact = {"says": "scar rivers", "subject": "Dredges", "predicate": "scar", "object": "rivers"}
    [found] = read_facts(json.dumps({"facts": [fact]}), window, CHUNK) or []
    assert found.fault == "stated_before"


def test_names_that_the_limit_cut_are_a_fault() -> None:
    text = "Miners use " + "mercury " * 40 + "here."
    chunk = Chunk(id="c", document_id="d", start=0, end=len(text), text=text, language="en")
    [window] = cut_windows(chunk, by_sentence=False)
    fact = {"says": text[:MAX_SAID_CHARS], "subject": "Miners", "predicate": "use",
            "object": text[12 : 12 + MAX_NAME_CHARS]}  # fmt: skip
    [found] = read_facts(json.dumps({"facts": [fact]}), window, chunk) or []
    assert found.fault == "too_long"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, ""),
        ({"subject": "1250000"}, "no_name"),
        ({"predicate": "in"}, "no_verb"),
        ({"predicate": "of the"}, "no_verb"),
        ({"subject": "who use"}, "no_name"),
        ({"object": "use"}, "no_verb"),
        ({"predicate": "consume"}, "not_copied"),
        ({"object": "Ghana"}, "not_copied"),
        ({"says": "Miners"}, "not_copied"),
    ],
)
def test_the_copied_words_must_hold_the_fact(changed: dict[str, str], fault: str) -> None:
    [found] = read(FACT | changed)
    assert found.fault == fault
    closed = read_facts(json.dumps({"facts": [FACT | changed]}), WINDOW, CHUNK, closed=True)
    assert [c.fault for c in closed or []] == [""]


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
