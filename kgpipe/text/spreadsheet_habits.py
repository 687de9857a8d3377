"""Tells what a spreadsheet did to a text by itself from what a person changed.

Excel and LibreOffice turn "2019-03" into "Mar-19", "007" into "7", "1.50" into "1.5" and long
numbers into "1.23E+17"; saved as plain CSV, letters outside cp1252 become "?".
"""

import re
from datetime import date, timedelta

_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d+)?%?")
_GROUPED = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(?:\1\d{3})*(?:(?!\1)[.,]\d+)?")
_PART = re.compile(r"\d+|[^\W\d_]+")
_TIME = re.compile(r"\s+0{1,2}:00(?::00)?(?:\.0+)?$")
_QUOTES = re.compile(r"[\"'`\u2018-\u201f]")
# How spreadsheets begin months in English, Spanish, Portuguese, French and German; of two that fit
# the longer counts, since "juin" and "juil" share three letters.
_MONTHS = (
    ("jan", "ene"), ("feb", "fev", "fév"), ("mar", "mär", "mrz"), ("apr", "abr", "avr"),
    ("may", "mai"),
    ("jun", "juin"), ("jul", "juil"), ("aug", "ago", "aoû", "aou"), ("sep", "set"),
    ("oct", "out", "okt"), ("nov",), ("dec", "dic", "dez", "déc"),
)  # fmt: skip
# Day 1 of a spreadsheet is 1 January 1900; it believes that 1900 was a leap year.
_DAY_ZERO = date(1899, 12, 30)
# Days from 1927 to 2100: other numbers are rather numbers.
_SERIALS = range(10_000, 73_416)
# A number in scientific notation shows six digits.
_SHOWN = 1e-5

_Day = tuple[int | None, int, int | None]


def is_same_cell(original: str, cell: str) -> bool:
    """Whether `cell` may be what a spreadsheet made of `original` without anybody's doing."""
    before, after = _plain(original), _plain(cell)
    return (
        before == after
        or _as_question_marks(original) == after
        or _is_same_number(before, after)
        or _is_same_day(before, after)
    )


def _plain(text: str) -> str:
    return " ".join(_QUOTES.sub("", text).split()).casefold()


def _as_question_marks(text: str) -> str:
    return _plain(text.encode("cp1252", errors="replace").decode("cp1252"))


def _is_same_number(before: str, after: str) -> bool:
    one, other = _numbers(before), _numbers(after)
    near = _SHOWN if "e" in after else 0.0
    return any(abs(a - b) <= near * abs(a) for a in one for b in other)


def _numbers(text: str) -> set[float]:
    """What a number may mean where comma and point are either of decimals or of thousands."""
    if not _NUMBER.fullmatch(text):
        return set()
    share = 100 if text.endswith("%") else 1
    plain = text.rstrip("%")
    readings = {plain.replace(",", ".")}
    if grouped := _GROUPED.fullmatch(plain):
        readings.add(plain.replace(grouped[1], "").replace(",", "."))
    found = set()
    for reading in readings:
        try:
            found.add(float(reading) / share)
        except ValueError:
            continue
    return found


def _is_same_day(before: str, after: str) -> bool:
    # A spreadsheet writes a date with a month's name or in three parts, or shows its number.
    if not (_serial(after) or re.search(r"[^\W\d_]", after) or len(_PART.findall(after)) > 2):
        return False
    return any(_fit(x, y) for x in _days(before) for y in _days(after) | _serial(after))


def _fit(one: _Day, other: _Day) -> bool:
    """Whether they are one day; a spreadsheet adds a year, or the first of the month."""
    if one == other or (None in one) == (None in other):
        return one == other
    vague, full = (one, other) if None in one else (other, one)
    year, month, day = vague
    return full == (year if year is not None else full[0], month, day if day is not None else 1)


def _serial(text: str) -> set[_Day]:
    if not text.isascii() or not text.isdigit() or int(text) not in _SERIALS:
        return set()
    day = _DAY_ZERO + timedelta(days=int(text))
    return {(day.year, day.month, day.day)}


def _days(text: str) -> set[_Day]:
    """Every (year, month, day) that two or three parts may mean; what is left open is None."""
    parts = _PART.findall(_TIME.sub("", text))
    if not 2 <= len(parts) <= 3 or not any(part.isdigit() for part in parts):
        return set()
    months = [part for part in parts if not part.isdigit()]
    numbers = [part for part in parts if part.isdigit()]
    if months:
        month = read_month(months[0])
        if len(months) > 1 or month is None:
            return set()
        a, b = numbers if len(numbers) == 2 else (numbers[0], "")
        found = {(_year(a), month, int(b)), (_year(b), month, int(a))} if b else {
            (_year(a), month, None), (None, month, int(a))}  # fmt: skip
    elif len(numbers) == 2:
        a, b = numbers
        found = {(_year(a), int(b), None), (_year(b), int(a), None),
                 (None, int(a), int(b)), (None, int(b), int(a))}  # fmt: skip
    else:
        a, b, c = numbers
        found = {(_year(a), int(b), int(c)), (_year(c), int(a), int(b)),
                 (_year(c), int(b), int(a))}  # fmt: skip
    return {day for day in found if 1 <= day[1] <= 12 and (day[2] is None or 1 <= day[2] <= 31)}


def read_month(word: str) -> int | None:
    """The number of the month that a lower-case word begins as in five languages."""
    fitting = [
        (len(start), number)
        for number, starts in enumerate(_MONTHS, start=1)
        for start in starts
        if word.startswith(start)
    ]
    return max(fitting)[1] if fitting else None


def _year(number: str) -> int:
    """Two digits are of the years that spreadsheets take them for: 1930 to 2029."""
    year = int(number)
    return year if len(number) == 4 else year + (1900 if year >= 30 else 2000)
