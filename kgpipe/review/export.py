"""Writes the review queue as a CSV that Excel and LibreOffice open as it is."""

from collections.abc import Sequence
from pathlib import Path

from kgpipe.review.facts import EVIDENCE_SHOWN
from kgpipe.review.select import ReviewRow
from kgpipe.review.table import COLUMNS, REQUIRED, hash_row, write_rows


def write_queue(rows: Sequence[ReviewRow], path: Path) -> Path | None:
    """Write the queue; see `table.write_rows`.

    Raises:
        KgpipeError: the file cannot be written.
    """
    return write_rows(
        map(_as_cells, rows), path, columns=COLUMNS, answers=("label", "comment"), required=REQUIRED
    )


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
        "conflicts_with": row.conflicts_with,
        "verdict": row.verdict,
        "probability": "" if row.probability is None else f"{row.probability:.2f}",
        **{f"evidence_{number}": piece for number, piece in enumerate(pieces, start=1)},
        "label": "",
        "comment": "",
        "reviewer": row.reviewer,
        "key": row.key,
        "row_hash": hash_row(row.subject, row.predicate, row.object, row.key),
    }
