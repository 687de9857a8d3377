"""Numbers with units, dates and code numbers as they stand in a text."""

import re
from typing import Literal, NamedTuple

from kgpipe.text.tokens import Token, singular, stop_words, tokenize
from kgpipe.verify.lexicon import Unit, number_words, units

Bound = Literal["", "about", "min", "max"]
Date = tuple[int, int, int]

# A code number such as a CAS number: at least three groups of digits.
_CODE = re.compile(r"\d+(?:-\d+){2,}")
_ISO_DATE = re.compile(r"([12]\d{3})-([01]\d)-([0-3]\d)")
_SIGN = re.compile(r"(?:US\$|[$€£])\s?$")
_SIGN_BEHIND = re.compile(r"\s?(%|°C)")
# Blanks that typographers put between thousands; a plain one may as well part two numbers.
_THIN_BLANKS = "\u00a0\u2009\u202f"
_GROUP_DIGITS = 3
_CLAUSE_END = re.compile(r"[.,;:()]")
# Four digits without separators in this range may be a year.
_FIRST_YEAR, _LAST_YEAR = 1500, 2100
_LAST_DAY = 31
# Content words behind a number among which the counted noun stands ("3,615 small areas").
_COUNTED_WORDS = 3
# Words of the longest unit ("square kilometre"), counting "gram per tonne".
_UNIT_WORDS = 3
_BOUNDS: dict[str, Bound] = {
    "about": "about", "around": "about", "approximately": "about", "nearly": "about",
    "almost": "about", "roughly": "about", "some": "about", "over": "min", "exceeds": "min",
    "exceed": "min", "exceeded": "min", "exceeding": "min", "above": "min", "least": "min",
    "most": "max", "under": "max", "below": "max", "to": "max",
}  # fmt: skip


class Amount(NamedTuple):
    """What `text[start:end]` says: a number, a date, or both where it may be a year.

    `values` are the possible readings in the base unit ("1.200" is 1.2 or 1200); `unit` is the
    base unit or ""; `nouns` the singular words that a plain number may count; `date` is (year,
    month, day) with 0 for what is not said; `code` the digits of a code number.
    """

    start: int
    end: int
    values: tuple[float, ...] = ()
    unit: str = ""
    nouns: frozenset[str] = frozenset()
    date: Date | None = None
    code: str = ""
    bound: Bound = ""


def find_amounts(text: str, tokens: list[Token] | None = None) -> list[Amount]:
    """All amounts of `text` in text order; they do not overlap."""
    tokens = tokenize(text) if tokens is None else tokens
    codes = [_read_code(match) for match in _CODE.finditer(text)]
    covered = {at for code in codes for at in range(code.start, code.end)}
    amounts = list(codes)
    index = 0
    while index < len(tokens):
        amount, step = None, 1
        if tokens[index].start not in covered:
            amount, step = _read_date(text, tokens, index) or _read_number(text, tokens, index)
        if amount:
            amounts.append(amount)
        index += step
    return sorted(amounts)


def read_number(digits: str) -> tuple[float, ...]:
    """The possible values of a number as written, most likely first.

    "1,221" is 1221, or 1.221 where the comma is the decimal sign; "47.2" and "1.234.567" have one
    reading.
    """
    separators = [char for char in digits if char in ".,"]
    if not separators:
        return (float(digits),)
    groups = re.split(r"[.,]", digits)
    thousands = all(len(group) == 3 for group in groups[1:]) and 0 < len(groups[0]) <= 3
    whole = float("".join(groups))
    fraction = float("".join(groups[:-1]) + "." + groups[-1])
    if len(set(separators)) > 1:
        return (fraction,)
    if len(separators) > 1:
        return (whole,)
    return (whole, fraction) if thousands and groups[0] != "0" else (fraction,)


def _read_code(match: re.Match[str]) -> Amount:
    iso = _ISO_DATE.fullmatch(match[0])
    if iso:
        date = (int(iso[1]), int(iso[2]), int(iso[3]))
        return Amount(match.start(), match.end(), date=date)
    return Amount(match.start(), match.end(), code=match[0])


def _read_date(text: str, tokens: list[Token], index: int) -> tuple[Amount, int] | None:
    """A date with a month name: "10 October 2013", "October 10, 2013", "10 de octubre de 2013"."""
    months = number_words("month")
    window = [t for t in tokens[index : index + 6] if t.form not in ("of", "de", "del", "th", "st")]
    forms = [token.form for token in window]
    if len(forms) < 2 or _CLAUSE_END.search(text, window[0].end, window[1].start):
        return None
    day, month, used = 0, 0, 0
    if forms[1] in months and (day := _day(forms[0])):
        month, used = months[forms[1]], 2
    elif forms[0] in months:
        month, used = months[forms[0]], 1
        if day := _day(forms[1]):
            used = 2
    year = _year(forms[used]) if month and used < len(forms) else 0
    if not month or not (day or year):
        return None
    used += bool(year)
    last = window[used - 1]
    step = tokens.index(last, index) - index + 1
    return Amount(tokens[index].start, last.end, date=(year, month, day)), step


