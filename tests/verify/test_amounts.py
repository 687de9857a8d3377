import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.verify.amounts import Amount, find_amounts, read_number


def only(text: str) -> Amount:
    (amount,) = find_amounts(text)
    return amount


@pytest.mark.parametrize(
    ("digits", "values"),
    [
        ("1221", (1221.0,)), ("1,221", (1221.0, 1.221)), ("1.221", (1221.0, 1.221)),
        ("47.2", (47.2,)), ("47,2", (47.2,)), ("1.234.567", (1234567.0,)),
        ("1,234.5", (1234.5,)), ("1.234,5", (1234.5,)), ("0.125", (0.125,)),
        ("12,3456", (12.3456,)),
    ],
)  # fmt: skip
def test_separators(digits: str, values: tuple[float, ...]) -> None:
    assert read_number(digits) == pytest.approx(values)


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("868,110 hectares", 8_681_100_000.0, "m2"), ("12 km\u00b2", 12_000_000.0, "m2"),
        ("47.2 per cent", 47.2, "percent"), ("47.2%", 47.2, "percent"),
        ("47,2 por ciento", 47.2, "percent"), ("US$ 47.2 million", 47_200_000.0, "usd"),
        ("47.2 million US dollars", 47_200_000.0, "usd"), ("\u20ac5", 5.0, "eur"),
        ("twenty-five years", 25.0, "year"), ("two thousand tonnes", 2e9, "g"),
        ("1\u202f234\u202f567 kg", 1_234_567_000.0, "g"), ("20mm", 0.02, "m"),
        ("2 878 780 d\u00f3lares", 2_878_780.0, "usd"),
        ("3 \u00b5g", 0.000003, "g"), ("0.5 mg/kg", 0.5, "mg/kg"),
    ],
)  # fmt: skip
def test_numbers_come_in_their_base_unit(text: str, value: float, unit: str) -> None:
    amount = only(text)
    assert amount.values[0] == pytest.approx(value)
    assert amount.unit == unit


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("10 October 2013", (2013, 10, 10)), ("October 10, 2013", (2013, 10, 10)),
        ("10 de octubre de 2013", (2013, 10, 10)), ("2013-10-10", (2013, 10, 10)),
        ("October 2013", (2013, 10, 0)), ("4 May", (0, 5, 4)), ("1998", (1998, 0, 0)),
    ],
)  # fmt: skip
def test_dates(text: str, date: tuple[int, int, int]) -> None:
    assert only(f"since {text} ").date == date


def test_a_plain_number_knows_what_it_counts() -> None:
    assert only("It has 3,615 administrative areas (all).").nouns == {"administrative", "area"}
    assert only("sixteen countries").nouns == {"country"}
    assert only("in 2021, countries agreed").nouns == frozenset()


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("more than 5 t", "min"), ("at least 5 t", "min"), ("up to 5 t", "max"),
        ("fewer than 5 mines", "max"), ("about 5 t", "about"), ("the most 5 t", ""),
        ("from 3 to 5", ""),
    ],
)  # fmt: skip
def test_bounds(text: str, bound: str) -> None:
    assert find_amounts(text)[-1].bound == bound


def test_code_numbers_are_no_numbers() -> None:
    assert only("CAS 7439-97-6").code == "7439-97-6"


def test_words_that_only_look_like_amounts() -> None:
    assert find_amounts("It may fall. E = mc\u00b2, CO2, and footnote\u00b9") == []


@given(st.text(alphabet=st.sampled_from("0123456789.,-$% kgt\u00b2\u0663may"), max_size=60))
@settings(derandomize=True, deadline=None, max_examples=200)
def test_amounts_lie_in_the_text_in_order(text: str) -> None:
    end = 0
    for amount in find_amounts(text):
        assert end <= amount.start < amount.end <= len(text)
        end = amount.end


def test_one_plain_blank_may_part_two_numbers() -> None:
    assert [amount.values[0] for amount in find_amounts("in row 3 120 samples")] == [3.0, 120.0]
    assert [amount.values[0] for amount in find_amounts("2016 300 200")] == [2016.0, 300.0, 200.0]
