"""The graph as CSV tables for spreadsheets and data frames: UTF-8, one header line each.

Text that a spreadsheet would run as a formula starts with an apostrophe (`text.spreadsheet`).
"""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from kgpipe.publish.facts import Fact, collect_facts
from kgpipe.text.locate import locate_span
from kgpipe.text.spreadsheet import guard_cell
from kgpipe.types import Document, Evidence, Graph

_Cell = str | int | float | bool | None
_NAMES_SEPARATOR = " | "

_COLUMNS = {
    "documents": "id source title language media_type sha256 pages characters",
    "entities": "id kind name names",
    "claims": "id subject predicate object subject_id object_id negated hedged conditional "
    "attributed_to time place quantity unit gate verdict probability n_support n_documents quote "
    "source page",
    "evidence": "claim_id role source page start end quote boxes triple_id subject predicate "
    "object made_by",
    "trace": "claim_id step action subject found new log_odds probability",
    "rejections": "stage item reason detail state",
    "merges": "id entity_id left right reason score cosine string_similarity against "
    "left_mentions right_mentions left_triple right_triple",
    "conflicts": "conflict claim_id subject predicate object time place gate probability quote "
    "source page",
}  # fmt: skip


def write_tables(graph: Graph, folder: Path) -> list[Path]:
    """Write documents, entities, claims, evidence, rejections, merges and so on into a folder.

    Raises:
        KeyError: a dangling reference (see `check.check_graph`).
    """
    facts = collect_facts(graph)
    documents = {document.id: document for document in graph.documents}
    sources = {document.id: document.source for document in graph.documents}
    rows: dict[str, Iterable[tuple[_Cell, ...]]] = {
        "documents": _document_rows(graph),
        "entities": (
            (item.id, item.kind, item.name, _NAMES_SEPARATOR.join(item.names))
            for item in sorted(graph.entities, key=lambda entity: entity.id)
        ),
        "claims": (_claim_row(fact, sources) for fact in facts),
        "evidence": (row for fact in facts for row in _evidence_rows(fact, documents)),
        "trace": (row for fact in facts for row in _trace_rows(fact)),
        "rejections": sorted(
            (item.stage, item.item, item.reason, item.detail, item.state)
            for item in graph.rejections
        ),
        "merges": (
            (
                item.id,
                item.entity_id,
                item.left,
                item.right,
                item.reason,
                item.score,
                item.cosine,
                item.string_similarity,
                "; ".join(item.against),
                item.left_mentions,
                item.right_mentions,
                item.left_triple,
                item.right_triple,
            )
            for item in sorted(graph.merges, key=lambda merge: merge.id)
        ),
        "conflicts": _conflict_rows(graph, facts, sources),
    }
    return [
        _write_table(rows[name], folder / f"{name}.csv", columns=columns.split())
        for name, columns in _COLUMNS.items()
    ]


def _write_table(rows: Iterable[tuple[_Cell, ...]], path: Path, *, columns: list[str]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([guard_cell(c) if isinstance(c, str) else c for c in row] for row in rows)
    return path


def _document_rows(graph: Graph) -> Iterator[tuple[_Cell, ...]]:
    for item in sorted(graph.documents, key=lambda document: document.id):
        yield (
            item.id, item.source, item.title, item.language, item.media_type, item.sha256,
            len(item.pages), len(item.text),
        )  # fmt: skip


def _claim_row(fact: Fact, sources: dict[str, str]) -> tuple[_Cell, ...]:
    claim, verdict, quantity = fact.claim, fact.verdict, fact.claim.quantity
    first = next((triple for triple in fact.support if triple.evidence), fact.support[0])
    return (
        claim.id, claim.subject, claim.predicate, claim.object, claim.subject_id, claim.object_id,
        claim.negated, claim.hedged, claim.conditional,
        claim.attributed_to, claim.time, claim.place,
        *((quantity.value, quantity.unit) if quantity else (None, None)),
        fact.gate,
        *((verdict.label, verdict.probability) if verdict else (None, None)),
        len(claim.support), len(claim.documents),
        first.evidence.quote if first.evidence else None,
        sources.get(first.document_id, first.document_id),
        first.evidence.page if first.evidence else None,
    )  # fmt: skip


def _conflict_rows(
    graph: Graph, facts: list[Fact], sources: dict[str, str]
) -> Iterator[tuple[_Cell, ...]]:
    """Claims of which at most one can be true, side by side; sets are numbered from 1."""
    by_id = {fact.claim.id: fact for fact in facts}
    for number, rivals in enumerate(graph.conflicts, start=1):
        for claim_id in rivals:
            fact = by_id[claim_id]
            claim, verdict = fact.claim, fact.verdict
            yield (
                number, claim.id, claim.subject, claim.predicate, claim.object, claim.time,
                claim.place, fact.gate, verdict.probability if verdict else None,
                *_claim_row(fact, sources)[-3:],
            )  # fmt: skip


def _evidence_rows(fact: Fact, documents: dict[str, Document]) -> Iterator[tuple[_Cell, ...]]:
    """What the claim was read from (role "source"), then the quotes of its verdict by stance."""
    for triple in fact.support:
        document, found = documents.get(triple.document_id), triple.evidence
        place = (
            (found.page, found.span.start, found.span.end, found.quote) if found else (None,) * 4
        )
        yield (
            fact.claim.id, "source", document.source if document else triple.document_id, *place,
            _boxes(document, found) if document and found else None,
            triple.id, triple.subject, triple.predicate, triple.object, triple.extractor,
        )  # fmt: skip
    for vote in fact.verdict.evidence if fact.verdict else ():
        yield (
            fact.claim.id, vote.stance, vote.source, None, vote.start, vote.end, vote.quote, None,
            None, None, None, None, vote.judge,
        )  # fmt: skip


def _trace_rows(fact: Fact) -> Iterator[tuple[_Cell, ...]]:
    """How the verdict was reached, step by step."""
    for number, step in enumerate(fact.verdict.trace if fact.verdict else (), start=1):
        yield (
            fact.claim.id, number, step.action, step.subject, step.found, step.new, step.log_odds,
            step.probability,
        )  # fmt: skip


def _boxes(document: Document, evidence: Evidence) -> str:
    """The printed lines of a quote as "page x0 y0 x1 y1; ...", points from the top-left corner."""
    found = locate_span(document, evidence.span.start, evidence.span.end)
    return "; ".join(f"{page} " + " ".join(f"{edge:.1f}" for edge in box) for page, box in found)
