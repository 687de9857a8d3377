import pytest

from kgpipe.text.tokens import tokenize
from kgpipe.verify.effects import Comparison, compare_effects


def compare(claim: str, said: str) -> Comparison:
    return compare_effects(*([token.form for token in tokenize(text)] for text in (claim, said)))


@pytest.mark.parametrize(
    ("said", "agrees"),
    [
        ("Masks prevent infection.", True),
        ("Masks were shown to reduce infections.", True),
        ("Masks increase the number of infections.", False),
        ("Masks do not prevent infection.", False),
    ],
)
def test_what_is_lessened_or_denied_stands_the_other_way_round(said: str, agrees: bool) -> None:
    compared = compare("Masks stop infections.", said)
    assert compared.shared == pytest.approx(compared.agreeing + compared.contrary)
    assert (compared.contrary == 0) is agrees


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("The drug improved survival.", 1),
        ("The drug lowered mortality.", 1),
        ("The drug led to severe complications.", -1),
        ("The drug was not effective.", -1),
        ("The drug is white.", 0),
        # One good and one bad outcome leave the matter open.
        ("The drug is effective but toxic.", 0),
    ],
)
def test_a_lowered_risk_is_as_good_as_a_success(said: str, value: int) -> None:
    assert compare("The drug is safe.", said).value == value


def test_a_negation_on_one_side_only_is_marked() -> None:
    assert compare("Cats spread it.", "Cats do not spread it.").negation
    assert not compare("Cats never spread it.", "Cats do not spread it.").negation
    assert not compare("Cats spread it.", "Not only cats spread it.").negation


def test_nothing_is_shared_with_or_by_an_empty_text() -> None:
    assert compare("", "Masks prevent infection.").shared == 0
    assert compare("Masks prevent infection.", "").shared == 0


def test_two_turns_are_none() -> None:
    assert compare("It causes death.", "It does not prevent death.").contrary == 0
    assert compare("It causes death.", "It prevents death.").contrary > 0
