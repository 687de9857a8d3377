"""What follows when experts hand in labels: those that are new are stored, each beside the others'.

Nothing is resolved or judged again; the gate of what is published looks at labels when it is asked.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from kgpipe.labels import is_disputed
from kgpipe.pipeline import load_graph
from kgpipe.review.identity import Known, index_wordings
from kgpipe.review.importing import read_labels
from kgpipe.review.merging import merge_edits
from kgpipe.types import Label, Record, Rejection
from kgpipe.workspace import Workspace


class Imported(Record):
    """What a file held: labels `read`, those that `changed` the workspace, rows left or refused.

    `disputed` counts the wordings on which people disagree now.
    """

    read: int
    changed: int
    disputed: int
    rejections: tuple[Rejection, ...]


def import_labels(
    workspace: Workspace, sources: Sequence[Path], *, annotator: str = "", replace: bool = False
) -> Imported:
    """Store what was written into reviewed files, one after the other.

    Args:
        workspace: that the files were exported from.
        sources: CSV files or workbooks, of facts or of disputes.
        annotator: who reviewed, where the rows do not say.
        replace: the files hold, whatever was said since they were exported.

    Raises:
        KgpipeError: a file cannot be read; those before it are stored.
    """

    @cache
    def known() -> Known:
        return index_wordings(load_graph(workspace))

    read = changed = 0
    rejections: list[Rejection] = []
    for source in sources:
        edits, refused = read_labels(source, annotator=annotator, known=known)
        merged = merge_edits(
            edits, source, stored=workspace.labels(), replaced=workspace.replaced_labels(),
            replace=replace,
        )  # fmt: skip
        changed += workspace.save_labels(merged.labels)
        read += len(edits)
        rejections += refused + merged.left
    by_key: defaultdict[str, list[Label]] = defaultdict(list)
    for label in workspace.labels():
        by_key[label.key].append(label)
    disputed = sum(map(is_disputed, by_key.values()))
    return Imported(read=read, changed=changed, disputed=disputed, rejections=tuple(rejections))
