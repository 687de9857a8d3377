"""Reads labels from a reviewed file, whatever program saved it."""

import difflib
from collections.abc import Mapping
from pathlib import Path

from kgpipe.review.table import hash_row, read_rows
from kgpipe.types import Label, Polarity, Rejection

_SYNONYMS: dict[Polarity, tuple[str, ...]] = {
    "supported": ("supported", "support", "1", "1.0", "1,0", "yes", "y", "true", "t", "correct"),
    "refuted": ("refuted", "refute", "0", "0.0", "0,0", "no", "n", "false", "f", "wrong"),
    "unclear": ("unclear", "unknown", "unsure", "?"),
}
_LABELS = {word: label for label, words in _SYNONYMS.items() for word in words}


def read_labels(path: Path, *, annotator: str = "") -> tuple[list[Label], list[Rejection]]:
    """Read the labels of a reviewed file; rows without a label are passed over.

    A row is refused, with its number and the reason, if its label is not understood, if its fact
    was edited (the row hash tells), or if a row before it labels the same fact by the same reviewer
    differently. The rest is returned. The same file always gives the same labels; `labelled_at` is
    left empty for the caller.

    Args:
        path: the file.
        annotator: for rows that name no reviewer.

    Raises:
        KgpipeError: unreadable file, missing column, or an open quotation mark.
    """
    labels: dict[tuple[str, str], Label] = {}
    rows: dict[tuple[str, str], int] = {}
    rejections: list[Rejection] = []
    for number, row in read_rows(path):
        fault = _find_fault(row)
        if fault is None and row["label"]:
            label = _as_label(row, annotator)
            place = (label.key, label.annotator)
            earlier = labels.setdefault(place, label)
            rows.setdefault(place, number)
            if earlier.label != label.label:
                fault = (
                    "contradicting_label",
                    f"{label.label!r} here, but {earlier.label!r} for the same fact by the same "
                    f"reviewer in row {rows[place]}; keep one",
                )
        if fault:
            reason, detail = fault
            rejections.append(
                Rejection(
                    stage="review",
                    item=f"{path.name}:{number}",
                    reason=reason,
                    detail=f"row {number}: {detail}",
                )
            )
    return list(labels.values()), rejections


def _find_fault(row: Mapping[str, str]) -> tuple[str, str] | None:
    """Why the row cannot be used, as (reason, detail); None where it can, or holds nothing."""
    if row[""]:
        return "too_many_cells", f"{row['']!r} stands beyond the last column"
    if not row["label"]:
        return _find_stray(row)
    if row["label"].casefold() not in _LABELS:
        return "unknown_label", f"label {row['label']!r}{_suggest(row['label'])}"
    expected = hash_row(row["subject"], row["predicate"], row["object"], row["key"])
    if row["row_hash"] != expected:
        return (
            "edited_fact",
            "subject, predicate, object or key differ from what was exported, so the label may be "
            "about something else; restore the row from the export and write corrections into the "
            "comment",
        )
    return None


def _find_stray(row: Mapping[str, str]) -> tuple[str, str] | None:
    """A comment or reviewer without a label would be lost without a word."""
    if row.get("comment"):
        return "comment_without_label", "a comment without a label is not stored; add a label"
    return None


def _suggest(label: str) -> str:
    near = difflib.get_close_matches(label.casefold(), _LABELS, n=1)
    hint = f"did you mean {_LABELS[near[0]]!r}?" if near else "write supported, refuted or unclear"
    return f" is not understood; {hint}"


def _as_label(row: Mapping[str, str], annotator: str) -> Label:
    return Label(
        key=row["key"],
        label=_LABELS[row["label"].casefold()],
        annotator=row.get("reviewer", "") or annotator,
        comment=row.get("comment", ""),
    )
