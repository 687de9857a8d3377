"""Brings labels of a file together with those that are stored: a merge of three versions.

What a file held when it was exported is the base; what somebody wrote into it since, and what came
into the workspace since, are the two edits. Reviewers never overwrite each other: each has a label
of its own, and where two disagree the fact goes to adjudication.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from kgpipe.review.importing import Edit
from kgpipe.review.table import refuse_row
from kgpipe.types import Label, Rejection


class Merged(NamedTuple):
    """Labels to store, and the rows that were left as they are, with the reason."""

    labels: list[Label]
    left: list[Rejection]


def merge_edits(
    edits: Iterable[Edit],
    path: Path,
    *,
    stored: Iterable[Label],
    replaced: Iterable[Label],
    replace: bool = False,
) -> Merged:
    """Choose what of a file is to be stored; a file that was merged once has no effect again.

    A row is left, and named, if its reviewer has said something else since, or if nobody is named
    and somebody said something else since the export: those may be two people.

    Args:
        edits: what was written into the file.
        path: of the file, for messages.
        stored: labels that stand.
        replaced: what annotators said before they said something else.
        replace: the file holds, whatever was said since.
    """
    standing = {place_of(label): label for label in stored}
    former = {_statement(label) for label in replaced}
    labels: list[Label] = []
    left: list[Rejection] = []
    for edit in edits:
        label, now = edit.label, standing.get(place_of(edit.label))
        if now is None or replace:
            labels.append(label)
            continue
        if _statement(now) == _statement(label):
            continue
        same = (now.label, now.comment) == (label.label, label.comment)
        if _statement(label) in former:
            if not same:
                left.append(refuse_row(path, edit.number, *_explain_former(label, now)))
        elif not label.annotator and not same and (now.label, now.comment) != edit.base:
            left.append(refuse_row(path, edit.number, *_explain_unnamed(label, now)))
        else:
            labels.append(label)
    return Merged(labels, left)


def place_of(label: Label) -> tuple[str, str, str]:
    """Who says it about what in which role: each has one label at a time."""
    return label.key, label.annotator, label.role


def _statement(label: Label) -> Sequence[str]:
    return (*place_of(label), label.label, label.comment, label.evidence)


def _explain_former(label: Label, now: Label) -> tuple[str, str]:
    who = label.annotator or "the reviewer"
    return (
        "replaced_since",
        f"{who} said {label.label!r} before and says {now.label!r} since, which stands; "
        "--replace takes the file's",
    )


def _explain_unnamed(label: Label, now: Label) -> tuple[str, str]:
    return (
        "unnamed_reviewers",
        f"{label.label!r} here, {now.label!r} in another file, and nobody is named in either: name "
        "who reviewed this file with --annotator to keep both, or take this one with --replace",
    )
