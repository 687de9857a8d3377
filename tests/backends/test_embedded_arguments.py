import pytest

from tests.backends.embedded_parser import triples


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Ghana spends 2.2 million dollars on training.",
            {("Ghana", "spend on training", "2.2 million dollars")},
        ),
        (
            "Peru takes measures to control emissions.",
            {("Peru", "take measures to control", "emissions")},
        ),
        ("The mill is used for crushing ore.", {("mill", "be used for crushing", "ore")}),
        ("Peru takes costs into account.", {("Peru", "take into account", "costs")}),
        (
            "The law of Peru entered into force in 2017.",
            {("law of Peru", "enter into force in", "2017")},
        ),
        ("Mining has an impact on rivers.", {("Mining", "have impact on", "rivers")}),
        ("The project is in charge of ten mines.", {("project", "be in charge of", "ten mines")}),
    ],
)
def test_what_belongs_to_the_predicate(text: str, expected: set[tuple[str, str, str]]) -> None:
    assert triples(text) == expected


def test_amount_of_an_amount_is_no_purpose() -> None:
    assert ("Doko", "hold", "369 mines") in triples("Doko holds 369 mines on 24,821 hectares.")


def test_start_of_an_interval_is_no_date() -> None:
    assert triples("Gold was extracted from 2019 to 2021.") == set()


def test_place_of_a_statement_with_an_agent_is_no_statement_of_its_own() -> None:
    found = triples("In Suriname, waterways are polluted by mines.")
    assert found == {("waterways", "be polluted by", "mines")}


def test_adjuncts_of_an_infinitive_are_not_those_of_its_adjective() -> None:
    text = "During both meetings, farmers were able to discuss prices."
    assert triples(text) == {("farmers", "be able to discuss", "prices")}


def test_dates_of_a_change_make_no_statement() -> None:
    found = triples("Output fell from 90 tonnes in 2008 to 50 tonnes in 2011.")
    assert found == {("Output", "fall from", "90 tonnes"), ("Output", "fall to", "50 tonnes")}
