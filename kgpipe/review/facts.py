"""What the order of review knows of each fact: doubt, impact, minutes, and where it belongs."""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.labels import labels_by_key, settle_labels
from kgpipe.types import Claim, Document, Graph, Polarity, Triple, Verdict

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# The queue's file holds columns for this many pieces of evidence.
EVIDENCE_SHOWN = 3
# Characters a minute, the mean over 17 languages (Trauzettel-Klosinski and Dietz 2012, "IReST").
_READING_SPEED = 863
# Assumed, not measured: minutes to decide and to mark, and to turn to one more piece of evidence.
_MINUTES_TO_DECIDE, _MINUTES_A_PIECE = 0.25, 0.05
# A longer text is skimmed for its place rather than read.
_CHARACTERS_READ = 600


class Facts(NamedTuple):
    """Facts in the order of their ids; all arrays have the shape (n,).

    `doubt` is the probability that what the machine says is wrong; a fact that is not `checked`
    (no verdict, or a failed one) stands in the graph as if true, and its doubt is 0.5. `wrong` is
    1 or 0 where a label tells, else nan. `strata` are the numbers of the groups whose rate of
    errors is learnt; a batch is spread over the groups of `clusters`.
    """

    ids: tuple[str, ...]
    doubt: Floats
    checked: Bools
    impact: Floats
    minutes: Floats
    labelled: Bools
    wrong: Floats
    strata: dict[str, Ints]
    clusters: dict[str, Ints]

    def take(self, rows: Ints) -> "Facts":
        """The facts at `rows`, in that order."""
        return Facts(
            tuple(self.ids[row] for row in rows.tolist()),
            self.doubt[rows],
            self.checked[rows],
            self.impact[rows],
            self.minutes[rows],
            self.labelled[rows],
            self.wrong[rows],
            {name: numbers[rows] for name, numbers in self.strata.items()},
            {name: numbers[rows] for name, numbers in self.clusters.items()},
        )


def gather_facts(graph: Graph) -> Facts:
    """The facts of the graph.

    Impact is 1 for a fact by itself and grows by one with each doubling of the facts at its ends
    (each of them misleads less of what is asked about a hub) and of the documents that state it,
    and by one for each fact that cannot be true beside it, since one label speaks on all of them.

    Minutes are those to read the fact, its quote and up to three pieces of evidence, plus what it
    takes to decide: lengths are measured, the rest is assumed, so only ratios mean anything.

    Args:
        graph: with the labels given so far (see `labels.settle_labels`).
    """
    claims = sorted(graph.claims, key=lambda claim: claim.id)
    verdicts = {one.claim_id: one for one in graph.verdicts if one.status == "ok"}
    found = [verdicts.get(claim.id) for claim in claims]
    triples = {triple.id: triple for triple in graph.triples}
    shown = [show_triple(claim, triples) for claim in claims]
    labels = labels_by_key(graph.labels)
    labelled = np.array([any(key in labels for key in claim.keys) for claim in claims], dtype=bool)
    wrong = np.full(len(claims), np.nan)
    for row in np.flatnonzero(labelled).tolist():
        own = [label for key in claims[row].keys for label in labels.get(key, ())]
        wrong[row] = _is_wrong(found[row], settle_labels(own))
    ends = _number([*(one.subject_id for one in claims), *(one.object_id for one in claims)])
    subjects, objects = ends[: len(claims)], ends[len(claims) :]
    predicates = _number(claim.predicate for claim in claims)
    stating = _number(triple.document_id for triple in shown)
    sources = {document.id: document for document in graph.documents}
    return Facts(
        tuple(claim.id for claim in claims),
        np.array([0.5 if one is None else _doubt(one.probability) for one in found]),
        np.array([one is not None for one in found], dtype=bool),
        _impact(claims, graph.conflicts, subjects=subjects, objects=objects),
        np.array([_minutes(t, v) for t, v in zip(shown, found, strict=True)]),
        labelled,
        wrong,
        _strata(found, shown, sources, predicates=predicates, documents=stating),
        _clusters(subjects, predicates, objects, documents=stating),
    )


