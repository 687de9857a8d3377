import pytest

from kgpipe.extract.amount import read_amount


@pytest.mark.parametrize(
    ("text", "language", "value", "unit"),
    [
        ("53", "en", 53, ""),
        ("1,234", "en", 1234, ""),
        ("1,234,567.8", "en", 1234567.8, ""),
        ("0.125", "en", 0.125, ""),
        ("$9.28", "en", 9.28, "$"),
        ("US$ 40 million", "en", 40, "US$"),
        ("90 percent", "en", 90, "percent"),
        ("12.5%", "en", 12.5, "%"),
        ("-3", "en", -3, ""),
        ("12 345", "fr", 12345, ""),
        ("1.234,5 ha", "es", 1234.5, "ha"),
        ("14.484", "es", 14484, ""),
        ("18,4", "es", 18.4, ""),
        ("11.8", "es", 11.8, ""),
    ],
)
def test_amounts(text: str, language: str, value: float, unit: str) -> None:
    amount = read_amount(text, language=language)
    assert amount is not None
    assert (amount.value, amount.unit) == (value, unit)


@pytest.mark.parametrize("text", ["", "gold", "2 3 3 2", "09/18/2015", "1.2.3,4,5", "6 \u2013 12"])
def test_what_is_no_amount(text: str) -> None:
    assert read_amount(text) is None
