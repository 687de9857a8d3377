"""The graph as tables: their columns and rows, and the CSV files for spreadsheets.

A row holds typed values, which CSV writes as text and `publish.parquet` as they are. CSV is UTF-8
with one header line each; text that a spreadsheet would run as a formula starts with an apostrophe
(`text.spreadsheet`). The columns are explained in docs/tables.md.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal

from kgpipe.publish.facts import Fact, collect_facts
from kgpipe.settings import PublishSettings
from kgpipe.text.locate import Box, locate_span
from kgpipe.text.periods import read_period
from kgpipe.text.spreadsheet import guard_cell
from kgpipe.tiles import EntityLinks, TileLink
from kgpipe.types import Document, Evidence, Graph

# `texts` is a list of strings; `boxes` one of (page, x0, y0, x1, y1).
Column = Literal["text", "integer", "number", "flag", "day", "texts", "boxes"]
Boxes = tuple[tuple[int, Box], ...]
Cell = str | int | float | bool | date | tuple[str, ...] | Boxes | None
Row = tuple[Cell, ...]

_OF_KIND: dict[Column, str] = {
    "integer": "pages characters start end page step found new left_mentions right_mentions "
    "conflict n_support n_documents",
    "number": "quantity probability log_odds score cosine string_similarity text_similarity "
    "location_similarity containment distance_km lon lat west south east north",
    "flag": "negated hedged conditional",
    "day": "time_from time_to",
    "texts": "names against",
    "boxes": "boxes",
}
_KINDS = {column: kind for kind, columns in _OF_KIND.items() for column in columns.split()}
_COLUMNS = {
    "documents": "id source title language media_type sha256 pages characters",
    "entities": "id kind name names",
    "claims": "id subject predicate object subject_id object_id negated hedged conditional "
    "attributed_to time place quantity unit gate verdict probability n_support n_documents quote "
    "source page time_from time_to",
    "evidence": "claim_id role source page start end quote boxes triple_id subject predicate "
    "object made_by",
    "trace": "claim_id step action subject found new log_odds probability",
    "rejections": "stage item reason detail state",
    "merges": "id entity_id left right reason score cosine string_similarity against "
    "left_mentions right_mentions left_triple right_triple",
    "conflicts": "conflict claim_id subject predicate object time place gate probability quote "
    "source page",
    "tile_links": "entity_id entity tile_id probability text_similarity location_similarity "
    "containment distance_km place place_source model source lon lat west south east north "
    "time_from time_to item",
}
# By table its columns in order, each with what it holds; a column means the same in all tables.
TABLES: dict[str, dict[str, Column]] = {
    table: {column: _KINDS.get(column, "text") for column in columns.split()}
    for table, columns in _COLUMNS.items()
}
# How CSV joins lists.
_JOINTS = {"names": " | ", "against": "; "}


def collect_rows(
    graph: Graph, *, settings: PublishSettings, links: Sequence[EntityLinks] = ()
) -> dict[str, Iterable[Row]]:
    """The rows of every table, in an order that depends on the content alone.

    Raises:
        KeyError: a dangling reference (see `check.check_graph`).
    """
    facts = collect_facts(graph, settings=settings)
    documents = {document.id: document for document in graph.documents}
    sources = {document.id: document.source for document in graph.documents}
    return {
        "documents": _document_rows(graph),
        "entities": (
            (item.id, item.kind, item.name, item.names)
            for item in sorted(graph.entities, key=lambda entity: entity.id)
        ),
        "claims": ((*_claim_row(fact, sources), *_days(fact)) for fact in facts),
        "evidence": (row for fact in facts for row in _evidence_rows(fact, documents)),
        "trace": (row for fact in facts for row in _trace_rows(fact)),
        "rejections": sorted(
            (item.stage, item.item, item.reason, item.detail, item.state)
            for item in graph.rejections
        ),
        "merges": (
            (
                item.id, item.entity_id, item.left, item.right, item.reason, item.score,
                item.cosine, item.string_similarity, item.against, item.left_mentions,
                item.right_mentions, item.left_triple, item.right_triple,
            )
            for item in sorted(graph.merges, key=lambda merge: merge.id)
        ),
        "conflicts": _conflict_rows(graph, facts, sources),
        "tile_links": _tile_link_rows(graph, links),
    }  # fmt: skip


def write_tables(
    graph: Graph, folder: Path, *, settings: PublishSettings, links: Sequence[EntityLinks] = ()
) -> list[Path]:
    """Write one CSV file a table into an existing folder.

    Raises:
        KeyError: a dangling reference (see `check.check_graph`).
    """
    rows = collect_rows(graph, settings=settings, links=links)
    return [_write_table(rows[table], folder / f"{table}.csv", table=table) for table in TABLES]


def _write_table(rows: Iterable[Row], path: Path, *, table: str) -> Path:
    columns = list(TABLES[table])
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(
            [_as_text(cell, column) for column, cell in zip(columns, row, strict=True)]
            for row in rows
        )
    return path


def _as_text(cell: Cell, column: str) -> str | int | float | date | None:
    """A cell for CSV: lists joined, formulas disarmed."""
    if isinstance(cell, tuple):
        cell = _JOINTS[column].join(map(str, cell)) if column in _JOINTS else _spell_boxes(cell)
    return guard_cell(cell) if isinstance(cell, str) else cell


def _spell_boxes(boxes: Iterable[object]) -> str:
    """The printed lines of a quote as "page x0 y0 x1 y1; ..."."""
    found = (box for box in boxes if isinstance(box, tuple))
    return "; ".join(f"{page} " + " ".join(f"{edge:.1f}" for edge in box) for page, box in found)


def _document_rows(graph: Graph) -> Iterator[Row]:
    for item in sorted(graph.documents, key=lambda document: document.id):
        yield (
            item.id, item.source, item.title, item.language, item.media_type, item.sha256,
            len(item.pages), len(item.text),
        )  # fmt: skip


def _claim_row(fact: Fact, sources: dict[str, str]) -> Row:
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


def _days(fact: Fact) -> tuple[date | None, date | None]:
    """The first and last day of the claim's time, where its words are a year, month or day."""
    return (read_period(fact.claim.time) if fact.claim.time else None) or (None, None)


