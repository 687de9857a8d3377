"""What follows when people decide about names: it is stored, and the facts are resolved again.

No model is called and nothing is extracted anew: resolution starts from the stored triples, and a
question about two names that has no stored reply waits for the next run.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from kgpipe.backends.chat_missing import NO_REPLY, MissingReplies
from kgpipe.decisions import Decision, settle_decisions
from kgpipe.errors import KgpipeError, UsageError
from kgpipe.pipeline import load_graph
from kgpipe.ports import ChatModel, Port
from kgpipe.replies import StageReplies
from kgpipe.resolving import latest_choices, resolve_all
from kgpipe.review.merges import read_decisions
from kgpipe.review.table import refuse_row
from kgpipe.text.normalise import normalise_name
from kgpipe.types import Merge, Record, Rejection
from kgpipe.wiring import wire_embedder
from kgpipe.workspace import Workspace


class Effect(Record):
    """How many decisions are new, and what became of the facts: `gone` gave way to `new` ones.

    `unknown` are decided names that the corpus has not, or not any more; `waiting` counts pairs of
    names that the next run will ask a model about.
    """

    changed: int
    facts_before: int
    facts_after: int
    gone: int
    new: int
    unknown: tuple[str, ...] = ()
    waiting: int = 0


def import_decisions(
    workspace: Workspace, source: Path, *, annotator: str = ""
) -> tuple[int, Effect, list[Rejection]]:
    """Store the decisions of a reviewed file, and resolve as they say.

    Returns:
        The number of decisions read, their effect, and the rows that were refused.

    Raises:
        KgpipeError: the file cannot be read, or the workspace cannot be resolved.
    """
    merges = load_graph(workspace).merges
    found, rejections = read_decisions(source, merges=merges, annotator=annotator)
    kept, faults = _admit(workspace.decisions(), found)
    rejections += [
        refuse_row(source, number, "contradicting_decision", fault)
        for number, fault in faults.items()
    ]
    return len(kept), _obey(workspace, list(kept.values())), rejections


def undo_merge(workspace: Workspace, merge_id: str, *, annotator: str = "") -> tuple[Merge, Effect]:
    """Keep the two names of a merge apart from now on, whatever was decided on them before.

    Raises:
        UsageError: there is no such merge.
        KgpipeError: other decisions join the two names.
    """
    merge = next((one for one in load_graph(workspace).merges if one.id == merge_id), None)
    if merge is None:
        raise UsageError(
            f"There is no merge {merge_id} now. `kgpipe review export --what merges` lists all."
        )
    decision = Decision(
        left=merge.left, right=merge.right, same=False, annotator=annotator, note="undone"
    )
    others = [one for one in workspace.decisions() if one.key != decision.key]
    settle_decisions([*others, decision])
    return merge, _obey(workspace, [decision], instead=True)


def apply_decisions(workspace: Workspace) -> Effect:
    """Resolve the stored facts as the stored decisions say, where they were only stored so far.

    Raises:
        KgpipeError: decisions contradict each other, or the workspace cannot be resolved.
    """
    return _obey(workspace, ())


def _admit(
    stored: Sequence[Decision], found: Mapping[int, Decision]
) -> tuple[dict[int, Decision], dict[int, str]]:
    """The decisions that can be obeyed beside all before them, and why the others cannot."""
    kept: dict[int, Decision] = {}
    faults: dict[int, str] = {}
    standing = {(one.key, one.annotator): one for one in stored}
    together = standing | {(one.key, one.annotator): one for one in found.values()}
    try:
        settle_decisions(together.values())
    except KgpipeError:
        pass
    else:
        return dict(found), {}
    for number, decision in found.items():
        tried = standing | {(decision.key, decision.annotator): decision}
        try:
            settle_decisions(tried.values())
        except KgpipeError as error:
            faults[number] = str(error)
        else:
            kept[number], standing = decision, tried
    return kept, faults


def _obey(workspace: Workspace, decisions: Sequence[Decision], *, instead: bool = False) -> Effect:
    """Store decisions and resolve again, if a run has resolved before."""
    before = set(load_graph(workspace).claims)
    changed = workspace.save_decisions(
        decisions, instead_of=[one.key for one in decisions] if instead else ()
    )
    choices = latest_choices(workspace)
    after = before
    if choices is not None and before:
        graph = load_graph(workspace)
        resolution = resolve_all(
            workspace, graph.triples, graph.documents, choices=choices,
            embedder=wire_embedder(
                choices.settings.embedder, base_url=choices.settings.base_url
            ),
            judge=_recall_judge(workspace, choices.judge), may_wait=True,
        )  # fmt: skip
        after = set(resolution.claims)
    entities = load_graph(workspace).entities
    known = {normalise_name(name) for entity in entities for name in entity.names}
    decided = {name for one in decisions for name in (one.left, one.right)}
    return Effect(
        unknown=tuple(sorted(name for name in decided if normalise_name(name) not in known)),
        waiting=sum(fault.reason == NO_REPLY for fault in workspace.rejections()),
        changed=changed,
        facts_before=len(before),
        facts_after=len(after),
        gone=len(before - after),
        new=len(after - before),
    )


def _recall_judge(workspace: Workspace, name: str) -> Port[ChatModel] | None:
    """The model of that name, as far as its replies are stored."""
    if not name:
        return None
    recall = partial(MissingReplies, name, StageReplies(workspace, "compare"))
    return Port(name, recall, network=True)
