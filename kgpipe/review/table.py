"""Review files for spreadsheets and from them: columns, encodings, separators, row hashes."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest, content_id
from kgpipe.text.spreadsheet import guard_cell, unguard_cell

COLUMNS = (
    "claim_id", "subject", "predicate", "object", "qualifiers", "quote", "document", "page",
    "conflicts_with", "verdict", "probability", "evidence_1", "evidence_2", "evidence_3", "label",
    "comment", "reviewer", "key", "row_hash",
)  # fmt: skip
REQUIRED = ("subject", "predicate", "object", "label", "key", "row_hash")


def one_line(text: str) -> str:
    """Collapse blanks and line breaks, so that a row stays one line whatever program saves it."""
    return " ".join(text.split())


def hash_row(*cells: str) -> str:
    """What tells whether somebody edited what was asked rather than gave an answer."""
    return content_id("row", *map(one_line, cells))


def write_rows(
    rows: Iterable[Mapping[str, str]],
    path: Path,
    *,
    columns: Sequence[str],
    answers: Sequence[str],
    required: Sequence[str],
) -> Path | None:
    """Write UTF-8 with BOM (so that Excel knows it), formulas disarmed.

    Args:
        rows: a cell for each column.
        path: the file.
        columns: in their order.
        answers: the columns that an expert fills in.
        required: the columns without which a file is none of this kind.

    Returns:
        Where a file that stood at `path` was moved, if an expert had filled something in and it was
        replaced; an expert's work is never overwritten. None otherwise.

    Raises:
        KgpipeError: the file cannot be written.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([guard_cell(one_line(row[column])) for column in columns])
    kept = None
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(buffer.getvalue(), encoding="utf-8-sig", newline="")
        if path.exists() and _is_filled(path, answers, required):
            kept = _move_aside(path)
        part.replace(path)
    except OSError as error:
        raise KgpipeError(
            f"Cannot write {path}: {error.strerror}. Is it open in a spreadsheet?"
        ) from error
    return kept


def _is_filled(path: Path, answers: Sequence[str], required: Sequence[str]) -> bool:
    """Whether somebody wrote an answer; a file that is no review file counts too."""
    try:
        rows = read_rows(path, required=required)
        return any(row.get(answer) for _, row in rows for answer in answers)
    except KgpipeError:
        return True


def _move_aside(path: Path) -> Path:
    """Rename to a name made of the content: "review.csv" becomes "review.3fa9c21b.csv"."""
    # Eight digits keep the copies of one file apart.
    digest = content_digest(path.read_bytes())[:8]
    return path.replace(path.with_name(f"{path.stem}.{digest}{path.suffix}"))


def read_rows(
    path: Path, *, required: Sequence[str] = REQUIRED
) -> Iterator[tuple[int, dict[str, str]]]:
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
        _check_columns(columns, path, required)
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


def _check_columns(columns: list[str], path: Path, required: Sequence[str]) -> None:
    missing = [name for name in required if name not in columns]
    if missing:
        raise KgpipeError(
            f"{path}, line 1: no column {', '.join(missing)}. Keep the header row as "
            "`kgpipe review export` wrote it; the order of the columns does not matter. Facts and "
            "merges are told apart by --what."
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
