"""Scores extracted triples against gold triples, document by document."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import NamedTuple, TypeVar

import numpy as np

from kgpipe.evaluate.gold import GoldTriple
from kgpipe.evaluate.match import Statement, as_statement, count_strict, match_partial, normalised
from kgpipe.stats.intervals import Estimate, Indices, cluster_bootstrap, wilson
from kgpipe.stats.metrics import precision_recall_f1
from kgpipe.types import Document, Record, Triple

Item = TypeVar("Item", Triple, GoldTriple)


class Fact(Record):
    """A statement with the quote it stands on, as the report lists it."""

    document: str
    page: int | None
    subject: str
    predicate: str
    object: str
    negated: bool
    quote: str


class MatchScores(Record):
    """Precision, recall and F1, intervals by bootstrap over documents."""

    matched: int
    precision: Estimate
    recall: Estimate
    f1: Estimate


class DocumentScores(Record):
    """Counts of one document; facts are distinct within it."""

    document: str
    predicted: int
    gold: int
    strict: int
    partial: int


class Share(Record):
    """How often something else is right where a fact was found."""

    name: str
    estimate: Estimate


class ExtractionScores(Record):
    """Extraction against gold.

    Only documents with gold are scored. `absent` are gold documents that the graph lacks (their
    facts count as missed); `unscored` counts documents of the graph without gold.
    """

    predicted: int
    gold: int
    strict: MatchScores
    partial: MatchScores
    details: tuple[Share, ...]
    documents: tuple[DocumentScores, ...]
    absent: tuple[str, ...]
    unscored: int
    missed: tuple[Fact, ...]
    spurious: tuple[Fact, ...]


class _Compared(NamedTuple):
    """One document: its distinct facts on both sides, and which belong together."""

    scores: DocumentScores
    predicted: list[Triple]
    gold: list[GoldTriple]
    pairs: list[tuple[int, int]]


def score_extraction(
    triples: Sequence[Triple], *, documents: Sequence[Document], gold: Sequence[GoldTriple]
) -> ExtractionScores:
    """Match the triples of each document with its gold (by file name) and score them.

    A fact that a document states twice counts once on either side.
    """
    names = {document.id: PurePath(document.source).name for document in documents}
    found: dict[str, list[Triple]] = defaultdict(list)
    wanted: dict[str, list[GoldTriple]] = defaultdict(list)
    for triple in triples:
        found[names.get(triple.document_id, "")].append(triple)
    for fact in gold:
        wanted[fact.document].append(fact)
    compared = [_compare(name, found.get(name, []), wanted[name]) for name in sorted(wanted)]
    rows = [one.scores for one in compared]
    return ExtractionScores(
        predicted=sum(row.predicted for row in rows),
        gold=sum(row.gold for row in rows),
        strict=_score(rows, matched=lambda row: row.strict),
        partial=_score(rows, matched=lambda row: row.partial),
        details=_score_details(compared),
        documents=tuple(rows),
        absent=tuple(sorted(wanted.keys() - set(names.values()))),
        unscored=len(set(names.values()) - wanted.keys()),
        missed=tuple(fact for one in compared for fact in _missed(one)),
        spurious=tuple(fact for one in compared for fact in _spurious(one)),
    )


def _compare(name: str, triples: list[Triple], gold: list[GoldTriple]) -> _Compared:
    ours = list(_distinct(triples).values())
    theirs = list(_distinct(gold).values())
    left, right = [as_statement(one) for one in ours], [as_statement(one) for one in theirs]
    pairs = match_partial(left, right)
    scores = DocumentScores(
        document=name,
        predicted=len(ours),
        gold=len(theirs),
        strict=count_strict(left, right),
        partial=len(pairs),
    )
    return _Compared(scores, ours, theirs, pairs)


def _distinct(items: Sequence[Item]) -> dict[Statement, Item]:
    first: dict[Statement, Item] = {}
    for item in items:
        first.setdefault(normalised(as_statement(item)), item)
    return first


def _score(
    rows: Sequence[DocumentScores], *, matched: Callable[[DocumentScores], int]
) -> MatchScores:
    counts = np.array([(matched(row), row.predicted, row.gold) for row in rows], dtype=np.int64)

    def scores(drawn: Indices) -> tuple[float, ...]:
        hits, predicted, gold = counts[drawn].sum(axis=0).tolist()
        return precision_recall_f1(matched=hits, predicted=predicted, gold=gold)

    documents = [row.document for row in rows]
    precision, recall, f1 = cluster_bootstrap(scores, documents, shares=(0, 1))
    return MatchScores(matched=int(counts[:, 0].sum()), precision=precision, recall=recall, f1=f1)


def _score_details(compared: Sequence[_Compared]) -> tuple[Share, ...]:
    """Whether page and qualifiers are right too, among the facts that were found (partial)."""
    found = [(one.predicted[i], one.gold[j]) for one in compared for i, j in one.pairs]
    pages = [
        triple.evidence.page == gold.page
        for triple, gold in found
        if triple.evidence and gold.page is not None
    ]
    checks = {
        "page": pages,
        "hedged or not": [triple.hedged == gold.hedged for triple, gold in found],
        "attributed or not": [
            bool(triple.attributed_to) == bool(gold.attributed_to) for triple, gold in found
        ],
    }
    return tuple(
        Share(name=name, estimate=wilson(sum(hits), len(hits))) for name, hits in checks.items()
    )


def _missed(one: _Compared) -> list[Fact]:
    hit = {j for _, j in one.pairs}
    return [
        Fact(
            document=one.scores.document,
            page=fact.page,
            quote=fact.quote,
            **as_statement(fact)._asdict(),
        )
        for j, fact in enumerate(one.gold)
        if j not in hit
    ]


def _spurious(one: _Compared) -> list[Fact]:
    hit = {i for i, _ in one.pairs}
    return [
        Fact(
            document=one.scores.document,
            page=triple.evidence.page if triple.evidence else None,
            quote=triple.evidence.quote if triple.evidence else "",
            **as_statement(triple)._asdict(),
        )
        for i, triple in enumerate(one.predicted)
        if i not in hit
    ]