def _conflict_rows(graph: Graph, facts: list[Fact], sources: dict[str, str]) -> Iterator[Row]:
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


def _evidence_rows(fact: Fact, documents: dict[str, Document]) -> Iterator[Row]:
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


def _trace_rows(fact: Fact) -> Iterator[Row]:
    """How the verdict was reached, step by step."""
    for number, step in enumerate(fact.verdict.trace if fact.verdict else (), start=1):
        yield (
            fact.claim.id, number, step.action, step.subject, step.found, step.new, step.log_odds,
            step.probability,
        )  # fmt: skip


def _boxes(document: Document, evidence: Evidence) -> Boxes:
    """The printed lines of a quote: page, and box in points from its top-left corner."""
    return tuple(locate_span(document, evidence.span.start, evidence.span.end))


def _tile_link_rows(graph: Graph, found: Sequence[EntityLinks]) -> Iterator[Row]:
    """By entity its tiles, the most probable first; how sure each is, and what that rests on."""
    names = {entity.id: entity.name for entity in graph.entities}
    tiles = {tile.id: tile for one in found for tile in one.tiles}
    for link in sorted((link for one in found for link in one.links), key=_by_entity_and_chance):
        tile, place = tiles[link.tile_id], link.place
        yield (
            link.entity_id, names[link.entity_id], link.tile_id, link.probability, link.text,
            link.location, link.containment, link.distance_km,
            *((place.name, place.source) if place else (None, None)),
            link.model, tile.source, tile.lon, tile.lat, *(tile.box or (None,) * 4),
            *(tile.days or (None, None)), tile.item or None,
        )  # fmt: skip


def _by_entity_and_chance(link: TileLink) -> tuple[str, float, str]:
    return link.entity_id, -link.probability, link.tile_id
