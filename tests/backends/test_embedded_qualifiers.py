import pytest

from kgpipe.types import Candidate
from tests.backends.embedded_parser import candidates


def only(text: str, target: str) -> Candidate:
    return next(found for found in candidates(text) if found.object == target)


@pytest.mark.parametrize(
    "text",
    [
        "Miners do not use mercury.",
        "Miners never use mercury.",
        "No miners use mercury.",
    ],
)
def test_negated(text: str) -> None:
    assert only(text, "mercury").negated


@pytest.mark.parametrize(
    "text",
    [
        "Miners may release mercury.",
        "Mining could release mercury.",
        "The plant reportedly releases mercury.",
        "The plant appears to release mercury.",
        "The study suggests that the plant releases mercury.",
        "The mayor hopes that the plant releases mercury.",
    ],
)
def test_hedged(text: str) -> None:
    found = only(text, "mercury")
    assert found.hedged
    assert found.predicate == "release"


def test_approximate_number_is_no_hedge() -> None:
    found = only("The plant releases about 20 tonnes of mercury.", "about 20 tonnes of mercury")
    assert not found.hedged
    assert found.quantity is not None
    assert found.quantity.value == 20


def test_condition_marks_both_clauses() -> None:
    text = "If prices fall, the traders will sell mercury."
    assert only(text, "mercury").conditional
    assert not only("When prices fall, the traders sell mercury.", "mercury").conditional


@pytest.mark.parametrize(
    "text",
    [
        "UNEP reports that Ghana imports mercury.",
        "According to UNEP, Ghana imports mercury.",
        "Ghana imports mercury, according to UNEP.",
    ],
)
def test_attributed(text: str) -> None:
    assert only(text, "mercury").attributed_to == "UNEP"
    assert only("Ghana imports mercury.", "mercury").attributed_to is None


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("Colombia banned mercury in 2018.", "2018"),
        ("In 2018, Colombia banned mercury.", "2018"),
        ("Ghana has imported mercury since 2010.", "since 2010"),
        ("Colombia banned mercury.", None),
    ],
)
def test_time(text: str, time: str | None) -> None:
    assert only(text, "mercury").time == time


def test_time_nearest_to_the_object() -> None:
    text = "Exports rose from 20 tonnes in 2015 to 40 tonnes in 2020."
    assert only(text, "40 tonnes").time == "2020"


def test_place() -> None:
    assert only("In Peru, miners use mercury.", "mercury").place == "Peru"
    assert only("Artisanal miners in Suriname have used mercury.", "mercury").place == "Suriname"
    assert only("Miners use mercury.", "mercury").place is None


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("The budget is a wish and not an expense.", "expense"),
        ("None of the miners use mercury.", "mercury"),
    ],
)
def test_negated_phrase(text: str, target: str) -> None:
    assert only(text, target).negated


def test_pronoun_as_source_is_resolved() -> None:
    text = "Rosa Vega is a pilot. She mentions that many miners buy coal."
    found = only(text, "coal")
    assert (found.attributed_to, found.hedged) == ("Rosa Vega", False)


@pytest.mark.parametrize(
    ("text", "hedged"),
    [
        ("He mentions that many miners buy coal.", True),
        ("It was reported that many miners buy coal.", True),
        ("He shows that many miners buy coal.", False),
    ],
)
def test_what_somebody_unknown_tells_is_hedged(text: str, hedged: bool) -> None:
    found = only(text, "coal")
    assert (found.attributed_to, found.hedged) == (None, hedged)


def test_assumption_has_a_source() -> None:
    found = only("The trade scenario assumes that Peru buys steel.", "steel")
    assert (found.attributed_to, found.hedged) == ("trade scenario", True)


def test_source_of_a_relative_clause() -> None:
    found = only("Togo met traders who say that Ghana buys coal.", "coal")
    assert found.attributed_to == "traders"


@pytest.mark.parametrize(
    "text",
    ["Peru no longer buys coal.", "Peru neither digs nor buys coal."],
)
def test_negation_without_not(text: str) -> None:
    assert only(text, "coal").negated


def test_each_amount_of_a_change_has_its_date() -> None:
    found = candidates("Output fell from 90 tonnes in 2008 to 50 tonnes in 2011.")
    assert [(one.object, one.time) for one in found] == [
        ("90 tonnes", "2008"),
        ("50 tonnes", "2011"),
    ]


def test_source_behind_according_to_may_be_a_pronoun() -> None:
    found = only("Rosa Vega is a pilot. According to her, many miners buy coal.", "coal")
    assert (found.attributed_to, found.hedged) == ("Rosa Vega", False)
    assert only("According to him, many miners buy coal.", "coal").hedged


def test_but_takes_the_denial_back() -> None:
    found = candidates("Wool does not come from Peru, but from Chile.")
    assert {one.object: one.negated for one in found} == {"Peru": True, "Chile": False}
