"""Merges for experts: a table of what became one and why, and their answers read back.

A row about a merge is bound to its two names by a hash, as a fact's is. A row without a merge id
is the expert's own: two names that nothing had joined.
"""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePath

from kgpipe.decisions import Decision, find_disputes, pair_key
from kgpipe.review.table import (
    Layout,
    find_layout_fault,
    hash_row,
    one_line,
    read_rows,
    refuse_row,
    write_rows,
)
from kgpipe.review.workbook import Looks
from kgpipe.types import Graph, Merge, Rejection, Triple

MERGE_COLUMNS = (
    "merge_id", "left", "right", "entity", "reason", "score", "cosine", "string_similarity",
    "against", "left_mentions", "right_mentions", "left_said", "right_said", "decided", "decision",
    "note", "annotator", "row_hash",
)  # fmt: skip
MERGES = Layout(
    columns=MERGE_COLUMNS,
    answers=("decision", "note", "annotator"),
    required=("merge_id", "left", "right", "decision", "row_hash"),
    looks=Looks(
        choices={"decision": ("same", "different")},
        wide=("left_said", "right_said", "against", "note"),
        numbers=("score", "cosine", "string_similarity", "left_mentions", "right_mentions"),
        hidden=("row_hash",),
    ),
)
_SAME = ("same", "s", "1", "1.0", "1,0", "yes", "y", "true", "t", "correct")
_DIFFERENT = ("different", "differ", "d", "0", "0.0", "0,0", "no", "n", "false", "f", "wrong",
              "apart")  # fmt: skip
_WORDS = dict.fromkeys(_SAME, True) | dict.fromkeys(_DIFFERENT, False)
# What is surer comes later; reasons that are not listed are guesses by likeness.
_SURENESS = {"acronym_defined": 1, "alias": 1, "same_normalised_form": 2, "decided": 3}


def write_merges(
    graph: Graph, decisions: Sequence[Decision], path: Path
) -> tuple[int, Path | None]:
    """Write a row for each merge, then one for each pair that people keep apart.

    First comes what people disagree about, then what nobody has decided, the least sure first.

    Returns:
        The number of merges; and where a file with answers was moved (see `table.write_rows`).

    Raises:
        KgpipeError: the file cannot be written.
    """
    said: defaultdict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        said[decision.key].append(decision)
    disputes = find_disputes(decisions)
    names = {entity.id: entity.name for entity in graph.entities}
    triples = {triple.id: triple for triple in graph.triples}
    sources = {one.id: PurePath(one.source).name for one in graph.documents}
    merges = {pair_key(merge.left, merge.right): merge for merge in graph.merges}
    rows = [
        _merge_cells(merge, entity=names[merge.entity_id], triples=triples, sources=sources)
        | {"decided": describe_decisions(said[pair_key(merge.left, merge.right)])}
        for merge in order_merges(graph, decisions)
    ]
    rows += [
        dict.fromkeys(MERGE_COLUMNS, "")
        | {
            "left": found[0].left,
            "right": found[0].right,
            "reason": "disputed" if key in disputes else "kept_apart",
            "decided": describe_decisions(found),
        }
        for key, found in sorted(said.items())
        if key not in merges and not all(one.same for one in found)
    ]
    _, kept = write_rows(rows, path, layout=MERGES)
    return len(graph.merges), kept


def order_merges(graph: Graph, decisions: Sequence[Decision]) -> list[Merge]:
    """What people disagree about, then what nobody has decided, then the rest; least sure first."""
    disputes = find_disputes(decisions)
    decided = {decision.key for decision in decisions}

    def rank(merge: Merge) -> tuple[object, ...]:
        key = pair_key(merge.left, merge.right)
        attention = 0 if key in disputes else 2 if key in decided else 1
        # Names of one form have no cosine.
        score = merge.score if merge.string_similarity is None else merge.string_similarity
        score = score if merge.cosine is None else merge.cosine
        sureness = _SURENESS.get(merge.reason, 0)
        return attention, sureness, score, -len(merge.against), merge.id

    return sorted(graph.merges, key=rank)


