"""How a table is read: which rows are its header, which column names the rows."""

from collections.abc import Sequence
from typing import NamedTuple

from kgpipe.errors import ItemError
from kgpipe.extract.amount import read_amount
from kgpipe.extract.headers import Header, is_year, read_header
from kgpipe.types import Table

Texts = Sequence[Sequence[str]]

_MAX_HEADER_ROWS = 3
# A longer header (characters) is running text.
_LONGEST_HEADER = 90
# Without numbers, so many rows and columns with a full first row make a header likely.
_TEXT_ROWS, _TEXT_COLUMNS = 3, 3
# At least this share of a column's filled cells decides what it holds.
_MOST = 0.6
# A name of a row has so many words, on average.
_LABEL_WORDS = 8
# At least this share of the names of rows differ.
_DISTINCT = 0.5


class Column(NamedTuple):
    """A column: its place, its header, and whether it holds numbers."""

    at: int
    header: Header
    numeric: bool


class Reading(NamedTuple):
    """How many rows are header, the columns below them, and the one that names the rows."""

    header_rows: int
    columns: tuple[Column, ...]
    label: Column


def read_columns(table: Table, texts: Texts, *, language: str) -> Reading:
    """Tell header, columns and row labels of a table.

    Args:
        table: with at least one row.
        texts: what each cell says, "" for an empty one.
        language: decides how numbers are read.

    Raises:
        ItemError: `no_header` or `no_row_label`.
    """
    rows = _header_rows(table, texts, language)
    if not rows or rows >= len(texts):
        raise ItemError("no_header", "The first rows hold values, or nothing follows them.")
    columns = tuple(
        _column(at, [row[at] for row in texts], table, header_rows=rows, language=language)
        for at in range(len(texts[0]))
    )
    named = [column for column in columns if len(column.header.name) <= _LONGEST_HEADER]
    return Reading(rows, tuple(named), _label(named, texts[rows:]))


def _header_rows(table: Table, texts: Texts, language: str) -> int:
    first = next(
        (at for at, row in enumerate(texts) if any(_is_value(text, language) for text in row)),
        None,
    )
    if table.headed:
        return 1
    if first is None:
        full = all(texts[0]) and len(set(table.rows[0])) == len(texts[0])
        return int(full and len(texts) >= _TEXT_ROWS and len(texts[0]) >= _TEXT_COLUMNS)
    if first > _MAX_HEADER_ROWS:
        # Rows of words stand among those of numbers.
        return 1
    # A row that gives a single name heads a group of rows.
    while first > 1 and len(set(table.rows[first - 1]) - {None}) == 1:
        first -= 1
    return first


def _is_value(text: str, language: str) -> bool:
    if is_year(text):
        return False
    # Dates and ranges are values too.
    digits_only = any(map(str.isdigit, text)) and not any(map(str.isalpha, text))
    return digits_only or read_amount(text, language=language) is not None


def _column(
    at: int, texts: Sequence[str], table: Table, *, header_rows: int, language: str
) -> Column:
    parts: dict[tuple[int, int], str] = {}
    for row in range(header_rows):
        cell = table.rows[row][at]
        if cell is not None and len(set(table.rows[row]) - {None}) > 1:
            parts[cell] = texts[row]
    body = [text for text in texts[header_rows:] if text]
    amounts = sum(read_amount(text, language=language) is not None for text in body)
    return Column(at, read_header(list(parts.values())), amounts >= max(1, _MOST * len(body)))


def _label(columns: Sequence[Column], body: Texts) -> Column:
    """The first column of names, else that of years."""
    for column in columns:
        header = column.header
        filled = [row[column.at] for row in body if row[column.at]]
        names = sum(any(map(str.isalpha, text)) for text in filled)
        is_name = not (column.numeric or header.is_index or header.is_unit or header.is_year)
        distinct = len(set(filled)) >= _DISTINCT * len(filled)
        short = sum(len(text.split()) for text in filled) <= _LABEL_WORDS * len(filled)
        if is_name and distinct and short and names >= max(1, _MOST * len(body)):
            return column
    for column in columns[:1]:
        if all(is_year(row[column.at]) for row in body if row[column.at]):
            return column
    raise ItemError("no_row_label", "No column holds names that tell the rows apart.")
