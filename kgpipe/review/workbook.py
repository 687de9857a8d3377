"""Workbooks: written as .xlsx a row at a time, read as .xlsx, .xlsm, .xlsb, .xls or .ods.

XlsxWriter writes since it keeps one row in memory; calamine reads since it is ten times as fast as
openpyxl and knows the older formats too. Both are small and need nothing else.
"""

import datetime
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import xlsxwriter
from python_calamine import CalamineError, CalamineWorkbook

from kgpipe.errors import KgpipeError

# A sheet holds no more links.
LINKS_SHOWN = 65_000
# A sheet holds no more rows, its header included.
MAX_ROWS = 1_048_576
# Unpacked, 100,000 facts take a fifth of this: a file that takes more was made to fill a memory.
_MOST_UNPACKED_BYTES = 2 << 30
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_WIDTH, _WIDE, _NARROW = 18, 50, 9
_COLOURS = {"supported": "#DDF2DD", "refuted": "#F8DCDC", "unclear": "#FBF1CC",
            "same": "#DDF2DD", "different": "#F8DCDC"}  # fmt: skip


class Looks(NamedTuple):
    """How a sheet shows its columns.

    `choices` are what may be filled in, by column; `numbers` are written as such; `linked` carries
    the link of a row.
    """

    choices: Mapping[str, Sequence[str]] = {}
    wide: Sequence[str] = ()
    numbers: Sequence[str] = ()
    hidden: Sequence[str] = ()
    linked: str = ""


def is_workbook(path: Path) -> bool:
    """Whether the content, whatever the name, is that of a workbook."""
    try:
        with path.open("rb") as file:
            return file.read(4) in (_ZIP, _OLE)
    except OSError as error:
        raise KgpipeError(f"Cannot read {path}: {error.strerror}.") from error


def write_workbook(
    rows: Iterable[tuple[Sequence[str], str]],
    path: Path,
    *,
    columns: Sequence[str],
    looks: Looks,
) -> int:
    """Write (cells, link or "") as one sheet; the same rows give the same bytes.

    Returns:
        The number of rows.

    Raises:
        KgpipeError: more rows than a sheet holds.
    """
    book = xlsxwriter.Workbook(
        str(path), {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False}
    )
    # No clock.
    book.set_properties({"created": datetime.datetime(2000, 1, 1)})
    sheet = book.add_worksheet("review")
    shown: dict[str, dict[str, Any]] = {
        "head": {"bold": True, "text_wrap": True},
        "wide": {"text_wrap": True},
        # As text, so that a spreadsheet leaves alone what looks like a date or a number.
        "text": {"num_format": "@"},
        "number": {},
        "link": {"font_color": "blue", "underline": 1},
    }
    formats = {name: book.add_format({"valign": "top", **look}) for name, look in shown.items()}
    _lay_out(sheet, columns, looks, formats)
    last = 0
    for last, (cells, link) in enumerate(rows, start=1):
        if last >= MAX_ROWS:
            book.close()
            raise KgpipeError(
                f"A sheet holds {MAX_ROWS - 1:,} rows at most: write CSV, or fewer with --batch."
            )
        link_at = looks.linked if link and last <= LINKS_SHOWN else ""
        for number, (column, cell) in enumerate(zip(columns, cells, strict=True)):
            if column == link_at:
                sheet.write_url(last, number, link, formats["link"], cell or "open")
            elif column in looks.numbers and cell:
                sheet.write_number(last, number, float(cell), formats["number"])
            elif cell:
                look = formats["wide" if column in looks.wide else "text"]
                sheet.write_string(last, number, cell, look)
    for column, words in looks.choices.items():
        _offer(book, sheet, columns.index(column), words, max(last, 1))
    sheet.autofilter(0, 0, max(last, 1), len(columns) - 1)
    book.close()
    return last


def _lay_out(sheet: Any, columns: Sequence[str], looks: Looks, formats: Mapping[str, Any]) -> None:
    for number, column in enumerate(columns):
        width = _WIDE if column in looks.wide else _NARROW if column in looks.numbers else _WIDTH
        shown = "wide" if column in looks.wide else "number" if column in looks.numbers else "text"
        hidden = {"hidden": column in looks.hidden}
        sheet.set_column(number, number, width, formats[shown], hidden)
        sheet.write_string(0, number, column, formats["head"])
    sheet.freeze_panes(1, 0)


def _offer(book: Any, sheet: Any, column: int, words: Sequence[str], last: int) -> None:
    """A dropdown, and colours that show what is done."""
    sheet.data_validation(
        1, column, last, column,
        {"validate": "list", "source": list(words), "error_title": "Not understood",
         "error_message": f"Choose one of: {', '.join(words)}."},
    )  # fmt: skip
    for word in words:
        look = book.add_format({"bg_color": _COLOURS[word]})
        rule = {"type": "cell", "criteria": "==", "value": f'"{word}"', "format": look}
        sheet.conditional_format(1, column, last, column, rule)


def read_workbook(path: Path) -> Iterator[tuple[int, list[str], frozenset[int]]]:
    """Yield (row number, cells, columns whose cell is merged into the row above) of sheet one.

    Raises:
        KgpipeError: it cannot be read, or unpacks to more than any review file.
    """
    _check_size(path)
    try:
        with CalamineWorkbook.from_path(path) as book:
            sheet = book.get_sheet_by_index(0)
            swallowed = _find_swallowed(sheet.merged_cell_ranges or ())
            # Empty rows above the table are given, empty columns before it are not.
            left = [""] * (sheet.start or (0, 0))[1]
            for number, values in enumerate(sheet.iter_rows(), start=1):
                cells = left + [_as_text(value) for value in values]
                yield number, cells, swallowed.get(number, frozenset())
    except (CalamineError, OSError) as error:
        raise KgpipeError(
            f"Cannot read {path} as a workbook: {error}. Save it once more as .xlsx, without a "
            "password, or as CSV UTF-8."
        ) from error


def _check_size(path: Path) -> None:
    """A zip file can unpack to a thousand times its size."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as packed:
        unpacked = sum(part.file_size for part in packed.infolist())
    if unpacked > _MOST_UNPACKED_BYTES:
        raise KgpipeError(
            f"{path} unpacks to {unpacked >> 20:,} MB, more than any review file: save it as CSV."
        )


def _find_swallowed(
    merged: Iterable[tuple[tuple[int, int], tuple[int, int]]],
) -> dict[int, frozenset[int]]:
    """By row number the columns (from 0) of cells that a merge with a row above took away."""
    found: dict[int, frozenset[int]] = {}
    for (top, left), (bottom, right) in merged:
        for row in range(top + 1, bottom + 1):
            found[row + 1] = found.get(row + 1, frozenset()) | frozenset(range(left, right + 1))
    return found


def _as_text(value: object) -> str:
    """A cell as a person reads it."""
    match value:
        case bool():
            return str(value).lower()
        case float() if value.is_integer():
            return str(int(value))
        case datetime.datetime() if value.time() == datetime.time():
            return value.date().isoformat()
        case _:
            return str(value)
