"""Writes facts to review, and labels to adjudicate, as a CSV or workbook for a spreadsheet."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from kgpipe.review.facts import EVIDENCE_SHOWN
from kgpipe.review.rows import ReviewRow, digest_evidence
from kgpipe.review.table import Layout, hash_row, write_base, write_rows
from kgpipe.review.workbook import Looks

ANSWERS = ("label", "comment", "reviewer")
EVIDENCE = tuple(f"evidence_{number}" for number in range(1, EVIDENCE_SHOWN + 1))
_LOOKS = Looks(
    choices={"label": ("supported", "refuted", "unclear")},
    wide=("quote", *EVIDENCE, "comment", "said"),
    numbers=("page", "probability"),
    # What ties a row to its fact; an expert has no use for it.
    hidden=("key", "row_hash", "evidence_hash", "base"),
    linked="page",
)
FACTS = Layout(
    columns=(
        "claim_id", "subject", "predicate", "object", "qualifiers", "quote", "document", "page",
        "conflicts_with", "verdict", "probability", *EVIDENCE, "given", "evidence_changed",
        *ANSWERS, "key", "row_hash", "evidence_hash", "base",
    ),
    answers=ANSWERS,
    required=("subject", "predicate", "object", "label", "row_hash"),
    made=("claim_id", "page", "verdict", "probability", "key", "row_hash", "evidence_hash"),
    looks=_LOOKS,
)  # fmt: skip
# The same facts with what was `said` about them; its answers are an adjudicator's.
DISPUTES = FACTS._replace(
    columns=("said", *(column for column in FACTS.columns if column != "given")),
    required=(*FACTS.required, "said"),
)


def write_queue(
    rows: Iterable[ReviewRow], path: Path, *, links: Mapping[str, str] | None = None
) -> tuple[int, Path | None]:
    """Write facts to review; `links` leads to documents (see `rows.locate_documents`).

    Returns:
        The number of rows, and where a filled-in file was moved; see `table.write_rows`.

    Raises:
        KgpipeError: the file cannot be written.
    """
    return write_rows((_as_cells(row, links or {}) for row in rows), path, layout=FACTS)


def write_disputes(
    rows: Iterable[ReviewRow], path: Path, *, links: Mapping[str, str] | None = None
) -> tuple[int, Path | None]:
    """Write what people disagree about, for one to settle; otherwise as `write_queue`."""
    cells = (_as_cells(row, links or {}) | {"said": row.given} for row in rows)
    return write_rows(cells, path, layout=DISPUTES)


def _as_cells(row: ReviewRow, links: Mapping[str, str]) -> dict[str, str]:
    pieces = [f"{text} [{source}]" for text, source in row.evidence[:EVIDENCE_SHOWN]]
    pieces += [""] * (EVIDENCE_SHOWN - len(pieces))
    link = links.get(row.document, "")
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
        **dict(zip(EVIDENCE, pieces, strict=True)),
        "given": row.given,
        "evidence_changed": row.evidence_changed,
        "label": row.label,
        "comment": row.comment,
        "reviewer": row.reviewer,
        "key": row.key,
        "row_hash": hash_row(row.subject, row.predicate, row.object, row.key),
        "evidence_hash": digest_evidence(row),
        "base": write_base(row.label, row.comment, row.reviewer),
        "link": f"{link}#page={row.page}" if link and row.page is not None else link,
    }
