"""Facts and merges as the page's script takes them: plain JSON values, nothing in HTML."""

from collections.abc import Mapping, Sequence
from typing import Any

from kgpipe.decisions import Decision, find_disputes, pair_key
from kgpipe.review.merges import order_merges
from kgpipe.review.wordings import describe_qualifiers
from kgpipe.serve.board import Board
from kgpipe.serve.views import Library
from kgpipe.types import Entity, Graph, Label, Merge, Triple, Verdict, Vote

# A dozen sources convince as well as a hundred, and fit the screen.
_MOST_EVIDENCE = 12


def describe_fact(place: int, board: Board, library: Library, *, reviewer: str) -> dict[str, Any]:
    """One fact with its quote where it stands, what speaks for and against it, and its labels.

    What others said stays hidden until the reviewer has given a label, or the labels differ: labels
    that are to show agreement must be given independently.
    """
    claim, triple = board.claims[place], board.shown[place]
    verdict = board.verdicts.get(claim.id)
    labels = board.labels_at(place)
    open_labels = board.is_disputed(place) or any(
        one.annotator == reviewer and one.role == "reviewer" for one in labels
    )
    mine = board.label_of(board.keys[place], reviewer)
    return {
        "id": claim.id,
        "key": board.keys[place],
        "subject": triple.subject,
        "predicate": triple.predicate,
        "object": triple.object,
        "qualifiers": describe_qualifiers(triple),
        "imported": triple.imported,
        "source": _quote_of(triple, library),
        "verdict": None if verdict is None else _describe_verdict(verdict, library),
        "mine": mine and _describe_label(mine),
        "others": [_describe_label(one) for one in labels if one != mine] if open_labels else [],
        "hidden": 0 if open_labels else len(labels),
        "disputed": board.is_disputed(place),
    }


def describe_support(
    place: int, board: Board, library: Library, triples: Mapping[str, Triple]
) -> list[dict[str, Any]]:
    """The other places that state the same fact."""
    claim, shown = board.claims[place], board.shown[place]
    others = [triples[one] for one in claim.support if one != shown.id]
    quotes = [_quote_of(one, library) for one in others if one.evidence]
    return [quote for quote in quotes[:_MOST_EVIDENCE] if quote]


def list_pairs(graph: Graph, decisions: Sequence[Decision]) -> list[Merge]:
    """Merges in the order of review, then pairs that decisions keep apart or that are disputed."""
    merges = order_merges(graph, decisions)
    known = {pair_key(merge.left, merge.right) for merge in merges}
    disputes = find_disputes(decisions)
    apart: dict[str, Merge] = {}
    for one in decisions:
        if one.key not in known and (not one.same or one.key in disputes):
            apart.setdefault(
                one.key,
                Merge(
                    id=one.key, entity_id="", left=one.left, right=one.right,
                    reason="kept_apart", score=0.0,
                ),
            )  # fmt: skip
    return [*merges, *apart.values()]


def describe_merge(
    merge: Merge,
    decisions: Sequence[Decision],
    *,
    entity: Entity | None,
    triples: Mapping[str, Triple],
    library: Library,
    reviewer: str,
) -> dict[str, Any]:
    """One pair of names: why they are one, what speaks against it, where each is said."""
    key = pair_key(merge.left, merge.right)
    said = [one for one in decisions if one.key == key]
    mine = next((one for one in said if one.annotator == reviewer), None)
    left, right = triples.get(merge.left_triple), triples.get(merge.right_triple)
    return {
        "id": merge.id,
        "left": merge.left,
        "right": merge.right,
        "left_mentions": merge.left_mentions,
        "right_mentions": merge.right_mentions,
        "left_source": left and _quote_of(left, library),
        "right_source": right and _quote_of(right, library),
        "entity": entity.name if entity else "",
        "names": list(entity.names) if entity else [],
        "reason": merge.reason,
        "score": merge.score,
        "cosine": merge.cosine,
        "string_similarity": merge.string_similarity,
        "against": list(merge.against),
        "mine": mine and _describe_decision(mine),
        "others": [_describe_decision(one) for one in said if one != mine],
    }


def _describe_verdict(verdict: Verdict, library: Library) -> dict[str, Any]:
    failed = verdict.status == "error"
    order = sorted(verdict.evidence, key=lambda v: (-abs(v.log_odds), v.source, v.start))
    return {
        "label": "error" if failed else verdict.label,
        "probability": None if failed else verdict.probability,
        "calibrated": verdict.calibrated,
        "reason": verdict.reason.replace("_", " "),
        "evidence": [_describe_vote(vote, library) for vote in order[:_MOST_EVIDENCE]],
        "more": max(len(order) - _MOST_EVIDENCE, 0),
    }


def _describe_vote(vote: Vote, library: Library) -> dict[str, Any]:
    document = library.by_source.get(vote.source)
    # Offsets of a passage that was given alone are its own, not a document's.
    found = document is not None and document.text[vote.start : vote.end] == vote.quote
    return {
        "document": document.id if document and found else None,
        "source": vote.source,
        "start": vote.start,
        "end": vote.end,
        "quote": vote.quote,
        "page": None,
        "stance": vote.stance,
        "reason": vote.reason.replace("_", " "),
        "rival": vote.rival,
    }


def _quote_of(triple: Triple, library: Library) -> dict[str, Any] | None:
    """Where a triple is stated; None for one that came without a quote."""
    found = triple.evidence
    if found is None:
        return None
    document = library.by_id.get(triple.document_id)
    return {
        "document": document.id if document else None,
        "source": document.source if document else triple.document_id,
        "start": found.span.start,
        "end": found.span.end,
        "quote": found.quote,
        "page": found.page,
    }


def _describe_label(label: Label) -> dict[str, str]:
    return label.model_dump(include={"label", "annotator", "role", "comment", "labelled_at"})


def _describe_decision(decision: Decision) -> dict[str, Any]:
    return decision.model_dump(include={"same", "annotator", "note"})
