"""Reads labels from a reviewed file, whatever program saved it."""

import difflib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from kgpipe.review.export import ANSWERS, EVIDENCE, FACTS
from kgpipe.review.identity import Known, Unmatched, match_row
from kgpipe.review.table import (
    Layout,
    Row,
    find_layout_fault,
    is_edited,
    read_base,
    read_rows,
    refuse_row,
)
from kgpipe.types import Label, Polarity, Rejection

_SYNONYMS: dict[Polarity, tuple[str, ...]] = {
    "supported": ("supported", "support", "1", "1.0", "1,0", "yes", "y", "true", "t", "correct"),
    "refuted": ("refuted", "refute", "0", "0.0", "0,0", "no", "n", "false", "f", "wrong"),
    "unclear": ("unclear", "unknown", "unsure", "?"),
}
_LABELS = {word: label for label, words in _SYNONYMS.items() for word in words}
# What was shown to the expert, and says nothing about the answer.
_UNREAD = ("claim_id", "quote", "document", "page", "conflicts_with", "verdict", "probability",
           *EVIDENCE, "given", "evidence_changed")  # fmt: skip
_NOTHING = Known({}, {}, {})


class Edit(NamedTuple):
    """A label that somebody wrote in a row; `base` is what stood there before: (label, comment)."""

    number: int
    label: Label
    base: tuple[str, str]


def read_labels(
    path: Path,
    *,
    annotator: str = "",
    known: Callable[[], Known] = lambda: _NOTHING,
    layout: Layout = FACTS,
) -> tuple[list[Edit], list[Rejection]]:
    """Read what was written into a reviewed file; rows as they were exported are passed over.

    A row is refused, with its number and the reason, if its label is not understood, if its fact
    cannot be told (see `identity.match_row`), or if a row before it labels the same fact by the
    same reviewer differently. The rest is returned. The labels of a file of disputes are an
    adjudicator's. The same file always gives the same labels; `labelled_at` is left empty.

    Args:
        path: the file.
        annotator: who reviewed, where the reviewer's cell is empty or as it was exported.
        known: makes the index of the workspace's facts; called only where it is needed.
        layout: what the file must be; one of disputes is one of facts too.

    Raises:
        KgpipeError: unreadable file, missing column, or an open quotation mark.
    """
    edits: dict[tuple[str, str], Edit] = {}
    rejections: list[Rejection] = []
    for row in read_rows(path, required=layout.required, unread=_UNREAD):
        found = _read_row(row, annotator, known)
        if isinstance(found, Edit):
            label = found.label
            earlier = edits.setdefault((label.key, label.annotator), found)
            if earlier.label.label != label.label:
                found = Unmatched(
                    "contradicting_label",
                    f"{label.label!r} here, but {earlier.label.label!r} for the same fact by the "
                    f"same reviewer in row {earlier.number}; keep one",
                )
        if isinstance(found, Unmatched):
            rejections.append(refuse_row(path, row.number, *found))
    return list(edits.values()), rejections


def _read_row(row: Row, annotator: str, known: Callable[[], Known]) -> Edit | Unmatched | None:
    """What somebody wrote in a row, None if nothing."""
    cells = row.cells
    if fault := find_layout_fault(row, answer="label"):
        return Unmatched(*fault)
    if not is_edited(cells, ANSWERS):
        return None
    if not cells["label"]:
        return _find_stray(cells)
    if cells["label"].casefold() not in _LABELS:
        return Unmatched("unknown_label", f"label {cells['label']!r}{_suggest(cells['label'])}")
    key = match_row(cells, known)
    return key if isinstance(key, Unmatched) else _as_edit(row, key, annotator)


def _as_edit(row: Row, key: str, annotator: str) -> Edit:
    cells, base = row.cells, read_base(row.cells, ANSWERS)
    reviewer = cells.get("reviewer", "")
    # A name that stood in the file does not tell who changed the label beside it.
    written = reviewer if reviewer != base["reviewer"] else annotator or reviewer
    label = Label(
        key=key,
        label=_LABELS[cells["label"].casefold()],
        annotator=written or annotator,
        comment=cells.get("comment", ""),
        role="adjudicator" if "said" in cells else "reviewer",
        evidence=cells.get("evidence_hash", ""),
    )
    return Edit(row.number, label, (base["label"], base["comment"]))


def _find_stray(cells: Mapping[str, str]) -> Unmatched | None:
    """A comment without a label, or a label that was taken out, would be lost without a word."""
    if before := read_base(cells, ANSWERS)["label"]:
        return Unmatched(
            "removed_label",
            f"the label {before!r} was taken out; labels are kept: write another, or `unclear`",
        )
    if cells.get("comment"):
        return Unmatched(
            "comment_without_label", "a comment without a label is not stored; add a label"
        )
    return None


def _suggest(label: str) -> str:
    near = difflib.get_close_matches(label.casefold(), _LABELS, n=1)
    hint = f"did you mean {_LABELS[near[0]]!r}?" if near else "write supported, refuted or unclear"
    return f" is not understood; {hint}"