def _read_number(text: str, tokens: list[Token], index: int) -> tuple[Amount | None, int]:
    """A number with its scale and unit, and how many tokens it takes."""
    values, after = _read_value(text, tokens, index)
    if not values:
        return None, 1
    start, plain = tokens[index].start, after == index + 1
    while after < len(tokens) and (scale := number_words("scale").get(tokens[after].form)):
        values, after, plain = tuple(value * scale for value in values), after + 1, False
    unit, end, after = _read_unit(text, tokens, index, after)
    year = _year(text[start : tokens[index].end]) if plain and not unit.base else 0
    amount = Amount(
        start,
        end,
        values=tuple(value * unit.factor for value in values),
        unit=unit.base,
        nouns=frozenset() if unit.base else _counted(text, tokens, after),
        date=(year, 0, 0) if year else None,
        bound=_bound(tokens, index),
    )
    return amount, after - index


def _read_value(text: str, tokens: list[Token], index: int) -> tuple[tuple[float, ...], int]:
    """The number that starts at `index` in digits or words, and the index behind it."""
    form = tokens[index].form
    words = number_words("number")
    if form in words:
        joined = index + 1 < len(tokens) and text[tokens[index].end : tokens[index + 1].start]
        if joined == "-" and (ones := words.get(tokens[index + 1].form)):
            return (float(words[form] + ones),), index + 2
        return (float(words[form]),), index + 1
    # "²" folds to "2" but is a footnote or part of a unit.
    if not (text[tokens[index].start].isdecimal() and form.isascii()):
        return (), index
    end = _thousands_end(text, tokens, index)
    form = "".join(token.form for token in tokens[index:end])
    return (read_number(form), end) if form.strip("0123456789.,") == "" else ((), index)


def _thousands_end(text: str, tokens: list[Token], index: int) -> int:
    """The index behind a number whose thousands are parted by blanks ("2 878 780").

    A plain blank may as well part two numbers; two of them in a row with three digits behind each
    hardly do.
    """
    end, plain = index + 1, 0
    while end < len(tokens) and _is_group(tokens[end]) and len(tokens[index].form) <= _GROUP_DIGITS:
        gap = text[tokens[end - 1].end : tokens[end].start]
        if len(gap) != 1 or gap not in _THIN_BLANKS + " ":
            break
        plain += gap == " "
        end += 1
    return index + 1 if plain == 1 else end


def _is_group(token: Token) -> bool:
    return token.form.isdecimal() and len(token.form) == _GROUP_DIGITS


def _read_unit(text: str, tokens: list[Token], first: int, after: int) -> tuple[Unit, int, int]:
    """The unit around the number `tokens[first:after]`, where the amount ends, the next index."""
    end = tokens[after - 1].end
    known = units()
    if sign := _SIGN_BEHIND.match(text, end):
        return known[sign[1].lower()], sign.end(), after
    if sign := _SIGN.search(text, max(0, tokens[first].start - 4), tokens[first].start):
        return known[sign[0].strip().lower()], end, after
    for length in range(min(_UNIT_WORDS, len(tokens) - after), 0, -1):
        words = [token.form for token in tokens[after : after + length]]
        for last in (words[-1], singular(words[-1])):
            if unit := known.get(" ".join([*words[:-1], last])):
                return unit, tokens[after + length - 1].end, after + length
    return Unit("", 1.0), end, after


def _counted(text: str, tokens: list[Token], after: int) -> frozenset[str]:
    """The words behind a plain number that may name what it counts."""
    nouns: list[str] = []
    for before, token in zip(tokens[after - 1 :], tokens[after:], strict=False):
        number = token.form[0].isdecimal() or token.form in number_words("number")
        ended = number or _CLAUSE_END.search(text, before.end, token.start)
        if ended or len(nouns) == _COUNTED_WORDS:
            break
        if token.form not in stop_words():
            nouns.append(singular(token.form))
    return frozenset(nouns)


def _bound(tokens: list[Token], index: int) -> Bound:
    before = tokens[index - 1].form if index else ""
    if before == "than" and index > 1:
        return "max" if tokens[index - 2].form in ("less", "fewer") else "min"
    if before == "to":
        return "max" if index > 1 and tokens[index - 2].form == "up" else ""
    if before in ("least", "most") and not (index > 1 and tokens[index - 2].form == "at"):
        return ""
    return _BOUNDS.get(before, "")


def _day(form: str) -> int:
    return int(form) if form.isdecimal() and len(form) < 3 and 0 < int(form) <= _LAST_DAY else 0


def _year(form: str) -> int:
    whole = form.isdecimal() and len(form) == 4
    return int(form) if whole and _FIRST_YEAR <= int(form) <= _LAST_YEAR else 0
