"""Files for several reviewers: each gets a share of the queue, and its known facts are noted."""

import re
from pathlib import Path
from typing import NamedTuple

from kgpipe.errors import UsageError
from kgpipe.labels import trust_annotators
from kgpipe.pipeline import load_graph
from kgpipe.review.export import write_queue
from kgpipe.review.known import Drift, measure_drift
from kgpipe.review.route import route_queue
from kgpipe.settings import Settings
from kgpipe.vectors import store_vectors
from kgpipe.wiring import wire_embedder
from kgpipe.workspace import Workspace

_NOTE = "known_facts"


class Written(NamedTuple):
    """A reviewer's file; `kept` is where one with answers that stood there was moved."""

    reviewer: str
    path: Path
    facts: int
    known: int
    kept: Path | None


def write_shares(workspace: Workspace, folder: Path, settings: Settings) -> list[Written]:
    """Share the queue among `review.reviewers`, and write a file for each into `folder`.

    Raises:
        UsageError: reviewers are not named well, two would share a file, or `folder` is none.
        KgpipeError: a file cannot be written.
    """
    if folder.is_file() or folder.suffix in {".csv", ".xlsx"}:
        raise UsageError(f"{folder} names a file: with reviewers, name a folder for theirs.")
    embedder = wire_embedder(settings.dedupe.embedder, base_url=settings.dedupe.base_url)
    stored = store_vectors(embedder, workspace.transaction)
    shares = route_queue(load_graph(workspace), settings=settings.review, embedder=stored.make)
    paths = _name_files(folder, settings.review.reviewers)
    written = []
    for share, path in zip(shares, paths, strict=True):
        facts, kept = write_queue(share.rows, path)
        written.append(Written(share.reviewer, path, facts, len(share.known), kept))
    handed_out = _handed_out(workspace)
    new = [(share.reviewer, key) for share in shares for key in share.known]
    workspace.write_note(_NOTE, list(dict.fromkeys(handed_out + new)))
    return written


def load_drift(workspace: Workspace, settings: Settings) -> dict[str, Drift]:
    """How each reviewer did on the known facts in the files that were written for them."""
    labels = trust_annotators(workspace.labels(), settings.review.gold)
    return measure_drift(labels, _handed_out(workspace))


def _handed_out(workspace: Workspace) -> list[tuple[str, str]]:
    return [(reviewer, key) for reviewer, key in workspace.read_note(_NOTE) or []]


def _name_files(folder: Path, reviewers: tuple[str, ...]) -> list[Path]:
    names = [re.sub(r"[^\w.-]+", "_", name.strip()).strip(".") or "_" for name in reviewers]
    folded = [name.casefold() for name in names]
    for at, name in enumerate(folded):
        if name in folded[:at]:
            raise UsageError(
                f"{reviewers[folded.index(name)]!r} and {reviewers[at]!r} would share the file "
                f"{names[at]}.csv: tell them apart by more than signs and case."
            )
    return [folder / f"{name}.csv" for name in names]