def read_decisions(
    path: Path, *, merges: Iterable[Merge] = (), annotator: str = ""
) -> tuple[dict[int, Decision], list[Rejection]]:
    """Read the decisions of a reviewed file by row number; rows without one are passed over.

    A row is refused, with its number and the reason, if its decision is not understood, if its
    names were edited, or if a row before it says the contrary of the same pair by the same person.

    Args:
        path: the file.
        merges: those of the workspace, which know names as they are written.
        annotator: for rows that name none.

    Raises:
        KgpipeError: unreadable file, missing column, or an open quotation mark.
    """
    known = {merge.id: merge for merge in merges}
    decisions: dict[int, Decision] = {}
    first: dict[tuple[str, str], int] = {}
    rejections: list[Rejection] = []
    for line in read_rows(path, required=MERGES.required):
        number, row = line.number, line.cells
        fault = find_layout_fault(line, answer="decision") or _find_fault(row)
        if fault is None and row["decision"]:
            decision = _as_decision(row, known.get(row["merge_id"]), annotator)
            before = first.setdefault((decision.key, decision.annotator), number)
            decisions.setdefault(before, decision)
            if decisions[before].same != decision.same:
                fault = (
                    "contradicting_decision",
                    f"row {before} says the contrary of the same two names; keep one",
                )
        if fault:
            rejections.append(refuse_row(path, number, *fault))
    return decisions, rejections


def count_merges(graph: Graph, decisions: Sequence[Decision]) -> dict[str, int]:
    """How many merges there are, how many people have decided on, and where they disagree."""
    pairs = {pair_key(merge.left, merge.right) for merge in graph.merges}
    decided = {decision.key for decision in decisions}
    disputes = find_disputes(decisions)
    apart = {one.key for one in decisions if not one.same} - disputes.keys()
    people: defaultdict[str, int] = defaultdict(int)
    for decision in decisions:
        people[decision.annotator] += 1
    return {
        "merges": len(graph.merges),
        "merges with a decision": len(pairs & decided),
        "pairs of names kept apart": len(apart),
        "pairs of names whose decisions disagree": len(disputes),
        "decisions": len(decisions),
        **{f"decisions by {name or 'nobody named'}": n for name, n in sorted(people.items())},
    }


def describe_decisions(decisions: Iterable[Decision]) -> str:
    """Who said what: "same (R1); different (R2)"."""
    words = [
        f"{'same' if one.same else 'different'}" + f" ({one.annotator})" * bool(one.annotator)
        for one in decisions
    ]
    return "; ".join(words)


def _merge_cells(
    merge: Merge, *, entity: str, triples: Mapping[str, Triple], sources: Mapping[str, str]
) -> dict[str, str]:
    return {
        "merge_id": merge.id,
        "left": merge.left,
        "right": merge.right,
        "entity": entity,
        "reason": merge.reason,
        "score": _number(merge.score),
        "cosine": _number(merge.cosine),
        "string_similarity": _number(merge.string_similarity),
        "against": "; ".join(merge.against),
        "left_mentions": str(merge.left_mentions),
        "right_mentions": str(merge.right_mentions),
        "left_said": _said(triples.get(merge.left_triple), sources),
        "right_said": _said(triples.get(merge.right_triple), sources),
        "decision": "",
        "note": "",
        "annotator": "",
        "row_hash": hash_row(merge.left, merge.right, merge.id),
    }


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _said(triple: Triple | None, sources: Mapping[str, str]) -> str:
    if triple is None:
        return ""
    found, source = triple.evidence, sources.get(triple.document_id, "")
    text = found.quote if found else f"{triple.subject} {triple.predicate} {triple.object}"
    page = f", page {found.page}" if found and found.page else ""
    return f"{text} [{source}{page}]"


def _find_fault(row: Mapping[str, str]) -> tuple[str, str] | None:
    """Why the row cannot be used, as (reason, detail); None where it can, or holds nothing."""
    answer = row["decision"].casefold()
    if not answer:
        note = row.get("note")
        told = "a note without a decision is not stored; write same or different"
        return ("note_without_decision", told) if note else None
    if answer not in _WORDS:
        near = difflib.get_close_matches(answer, ("same", "different"), n=1)
        hint = f"did you mean {near[0]!r}?" if near else "write same or different, or nothing"
        return "unknown_decision", f"decision {row['decision']!r} is not understood; {hint}"
    left, right = one_line(row["left"]), one_line(row["right"])
    if not left or not right or left == right:
        return "no_pair", "a decision is about two different names: fill left and right"
    if row["merge_id"] and row["row_hash"] != hash_row(left, right, row["merge_id"]):
        told = (
            "left, right or merge_id differ from what was exported; to join other names, add a row"
        )
        return "edited_merge", f"{told} without merge_id and row_hash"
    return None


def _as_decision(row: Mapping[str, str], merge: Merge | None, annotator: str) -> Decision:
    return Decision(
        left=merge.left if merge else row["left"],
        right=merge.right if merge else row["right"],
        same=_WORDS[row["decision"].casefold()],
        annotator=row.get("annotator", "") or annotator,
        note=row.get("note", ""),
    )
