import pytest

from kgpipe.backends.embedded_phrases import (
    coordinated,
    is_calendar_date,
    noun_phrase,
    parse_quantity,
    phrase_text,
)
from tests.backends.embedded_parser import candidates, extractor, triples

UNITS = frozenset({"hectares", "tonnes", "%", "mg", "per cent", "kg"})


@pytest.mark.parametrize(
    ("sentence", "word", "phrase"),
    [
        ("The river is polluted.", "river", "river"),
        ("Villages in the Madre de Dios region grew.", "region", "Madre de Dios region"),
        ("Deforestation of 1,200 hectares occurred.", "Deforestation", None),
        ("Miners who use mercury are poor.", "Miners", "Miners"),
        ("Exposure to mercury can damage the kidneys.", "Exposure", "Exposure to mercury"),
        ("Miners in Peru use mercury.", "Miners", "Miners"),
        ("Lima, the capital of Peru, grew.", "Lima", "Lima"),
        ("They paid 58 dollars a share.", "dollars", "58 dollars a share"),
        ("It closed on December 31, 1963.", "December", "December 31, 1963"),
        ("Prices between 10 and 20 dollars are common.", "dollars", "10 and 20 dollars"),
    ],
)
def test_shortest_complete_phrase(sentence: str, word: str, phrase: str | None) -> None:
    head = next(t for t in extractor()._language(sentence) if t.text == word)
    expected = phrase or sentence.removesuffix(" occurred.")
    assert phrase_text(noun_phrase(head)).removeprefix("between ") == expected


def test_coordination_is_split_but_intervals_are_not() -> None:
    doc = extractor()._language("Peru, Bolivia and Colombia buy between 10 and 20 tonnes.")
    assert [t.text for t in coordinated(doc[0])] == ["Peru", "Bolivia", "Colombia"]
    assert len(coordinated(next(t for t in doc if t.text == "tonnes"))) == 1


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("1,200 hectares", 1200, "hectares"),
        ("37% of emissions", 37, "%"),
        ("95 per cent of it", 95, "per cent"),
        ("US$ 5 million", 5e6, "US$"),
        ("two mines", 2, ""),
        ("20 million miners", 2e7, ""),
        ("0.5 mg/kg", 0.5, "mg/kg"),
    ],
)
def test_quantity(text: str, value: float, unit: str) -> None:
    doc = extractor()._language(f"They reported {text}.")
    quantity = parse_quantity(doc[2 : len(doc) - 1], UNITS)
    assert quantity is not None
    assert (quantity.value, quantity.unit) == (value, unit)


@pytest.mark.parametrize("text", ["between 15 and 30 tonnes", "10 to 15 tonnes", "many rivers"])
def test_interval_and_vague_amount_have_no_quantity(text: str) -> None:
    doc = extractor()._language(f"They produce {text}.")
    assert parse_quantity(doc[2 : len(doc) - 1], UNITS) is None


def test_only_fixed_dates_are_worth_a_statement() -> None:
    doc = extractor()._language("It was signed in August 2017 and ignored in recent years.")
    found = {t.text: is_calendar_date(t) for t in doc if t.text in {"August", "years"}}
    assert found == {"August": True, "years": False}


def test_compound_preposition_is_joined() -> None:
    text = "Because of high gold prices, deforestation of 1,200 hectares occurred in Peru."
    expected = ("deforestation of 1,200 hectares", "occur because of", "high gold prices")
    assert expected in triples(text)
    assert all(c.quantity and c.quantity.unit == "hectares" for c in candidates(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Some of the larger ports lie in Togo.", ("larger ports", "lie in", "Togo")),
        (
            "Peru shall pay (1)The debts of Togo.",
            ("Peru", "pay", "debts of Togo"),
        ),
        (
            "Judges are named by the king, by and with the consent of the senate.",
            ("Judges", "be named with", "consent of the senate"),
        ),
        (
            "The costs of Togo are paid under section 3(b).",
            ("costs of Togo", "be paid under", "section 3(b)"),
        ),
    ],
)
def test_what_is_no_part_of_a_phrase(text: str, expected: tuple[str, str, str]) -> None:
    assert expected in triples(text)
