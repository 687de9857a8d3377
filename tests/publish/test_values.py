import pytest

from kgpipe.publish.terms import known, typed
from kgpipe.publish.values import Amount, amount_of, date_of
from kgpipe.types import Quantity


@pytest.mark.parametrize(
    ("written", "value", "kind"),
    [
        ("2018", "2018", "gYear"),
        ("March 2023", "2023-03", "gYearMonth"),
        ("2017-03", "2017-03", "gYearMonth"),
        ("10 October 2013", "2013-10-10", "date"),
        ("14th of June 2016", "2016-06-14", "date"),
        ("June 14, 2016", "2016-06-14", "date"),
        ("2 de outubro de 2018", "2018-10-02", "date"),
        ("octubre de 2018", "2018-10", "gYearMonth"),
        ("1er août 2019", "2019-08-01", "date"),
        ("29 February 2020", "2020-02-29", "date"),
    ],
)
def test_dates_are_typed(written: str, value: str, kind: str) -> None:
    assert date_of(written) == typed(value, kind)


@pytest.mark.parametrize(
    "written",
    ["since 2018", "10/11/2013", "29 February 2019", "2018-13", "2018-00", "31 April 2020",
     "0 May 2020", "2016-2018", "night", "", "20180", "2018 " * 30],
)  # fmt: skip
def test_other_times_are_no_dates(written: str) -> None:
    assert date_of(written) is None


@pytest.mark.parametrize(
    ("value", "unit", "amount"),
    [
        (5.0, "Tonnes", Amount(5.0, known("unit:TONNE"))),
        (60.0, "kg", Amount(60.0, known("unit:KiloGM"))),
        (2.5, "million US dollars", Amount(2_500_000.0, known("cur:USD"))),
        (7.0, "per  cent", Amount(7.0, known("unit:PERCENT"))),
        (3.0, "", Amount(3.0, known("unit:NUM"))),
        (3.0, "tons", None),
        (3.0, "buckets", None),
    ],
)
def test_units_are_those_of_qudt_where_they_are_certain(
    value: float, unit: str, amount: Amount | None
) -> None:
    assert amount_of(Quantity(value=value, unit=unit)) == amount
