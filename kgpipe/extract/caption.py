"""What stands above a table: its caption, the measure that this names, and its year."""

import re
from typing import NamedTuple

_NUMBERED = re.compile(
    r"(?:Table|Tabla|Tabela|Tableau|Tabelle|Tabel|Tabella|Cuadro|Quadro)\b[\s.]*"
    r"(?:[A-Z]?\d[\w.\u2013-]*|[IVX]+\b)?\s*[:.\u2013-]?\s*",
    re.IGNORECASE,
)
# A caption stands in one of so many paragraphs before its table, and is no longer (characters).
_WITHIN = 3
_LONGEST = 250
# A heading is taken for a caption up to this length.
_HEADING = 120
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
# What follows the measure: by what, where, when, in which unit.
_REST = re.compile(
    r"\s*(?:[,(:;]|\b(?:by|per|for|por|seg\u00fan|par|selon|nach|from)\b).*", re.DOTALL
)


class Caption(NamedTuple):
    """A caption; the measure that it names and the only year that it speaks of, or ""."""

    text: str = ""
    measure: str = ""
    time: str = ""


def find_caption(before: str) -> Caption:
    """Read the caption from the text before a table: a numbered one, else a heading.

    >>> find_caption("Table 2: Mercury use by country, 2015")
    Caption(text='Mercury use by country, 2015', measure='Mercury use', time='2015')
    """
    paragraphs = before.rstrip().split("\n\n")[-_WITHIN:]
    for at in range(len(paragraphs) - 1, -1, -1):
        match = _NUMBERED.match(paragraphs[at])
        if match and len(paragraphs[at]) <= _LONGEST:
            rest = [paragraphs[at][match.end() :], *paragraphs[at + 1 :]]
            return _caption(next((text for text in rest if text.strip()), ""))
    last = paragraphs[-1]
    is_heading = len(last) <= _HEADING and "\t" not in last and last[-1:] not in ".;,"
    return _caption(last) if is_heading else Caption()


def _caption(text: str) -> Caption:
    text = " ".join(text.split())
    if len(text) > _LONGEST:
        return Caption()
    years = set(_YEAR.findall(text))
    return Caption(text, _REST.sub("", text).strip(), years.pop() if len(years) == 1 else "")
