"""Review files: what every kind of them shares, be it CSV or a workbook."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest, content_id
from kgpipe.review.csv_file import read_csv, write_csv
from kgpipe.review.workbook import Looks, is_workbook, read_workbook, write_workbook
from kgpipe.text.spreadsheet import FORMULA_SIGNS, guard_cell, unguard_cell
from kgpipe.types import Rejection

# What a cell of a spreadsheet holds at most, less the apostrophe that disarms a formula.
CELL_CHARS = 32_766
# What a cell of `base` is joined with.
_JOINT = "|"
# Two blanks, a blank at either end of a cell, and what may begin a formula.
_SUSPECTS = ("  ", f"{_JOINT} ", f" {_JOINT}", *(f"{_JOINT}{sign}" for sign in FORMULA_SIGNS))


class Layout(NamedTuple):
    """A kind of review file.

    Attributes:
        columns: in their order.
        answers: those that an expert fills in; `base`, where it is a column, holds what they held.
        required: those without which a file is none of this kind.
        made: those that hold ids and figures of ours, which need no disarming.
        looks: of a workbook.
    """

    columns: Sequence[str]
    answers: Sequence[str]
    required: Sequence[str]
    made: Sequence[str] = ()
    looks: Looks = Looks()


class Row(NamedTuple):
    """A row by column; `beyond` is what stands beyond the last one.

    `number` is as a spreadsheet shows it. `merged` are the columns where the row has no cell of its
    own, since it was merged with the one above.
    """

    number: int
    cells: dict[str, str]
    beyond: str = ""
    merged: frozenset[str] = frozenset()


def one_line(text: str) -> str:
    """Collapse blanks and line breaks, so that a row stays one line whatever program saves it."""
    # Most cells are as they should be, and to see that takes a tenth of the time.
    if text.isprintable() and "  " not in text and len(text) <= CELL_CHARS:
        return text.strip()
    return " ".join(text.split())[:CELL_CHARS]


def hash_row(*cells: str) -> str:
    """What tells whether somebody edited what was asked rather than gave an answer."""
    return content_id("row", *map(one_line, cells))


def write_base(*answers: str) -> str:
    """What the answers were when the file was written: the base that edits are compared with."""
    return _JOINT.join(map(one_line, answers)) if any(answers) else ""


def write_rows(
    rows: Iterable[Mapping[str, str]], path: Path, *, layout: Layout
) -> tuple[int, Path | None]:
    """Write a CSV, or a workbook if `path` ends in .xlsx; formulas are disarmed in both.

    Args:
        rows: a cell for each column, and `link` where there is a place to go to.
        path: the file; its folder is made.
        layout: of the file.

    Returns:
        The number of rows; and where a file that stood at `path` was moved, if an expert had filled
        something in: an expert's work is never overwritten.

    Raises:
        KgpipeError: the file cannot be written.
    """
    kept = None
    part = path.with_name(f"{path.name}.part")
    lines = (
        (_disarm_row([row[column] for column in layout.columns], layout), row.get("link", ""))
        for row in rows
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            if path.suffix.casefold() == ".xlsx":
                count = write_workbook(lines, part, columns=layout.columns, looks=layout.looks)
            else:
                count = write_csv((cells for cells, _ in lines), part, columns=layout.columns)
            if path.exists() and _is_filled(path, layout):
                kept = _move_aside(path)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise KgpipeError(
            f"Cannot write {path}: {error.strerror}. Is it open in a spreadsheet?"
        ) from error
    return count, kept


def _disarm_row(cells: list[str], layout: Layout) -> list[str]:
    # Most rows are as they should be, and to see that of all cells at once takes a tenth of the
    # time of looking at each.
    joined = _JOINT.join(("", *cells, ""))
    if (
        joined.isprintable()
        and len(joined) <= CELL_CHARS
        and not any(suspect in joined for suspect in _SUSPECTS)
    ):
        return cells
    return [
        cell if column in layout.made else _disarm(cell)
        for column, cell in zip(layout.columns, cells, strict=True)
    ]


def _disarm(cell: str) -> str:
    return guard_cell(one_line(cell)) if cell else ""


def _is_filled(path: Path, layout: Layout) -> bool:
    """Whether somebody wrote an answer; a file that is no review file counts too."""
    try:
        rows = read_rows(path, required=layout.required)
        return any(is_edited(row.cells, layout.answers) for row in rows)
    except KgpipeError:
        return True


def is_edited(cells: Mapping[str, str], answers: Sequence[str]) -> bool:
    """Whether an answer is not what it was when the file was written."""
    base = read_base(cells, answers)
    return any(one_line(cells.get(answer, base[answer])) != base[answer] for answer in answers)


def read_base(cells: Mapping[str, str], answers: Sequence[str]) -> dict[str, str]:
    """The answers as `write_base` wrote them; "" where nothing stood, or that is unknown."""
    if not cells.get("base"):
        return dict.fromkeys(answers, "")
    first, *middle, last = cells["base"].split(_JOINT)
    # A comment, in the middle, may hold the joint itself.
    known = (first, _JOINT.join(middle), last) if len(answers) == 3 and middle else ("", "", "")
    return dict(zip(answers, known, strict=True))


def _move_aside(path: Path) -> Path:
    """Rename to a name made of the content: "review.csv" becomes "review.3fa9c21b.csv"."""
    # Eight digits keep the copies of one file apart.
    digest = content_digest(path.read_bytes())[:8]
    return path.replace(path.with_name(f"{path.stem}.{digest}{path.suffix}"))


def read_rows(path: Path, *, required: Sequence[str], unread: Sequence[str] = ()) -> Iterator[Row]:
    """Yield each row with content, of a CSV or a workbook; columns may stand in any order.

    Args:
        path: the file.
        required: columns without which it is none of its kind.
        unread: columns that nobody asks for, which are left out to save time.

    Raises:
        KgpipeError: unreadable file, a required column is missing, or a quotation mark is open.
    """
    lines = (
        read_workbook(path)
        if is_workbook(path)
        else ((number, cells, frozenset[int]()) for number, cells in read_csv(path))
    )
    columns: list[str] | None = None
    read: list[tuple[int, str]] = []
    for number, cells, swallowed in lines:
        if columns is None and not any(cells):
            continue
        if columns is None:
            columns = [name.strip().casefold() for name in cells]
            _check_columns(columns, path, number, required)
            read = [(at, name) for at, name in enumerate(columns) if name not in unread]
        elif any(cells) or swallowed:
            cells.extend([""] * (len(columns) - len(cells)))
            named = {name: cells[at] and unguard_cell(cells[at].strip()) for at, name in read}
            merged = frozenset(columns[at] for at in swallowed if at < len(columns))
            beyond = "".join(cells[len(columns) :]).strip()
            yield Row(number, named, beyond, merged)
    if columns is None:
        _check_columns([], path, 1, required)


def find_layout_fault(row: Row, *, answer: str) -> tuple[str, str] | None:
    """What is wrong with the cells of a row, whatever they say: (reason, detail), None if nothing.

    Args:
        row: as read.
        answer: the column that an expert fills in; a merged cell answers the first row alone.
    """
    if row.beyond:
        return "too_many_cells", f"{row.beyond!r} stands beyond the last column"
    if answer in row.merged:
        return f"merged_{answer}", f"its {answer} cell is merged with the one above; unmerge them"
    return None


def refuse_row(path: Path, number: int, reason: str, detail: str) -> Rejection:
    """A row of a file that cannot be used."""
    return Rejection(
        stage="review",
        item=f"{path.name}:{number}",
        reason=reason,
        detail=f"row {number}: {detail}",
    )


def _check_columns(columns: Sequence[str], path: Path, line: int, required: Sequence[str]) -> None:
    missing = [name for name in required if name not in columns]
    if missing:
        raise KgpipeError(
            f"{path}, line {line}: no column {', '.join(missing)}. Keep the header row as "
            "`kgpipe review export` wrote it; the order of the columns does not matter. A file of "
            "merges is imported with --what merges, one of facts or disputes without."
        )
