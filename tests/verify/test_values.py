import pytest

from kgpipe.verify.amounts import find_amounts
from kgpipe.verify.mentions import Mention
from kgpipe.verify.values import find_equal, find_rival, is_telling, relate_values
from kgpipe.verify.windows import Window, carry_sentence, read_sentences


def window(text: str) -> Window:
    [only] = read_sentences(text, "en")
    return only


def named(found: Window, word: str) -> Mention:
    index = [found.text[token.start : token.end] for token in found.tokens].index(word)
    return Mention(index, index, 1.0)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("7439-97-6", True),
        ("10 October 2013", True),
        ("October 2013", False),
        ("3,615 areas", True),
        ("362 airstrips", True),
        ("20 kilometres", False),
        ("1,000 people", False),
    ],
)
def test_numbers_of_three_digits_days_and_codes_are_telling(amount: str, expected: bool) -> None:
    [read] = find_amounts(amount)
    assert is_telling(read) is expected


def test_an_equal_amount_is_found_in_another_unit() -> None:
    found = window("The camp covers 1,200 ha of forest.")
    equal = find_equal(found, tuple(find_amounts("12 km2")))
    assert equal is not None
    assert found.text[found.tokens[equal.first].start :].startswith("1,200")
    assert find_equal(found, tuple(find_amounts("13 km2"))) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Gabon has 169 camps.", "equal"),
        ("Gabon has 208 camps.", "rival"),
        ("Gabon has 208 trucks.", "other"),
        ("Gabon has 208 camps and Congo has 169 camps.", "other"),
        ("Congo has 208 camps, and Gabon has 169 camps.", "equal"),
        ("Congo and Gabon have 169 and 208 camps respectively.", "other"),
        ("Gabon leads and 208 camps stand in Congo.", "other"),
    ],
)
def test_the_amount_nearest_to_the_name_decides(text: str, expected: str) -> None:
    found = window(text)
    claimed = tuple(find_amounts("169 camps"))
    assert relate_values(found, claimed, named(found, "Gabon")) == expected


@pytest.mark.parametrize(
    ("text", "claimed", "rival"),
    [
        ("Gabon has 208 camps.", "169 camps", "208"),
        ("Gabon covers 1,700 hectares.", "1,800 hectares", "1,700 hectares"),
        ("Gabon met on 10 October 2013.", "11 October 2013", "10 October 2013"),
        ("Gabon has 169 camps.", "169 camps", ""),
        ("Gabon leads and 208 camps stand in Congo.", "169 camps", ""),
        ("Gabon has camps.", "169 camps", ""),
    ],
)
def test_a_rival_is_given_as_the_window_writes_it(text: str, claimed: str, rival: str) -> None:
    found = window(text)
    assert find_rival(found, tuple(find_amounts(claimed)), named(found, "Gabon")) == rival


def test_a_name_in_the_context_is_equally_far_from_all_amounts() -> None:
    before, after = read_sentences("Gabon leads. It has 12 mines, and 169 camps.", "en")
    found = carry_sentence(before, after)
    assert relate_values(found, tuple(find_amounts("169 camps")), named(found, "Gabon")) == "equal"
