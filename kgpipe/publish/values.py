"""Typed values of what a text says: dates as XML Schema has them, quantities as QUDT has them."""

import csv
import re
from calendar import monthrange
from functools import lru_cache
from typing import NamedTuple

from kgpipe.assets import asset_path
from kgpipe.publish.terms import Term, known, typed
from kgpipe.types import Quantity

_UNITS = "data/ontology/units.csv"
_MONTHS = (
    "january february march april may june july august september october november december",
    "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
)
_NUMBER_OF = {
    month: number for line in _MONTHS for number, month in enumerate(line.split(), start=1)
}
_MONTH = "|".join(_NUMBER_OF)
_YEAR = r"(?P<year>[12]\d{3})"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th|º|er)?"
_OF = r"(?:,? | (?:of|de|del) )"
_FORMS = tuple(
    re.compile(form)
    for form in (
        _YEAR,
        rf"{_YEAR}-(?P<month>\d\d)",
        rf"{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)",
        rf"(?P<name>{_MONTH}){_OF}{_YEAR}",
        rf"{_DAY}{_OF}(?P<name>{_MONTH}){_OF}{_YEAR}",
        rf"(?P<name>{_MONTH}) {_DAY},? {_YEAR}",
    )
)
_LONGEST = 40


class Amount(NamedTuple):
    """A number of units of QUDT; `unit` is a term."""

    value: float
    unit: Term


def date_of(written: str) -> Term | None:
    """A year, month or day as xsd:gYear, xsd:gYearMonth or xsd:date; None for all other times.

    "since 2018" is no date, and neither is "10/11/2013", in which day and month may be swapped.
    """
    plain = " ".join(written.casefold().split()) if len(written) <= _LONGEST else ""
    for form in _FORMS:
        if found := form.fullmatch(plain):
            year, name, month, day = map(found.groupdict().get, ("year", "name", "month", "day"))
            number = _NUMBER_OF[name] if name else int(month) if month else None
            return _date(year or "", number, int(day) if day else None)
    return None


def _date(year: str, month: int | None, day: int | None) -> Term | None:
    if month is None:
        return typed(year, "gYear")
    if not 1 <= month <= 12:
        return None
    if day is None:
        return typed(f"{year}-{month:02}", "gYearMonth")
    if not 1 <= day <= monthrange(int(year), month)[1]:
        return None
    return typed(f"{year}-{month:02}-{day:02}", "date")


def amount_of(quantity: Quantity) -> Amount | None:
    """The quantity in a unit of QUDT; None where its unit is none, or is none for certain ("ton").

    Raises:
        KgpipeError: the table of units is missing.
    """
    found = _units().get(" ".join(quantity.unit.casefold().split()))
    return Amount(quantity.value * found.value, found.unit) if found else None


@lru_cache(maxsize=1)
def _units() -> dict[str, Amount]:
    """Units by how they are written."""
    with asset_path(_UNITS).open(encoding="utf-8", newline="") as source:
        return {
            row["written"].casefold(): Amount(float(row["factor"]), known(row["unit"]))
            for row in csv.DictReader(source)
        }
