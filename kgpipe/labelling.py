"""Experts' labels and a workspace: what they see of it, and what they hand in.

Nothing is resolved or judged again by a label; the gate of what is published looks at labels when
it is asked.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from kgpipe.labels import group_labels, is_disputed
from kgpipe.review.export import FACTS
from kgpipe.review.identity import Known, index_wordings
from kgpipe.review.importing import read_labels
from kgpipe.review.merging import merge_edits, place_of
from kgpipe.review.rows import locate_documents
from kgpipe.review.spelling import find_alike, find_near
from kgpipe.review.table import Layout
from kgpipe.review.wordings import Resolved, Review, Ruling, Source, collect_facts, rival_values
from kgpipe.storage import without_collection
from kgpipe.types import Extraction, Graph, Label, Record, Rejection, Resolution
from kgpipe.workspace import Workspace


class Imported(Record):
    """What files held: labels `read`, those that `changed` the workspace, rows left or refused.

    Of those read, `adjudicated` came from files of disputes, and `unnamed` by nobody named.
    `disputed` counts the wordings on which people disagree now; `alike` holds the names of
    annotators that differ in nothing but case and blanks, `near` those new by these files with the
    one that they are a slip of the pen away from.
    """

    read: int
    changed: int
    adjudicated: int
    unnamed: int
    alike: tuple[tuple[str, ...], ...]
    near: tuple[tuple[str, str], ...]
    disputed: int
    rejections: tuple[Rejection, ...]


def load_review(workspace: Workspace) -> Review:
    """The workspace's facts and labels, without all that a reviewer does not see."""
    with without_collection(stays=True):
        resolved = next(iter(workspace.current("dedupe", Resolved)), Resolved(claims=()))
        stages = ("import", "tables", "extract")
        extractions = (one for stage in stages for one in workspace.stream(stage, Extraction))
        triples = (triple for extraction in extractions for triple in extraction.triples)
        facts = collect_facts(
            resolved.claims, triples, sources=workspace.stream("read", Source),
            rivals=rival_values(resolved.claims, resolved.conflicts),
        )  # fmt: skip
        keys = {claim.id: claim.keys for claim in resolved.claims}
        return Review(facts, group_labels(keys, workspace.labels()))


def stream_rulings(workspace: Workspace) -> Iterator[Ruling]:
    """What the machine concluded, one fact at a time."""
    return workspace.stream("verify", Ruling)


def load_summary(workspace: Workspace) -> Graph:
    """Claims, merges and labels alone, where texts and verdicts are not asked for."""
    nothing = Resolution(entities=(), claims=(), merges=())
    found = next(iter(workspace.current("dedupe", Resolution)), nothing)
    return Graph(
        documents=(), triples=(), entities=found.entities, claims=found.claims,
        merges=found.merges, conflicts=found.conflicts, labels=tuple(workspace.labels()),
    )  # fmt: skip


def locate_sources(workspace: Workspace, *, start: Path) -> dict[str, str]:
    """Links to the documents, for a workbook in the folder `start`; see `locate_documents`."""
    inputs = [Path(path) for path in workspace.read_note("inputs") or []]
    return locate_documents(workspace.stream("read", Source), inputs, start=start)


def import_labels(
    workspace: Workspace,
    sources: Sequence[Path],
    *,
    annotator: str = "",
    replace: bool = False,
    layout: Layout = FACTS,
) -> Imported:
    """Store what was written into reviewed files, one after the other.

    Args:
        workspace: that the files were exported from.
        sources: CSV files or workbooks, of facts or of disputes.
        annotator: who reviewed, where the rows do not say.
        replace: the files hold, whatever was said since they were exported.
        layout: `DISPUTES` takes files of disputes alone, `FACTS` those of facts too.

    Raises:
        KgpipeError: a file cannot be read; those before it are stored.
    """

    @cache
    def known() -> Known:
        return index_wordings(load_review(workspace).facts.values())

    read = changed = adjudicated = unnamed = 0
    rejections: list[Rejection] = []
    standing = {place_of(label): label for label in workspace.labels()}
    before = {label.annotator for label in standing.values()}
    for source in sources:
        with without_collection(stays=True):
            edits, refused = read_labels(source, annotator=annotator, known=known, layout=layout)
            merged = merge_edits(
                edits, source, stored=standing.values(), replaced=workspace.replaced_labels(),
                replace=replace,
            )  # fmt: skip
        changed += workspace.save_labels(merged.labels)
        standing |= {place_of(label): label for label in merged.labels}
        read += len(edits)
        adjudicated += sum(edit.label.role == "adjudicator" for edit in edits)
        unnamed += sum(not edit.label.annotator for edit in edits)
        rejections += refused + merged.left
    names = {label.annotator for label in standing.values()}
    by_key: defaultdict[str, list[Label]] = defaultdict(list)
    for label in standing.values():
        by_key[label.key].append(label)
    disputed = sum(len(given) > 1 and is_disputed(given) for given in by_key.values())
    return Imported(
        read=read, changed=changed, adjudicated=adjudicated, unnamed=unnamed, disputed=disputed,
        alike=find_alike(names), near=find_near(names - before, names),
        rejections=tuple(rejections),
    )  # fmt: skip
