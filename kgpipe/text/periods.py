"""Reads the days that a time in words covers, where the words leave no doubt."""

import re
from calendar import monthrange
from datetime import date
from functools import cache

from kgpipe.assets import asset_path
from kgpipe.text.spreadsheet_habits import read_month

# "2018", "in 2018", "March 2023", "10 October 2013", "10 de octubre de 2013", "October 10, 2013".
_YEAR, _DAY, _MONTH = r"(?P<year>[12]\d{3})", r"(?P<day>\d{1,2})", r"(?P<month>[^\W\d_]{3,})"
_IN, _OF = r"(?:(?:in|en|em|on|year|año|ano|the) )*", r"(?:\.? (?:de |of )?)"
_ORDINAL = r"(?:st|nd|rd|th|º|\.)?"
_FORMS = tuple(
    re.compile(_IN + form, re.IGNORECASE)
    for form in (
        _YEAR,
        rf"{_YEAR}-(?P<number>\d\d)(?:-{_DAY})?",
        rf"(?:{_DAY}{_ORDINAL}{_OF})?{_MONTH}{_OF}{_YEAR}",
        rf"{_MONTH} {_DAY}{_ORDINAL}, {_YEAR}",
    )
)


def read_period(text: str) -> tuple[date, date] | None:
    """The first and last day of a year, month or day; None for anything else.

    "since 1990", "three years" or "by the end of 2021" are None: their words say more, or less,
    than a period on the calendar.
    """
    plain = " ".join(text.split())
    match = next((found for form in _FORMS if (found := form.fullmatch(plain))), None)
    if match is None:
        return None
    parts = match.groupdict()
    year, day, word = int(parts["year"]), parts.get("day"), parts.get("month")
    number = parts.get("number")
    if word is None and number is None:
        return date(year, 1, 1), date(year, 12, 31)
    month = int(number) if number else _month_number(word or "")
    if month is None or not 1 <= month <= 12:
        return None
    last = monthrange(year, month)[1]
    if day is None:
        return date(year, month, 1), date(year, month, last)
    return (date(year, month, int(day)),) * 2 if 1 <= int(day) <= last else None


def _month_number(word: str) -> int | None:
    """Only whole names of months count: a market is no March."""
    return read_month(word.casefold()) if word.casefold() in _month_names() else None


@cache
def _month_names() -> frozenset[str]:
    lines = asset_path("data/extract/months.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return frozenset(name.casefold() for _, *names in rows for name in names)
