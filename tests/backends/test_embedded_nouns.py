import pytest

from tests.backends.embedded_parser import candidates, triples


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "The report describes the contamination of rivers by mercury.",
            ("mercury", "contaminate", "rivers"),
        ),
        (
            "The report describes the use of mercury by miners and traders.",
            ("traders", "use", "mercury"),
        ),
        ("Colombia's ban on mercury began in 2018.", ("Colombia", "ban", "mercury")),
        (
            "The treaty was signed at Kumamoto, Japan, in 2013.",
            ("Kumamoto", "be located in", "Japan"),
        ),
        (
            "Doko, a sub-prefecture of Guinea, contains mines.",
            ("Doko", "be", "sub-prefecture of Guinea"),
        ),
        ("The plants release toxic metals such as lead.", ("toxic metals", "include", "lead")),
    ],
)
def test_relation_without_a_verb(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in triples(text)


@pytest.mark.parametrize(
    "text",
    [
        "The law prevents the contamination of rivers by mercury.",
        "The use of mercury by 2020 fell in Peru.",
        "Peru's yearly report names the river.",
    ],
)
def test_nominalisation_needs_an_agent_and_a_fact(text: str) -> None:
    predicates = {predicate for _, predicate, _ in triples(text)}
    assert not predicates & {"contaminate", "use", "report"}


def test_counting_apposition_describes_nobody() -> None:
    found = triples("Two towns, Aowin and Doko, sell gold.")
    assert found == {("Aowin", "sell", "gold"), ("Doko", "sell", "gold")}


def test_denied_nominalisation_keeps_its_negation() -> None:
    (found,) = candidates("No use of mercury by miners was seen.")
    assert found.negated


def test_names_in_brackets_are_examples() -> None:
    found = triples("Europe was hit by past wars (the Boer War and others).")
    assert ("past wars", "include", "Boer War") in found


@pytest.mark.parametrize(
    "text",
    [
        "Various countries such as Togo grow corn.",
        "The solid waste including 5 tonnes of lead was sold.",
    ],
)
def test_neither_vague_kinds_nor_amounts_make_a_list(text: str) -> None:
    assert "include" not in {predicate for _, predicate, _ in triples(text)}