def show_triple(claim: Claim, triples: Mapping[str, Triple]) -> Triple:
    """The supporting triple that the expert sees: the first with a quote, else the first."""
    first = triples[claim.support[0]]
    if first.evidence:
        return first
    return next((triples[one] for one in claim.support if triples[one].evidence), first)


def _is_wrong(verdict: Verdict | None, said: Polarity | None) -> float:
    if said is None or said == "unclear":
        return math.nan
    held = verdict is None or verdict.probability >= 0.5
    return float(held != (said == "supported"))


def _doubt(probability: float) -> float:
    return min(probability, 1 - probability)


def _impact(
    claims: Sequence[Claim],
    conflicts: Iterable[Sequence[str]],
    *,
    subjects: Ints,
    objects: Ints,
) -> Floats:
    """Shape (n,), from the numbers of the claims' entities; see `gather_facts`."""
    loops = subjects == objects
    degree = np.bincount(np.concatenate([subjects, objects[~loops]]))
    neighbours = degree[subjects] - 1 + np.where(loops, 0, degree[objects] - 1)
    rivals: defaultdict[str, set[str]] = defaultdict(set)
    for conflict in conflicts:
        for claim_id in conflict:
            rivals[claim_id].update(one for one in conflict if one != claim_id)
    documents = np.array([len(claim.documents) for claim in claims], dtype=np.float64)
    beside = np.array([len(rivals.get(claim.id, ())) for claim in claims], dtype=np.float64)
    impact: Floats = 1 + np.log2(1 + neighbours) + np.log2(np.maximum(documents, 1)) + beside
    return impact


def _minutes(triple: Triple, verdict: Verdict | None) -> float:
    read = len(triple.subject) + len(triple.predicate) + len(triple.object)
    quotes = [piece.quote for piece in verdict.evidence[:EVIDENCE_SHOWN]] if verdict else []
    minutes = _MINUTES_TO_DECIDE + len(quotes) * _MINUTES_A_PIECE
    if triple.evidence:
        quotes.append(triple.evidence.quote)
    for quote in quotes:
        read += min(len(quote), _CHARACTERS_READ)
    return minutes + read / _READING_SPEED


def _strata(
    verdicts: Sequence[Verdict | None],
    shown: Sequence[Triple],
    sources: Mapping[str, Document],
    *,
    predicates: Ints,
    documents: Ints,
) -> dict[str, Ints]:
    """Where mistakes have company: they are seldom alone in a predicate, text or kind of reason."""
    kinds = {one.id: one.media_type for one in sources.values()}
    source_kinds = [
        (kinds.get(triple.document_id, ""), triple.extractor, triple.imported) for triple in shown
    ]
    reasons = [
        None if verdict is None else (verdict.reason, verdict.probability >= 0.5)
        for verdict in verdicts
    ]
    return {
        "predicate": predicates,
        "document": documents,
        "source kind": _number(source_kinds),
        "reason": _number(reasons),
    }


def _clusters(
    subjects: Ints, predicates: Ints, objects: Ints, *, documents: Ints
) -> dict[str, Ints]:
    """What is alike; two facts that share two of three parts are nearly one."""
    return {
        "predicate": predicates,
        "document": documents,
        "subject and predicate": _number_pairs(subjects, predicates),
        "predicate and object": _number_pairs(predicates, objects),
        "subject and object": _number_pairs(subjects, objects),
    }


def _number(groups: Iterable[Hashable]) -> Ints:
    """Numbers from 0 in the order of first appearance."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(one, len(numbers)) for one in groups], dtype=np.int64)


def _number_pairs(left: Ints, right: Ints) -> Ints:
    pairs = left * (right.max(initial=0) + 1) + right
    return np.asarray(np.unique(pairs, return_inverse=True)[1], dtype=np.int64)
