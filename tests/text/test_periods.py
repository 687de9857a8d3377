from datetime import date

import pytest

from kgpipe.text.periods import read_period


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2018", date(2018, 1, 1), date(2018, 12, 31)),
        ("year 2020", date(2020, 1, 1), date(2020, 12, 31)),
        ("in  March 2023", date(2023, 3, 1), date(2023, 3, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024-02-03", date(2024, 2, 3), date(2024, 2, 3)),
        ("10 October 2013", date(2013, 10, 10), date(2013, 10, 10)),
        ("October 10, 2013", date(2013, 10, 10), date(2013, 10, 10)),
        ("14th of June 2016", date(2016, 6, 14), date(2016, 6, 14)),
        ("10 de octubre de 2013", date(2013, 10, 10), date(2013, 10, 10)),
        ("setembro de 2021", date(2021, 9, 1), date(2021, 9, 30)),
    ],
)
def test_a_period_of_the_calendar_is_read(text: str, first: date, last: date) -> None:
    assert read_period(text) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["", "three years", "since 1999", "by end of 2021", "from 2001 to 2017", "day", "4. 8",
     "until mid-November", "Market 2020", "31 February 2020", "2024-13", "3018", "2018 and 2019"],
)  # fmt: skip
def test_what_is_no_period_of_the_calendar_is_left_alone(text: str) -> None:
    assert read_period(text) is None
