"""What the header of a table's column says: the measure, its unit, a year."""

import re
from typing import NamedTuple

# "Budget (million US dollars)", "Area [ha]"; and "Area, ha" for units that stand alone.
_IN_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]\s*$")
_AFTER_COMMA = re.compile(
    r",\s*((?:thousand |million |billion |mil |millones de |milh\u00f5es de )?"
    r"(?:ha|km2|km\u00b2|kg|g|t|tonnes|tons|oz|USD|US\$|EUR|%|percent))\s*$",
    re.IGNORECASE,
)
_IN_MONEY = re.compile(r"(?:^|\s+)in ((?:US ?)?\$ ?(?:[MBk]|million|billion)?)(?: [a-z])?$")
# Six capitals are a word rather than an acronym.
_SHOUTED = re.compile(r"[A-Z\u00c0-\u00dd]{6,}[,:]?$")
_CAPITALISED = re.compile(r"[^\W\d_][a-z\u00df-\u00ff'\u2019/-]+[,:]?$")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d(?:\s*[-\u2013/]\s*(?:(?:1[5-9]|20)?\d\d))?\*?$")
_YEAR_IN_BRACKETS = re.compile(r"\s*[(\[]((?:1[5-9]|20)\d\d)[)\]]\s*$")
# The marks of notes behind a name, a header or a value.
_NOTE_MARK = re.compile(
    r"(?:\s*(?:\(\d{1,2}\)|\[\d{1,2}\]|[*\u2020\u2021\u00a7]+|[\u00b9\u00b2\u00b3\u2070-\u2079]+))+$"
)
_UNIT_COLUMN = frozenset(
    {"unit", "units", "unidad", "unidades", "unidade", "unit\u00e9", "unit\u00e9s"}
)
_YEAR_COLUMN = frozenset({"year", "a\u00f1o", "ano", "ann\u00e9e", "jahr", "tahun", "anno", "jaar"})
# What numbers the rows.
_INDEX_COLUMN = frozenset(
    {
        "#",
        "no",
        "no.",
        "n\u00b0",
        "n\u00ba",
        "nr",
        "nr.",
        "number",
        "rank",
        "item",
        "n\u00famero",
        "rang",
    }
)
# A longer bracket is a remark rather than a unit.
_UNIT_WORDS = 4
# Words of a title in capitals, such as "Gross Shortfall", are longer than acronyms' neighbours.
_SHORT_WORD = 3
_HAVE = {
    "en": ("have", "of"), "es": ("tener", "de"), "pt": ("ter", "de"), "fr": ("avoir", "de"),
    "de": ("haben", "von"), "it": ("avere", "di"), "nl": ("hebben", "van"), "id": ("memiliki", ""),
}  # fmt: skip
_SHARE = {"en": "percentage", "es": "porcentaje", "pt": "porcentagem", "fr": "pourcentage"}


class Header(NamedTuple):
    """A column's measure in words, the unit of its values, and the year they are of; or ""."""

    name: str
    unit: str = ""
    time: str = ""

    @property
    def is_unit(self) -> bool:
        """Whether the column gives the unit of the others."""
        return self.name.casefold() in _UNIT_COLUMN

    @property
    def is_year(self) -> bool:
        """Whether the column gives the year of the row."""
        return self.name.casefold() in _YEAR_COLUMN

    @property
    def is_index(self) -> bool:
        """Whether the column numbers the rows."""
        return self.name.casefold() in _INDEX_COLUMN


def read_header(parts: list[str]) -> Header:
    """Read the header cells above a column, topmost first.

    >>> read_header(["Budget (million US dollars)", "2015"])
    Header(name='budget', unit='million US dollars', time='2015')
    """
    unit = time = ""
    names: list[str] = []
    for part in parts:
        text = drop_note_mark(part)
        if match := _YEAR_IN_BRACKETS.search(text):
            time, text = match[1], text[: match.start()]
        match = _IN_BRACKETS.search(text) or _AFTER_COMMA.search(text) or _IN_MONEY.search(text)
        if match and _is_unit(match[1]):
            unit, text = match[1].strip().replace(", ", " "), text[: match.start()]
        if is_year(text):
            time = text.rstrip("*")
        elif text:
            names.append(text)
    name = " ".join(names)
    if unit.casefold() in _UNIT_COLUMN:
        # "Shortfall (Unit)" beside a column of units.
        unit = ""
    return Header("%", "%", time) if name == "%" else Header(_lower(name), unit, time)


def is_year(text: str) -> bool:
    """Whether the text is a year or a range of years."""
    return _YEAR.match(text.strip()) is not None


def drop_note_mark(text: str) -> str:
    """The text without the marks of notes at its end: "Germanium (1)" is "Germanium"."""
    return _NOTE_MARK.sub("", text).strip()


def say_have(name: str, *, language: str, measured: bool) -> str:
    """The predicate "have NAME", or "have NAME of" before a measured amount.

    >>> say_have("budget", language="en", measured=True)
    'have budget of'
    """
    have, of = _HAVE.get(language, _HAVE["en"])
    if name == "%":
        name, measured = _SHARE.get(language, _SHARE["en"]), False
    return " ".join(filter(None, (have, name, of if measured else "")))


def _is_unit(text: str) -> bool:
    words = text.split()
    return 0 < len(words) <= _UNIT_WORDS and not text.strip().isdigit()


def _lower(name: str) -> str:
    """A header as it stands within a sentence.

    Acronyms keep their capitals, and so do later words unless all have one, as in a title.
    """
    words = [word.lower() if _SHOUTED.match(word) else word for word in name.split()]
    long = [word for word in words if len(word) > _SHORT_WORD]
    is_title = all(word[0].isupper() or not word[0].isalpha() for word in long)
    return " ".join(
        word.lower() if _CAPITALISED.match(word) and (at == 0 or is_title) else word
        for at, word in enumerate(words)
    )
