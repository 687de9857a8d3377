"""A number with its unit, as the cell of a table writes it."""

import re

from kgpipe.types import Quantity

_CURRENCY = r"US\$|R\$|[$\u20ac\u00a3]"
_AMOUNT = re.compile(
    rf"[~\u2248<>\u2264\u2265]?\s*(?P<sign>[-\u2212\u2013+]?)\s*(?P<currency>{_CURRENCY})?\s?"
    r"(?P<number>\d{1,3}(?:[\u00a0\u202f ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*)"
    r"\s*(?P<unit>[^\d\s][^\d]{0,30})?$"
)
_GROUPED = re.compile(r"\d{1,3}(?:([.,\u00a0\u202f ])\d{3})(?:\1\d{3})*$")
# Languages that write 1.234,5 for what English writes 1,234.5.
_COMMA_LANGUAGES = frozenset({"es", "pt", "fr", "de", "it", "nl", "id"})


def read_amount(text: str, *, language: str = "en") -> Quantity | None:
    """The number that a cell holds, with the unit that stands beside it; None for other text.

    >>> read_amount("$9.28")
    Quantity(value=9.28, unit='$')
    >>> read_amount("1.234,5 ha", language="es")
    Quantity(value=1234.5, unit='ha')
    """
    match = _AMOUNT.match(text.strip())
    if match is None:
        return None
    value = _value(match["number"], language)
    if value is None:
        return None
    negative = match["sign"] in ("-", "\u2212", "\u2013") and bool(match["sign"])
    unit = match["currency"] or (match["unit"] or "").strip()
    return Quantity(value=-value if negative else value, unit=unit)


def _value(digits: str, language: str) -> float | None:
    point = "," if language in _COMMA_LANGUAGES else "."
    grouped = _GROUPED.match(digits)
    if grouped and (grouped[1] != point or digits.count(point) > 1):
        return float(re.sub(r"\D", "", digits))
    plain = re.sub(r"[\u00a0\u202f ]", "", digits)
    if plain.count(".") + plain.count(",") <= 1:
        # The sign of another language, where it cannot part thousands.
        return float(plain.replace(",", "."))
    thousands = "." if point == "," else ","
    plain = plain.replace(thousands, "").replace(point, ".")
    return float(plain) if plain.count(".") <= 1 and "," not in plain else None
