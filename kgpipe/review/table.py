"""The review file as a spreadsheet writes it: columns, encodings, separators, row hashes."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from kgpipe.errors import KgpipeError
from kgpipe.ids import content_id
from kgpipe.text.spreadsheet import unguard_cell

COLUMNS = (
    "claim_id", "subject", "predicate", "object", "qualifiers", "quote", "document", "page",
    "verdict", "probability", "evidence_1", "evidence_2", "evidence_3", "label", "comment",
    "reviewer", "key", "row_hash",
)  # fmt: skip
REQUIRED = ("subject", "predicate", "object", "label", "key", "row_hash")


def one_line(text: str) -> str:
    """Collapse blanks and line breaks, so that a row stays one line whatever program saves it."""
    return " ".join(text.split())


def hash_row(*, subject: str, predicate: str, object: str, key: str) -> str:
    """What tells whether somebody edited the fact itself rather than its label."""
    return content_id("row", one_line(subject), one_line(predicate), one_line(object), key)


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number as a spreadsheet shows it, cells by column) of each row with content.

    Comma, semicolon or tab; UTF-8, UTF-16 or cp1252; columns in any order. A cell beyond the last
    column is returned under "".

    Raises:
        KgpipeError: unreadable file, a required column is missing, or a quotation mark is open.
    """
    text = _decode(path)
    delimiter = _find_delimiter(text.partition("\n")[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = [name.strip().casefold() for name in next(reader, [])]
        _check_columns(columns, path)
        for row, cells in enumerate(reader, start=2):
            if any(cells):
                yield row, _name_cells(columns, cells)
    except csv.Error as error:
        raise KgpipeError(
            f"{path}, line {reader.line_num}: {error}. Is a quotation mark left open?"
        ) from error


def _name_cells(columns: list[str], cells: list[str]) -> dict[str, str]:
    named = dict.fromkeys(columns, "")
    named.update(
        (column, unguard_cell(cell.strip())) for column, cell in zip(columns, cells, strict=False)
    )
    named[""] = "".join(cells[len(columns) :]).strip()
    return named


def _check_columns(columns: list[str], path: Path) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise KgpipeError(
            f"{path}, line 1: no column {', '.join(missing)}. Keep the header row as "
            "`kgpipe review export` wrote it; the order of the columns does not matter."
        )


def _find_delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _decode(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise KgpipeError(f"Cannot read {path}: {error.strerror}.") from error
    # What Excel calls Unicode text is UTF-16 with tabs; its plain CSV is cp1252.
    encodings = (
        ("utf-16",) if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "cp1252")
    )
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise KgpipeError(f"{path} is no text in UTF-8, UTF-16 or cp1252: save it as CSV UTF-8.")
