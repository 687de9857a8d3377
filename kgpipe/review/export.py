"""Writes the review queue as a CSV that Excel and LibreOffice open as it is."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest
from kgpipe.review.select import EVIDENCE_SHOWN, ReviewRow
from kgpipe.review.table import COLUMNS, hash_row, one_line, read_rows
from kgpipe.text.spreadsheet import guard_cell


def write_queue(rows: Sequence[ReviewRow], path: Path) -> Path | None:
    """Write `rows` to `path`: UTF-8 with BOM (so that Excel knows it), formulas disarmed.

    Returns:
        Where a file that stood at `path` was moved, if an expert had filled something in and it was
        replaced; an expert's work is never overwritten. None otherwise.

    Raises:
        KgpipeError: the file cannot be written.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        cells = _as_cells(row)
        writer.writerow([guard_cell(one_line(cells[column])) for column in COLUMNS])
    kept = None
    part = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(buffer.getvalue(), encoding="utf-8-sig", newline="")
        if path.exists() and _is_filled(path):
            kept = _move_aside(path)
        part.replace(path)
    except OSError as error:
        raise KgpipeError(
            f"Cannot write {path}: {error.strerror}. Is it open in a spreadsheet?"
        ) from error
    return kept


def _as_cells(row: ReviewRow) -> dict[str, str]:
    pieces = [f"{text} [{source}]" for text, source in row.evidence[:EVIDENCE_SHOWN]]
    pieces += [""] * (EVIDENCE_SHOWN - len(pieces))
    return {
        "claim_id": row.claim_id,
        "subject": row.subject,
        "predicate": row.predicate,
        "object": row.object,
        "qualifiers": row.qualifiers,
        "quote": row.quote,
        "document": row.document,
        "page": "" if row.page is None else str(row.page),
        "verdict": row.verdict,
        "probability": "" if row.probability is None else f"{row.probability:.2f}",
        **{f"evidence_{number}": piece for number, piece in enumerate(pieces, start=1)},
        "label": "",
        "comment": "",
        "reviewer": "",
        "key": row.key,
        "row_hash": hash_row(
            subject=row.subject, predicate=row.predicate, object=row.object, key=row.key
        ),
    }


def _is_filled(path: Path) -> bool:
    """Whether somebody wrote a label or a comment; a file that is no review file counts too."""
    try:
        return any(row["label"] or row.get("comment") for _, row in read_rows(path))
    except KgpipeError:
        return True


def _move_aside(path: Path) -> Path:
    """Rename to a name made of the content: "review.csv" becomes "review.3fa9c21b.csv"."""
    # Eight digits keep the copies of one file apart.
    digest = content_digest(path.read_bytes())[:8]
    return path.replace(path.with_name(f"{path.stem}.{digest}{path.suffix}"))
