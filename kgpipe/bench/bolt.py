"""Benchmark `bolt`: publishing to a property graph beside a bare loop over the driver.

Both send the same batches, in one run, each to an embedded server of its own that has just been
started. The bare loop has its rows ready; publishing makes them, reads what is there and compares.
"""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from kgpipe.backends.arcadedb import DATABASE, USER, GraphProcess
from kgpipe.errors import KgpipeError
from kgpipe.ids import content_digest, content_id
from kgpipe.publish.cypher import constraint_statements
from kgpipe.publish.property_graph import PropertyGraph, make_property_graph
from kgpipe.publish.property_graph_sync import BATCH, synchronise_graph
from kgpipe.settings import PublishSettings
from kgpipe.types import Claim, Document, Entity, Evidence, Graph, Label, Span, Triple

T = TypeVar("T")
NODES = 100_000
# Of a node's share: nine claims in twenty nodes, each with a quote, among two entities.
_CLAIMS, _ENTITIES = 0.45, 0.1
_PREDICATES = 50
_DOCUMENTS = 20
# One wording in so many claims, so that there are three relationships to a node as in a graph
# that people have reviewed.
_SHARED = 50
_ANNOTATORS = ("a", "b")


def run(out: Path, sizes: Sequence[int] | None = None) -> dict[str, Any]:
    """Publish graphs of about `sizes` nodes and three times as many relationships.

    Args:
        out: `report.json` is written here.
        sizes: 100,000 if none is named.

    Returns:
        The report. Of each size: seconds of the bare loop, of making rows, of publishing with the
        rows; the rate of publishing as a share of the bare loop's; seconds and writes of a second
        publish, and its share of the first one's time; seconds in which the server started.

    Raises:
        KgpipeError: what was published is not what was to be.
        UsageError: the extra `bolt` is not installed.
    """
    report: dict[str, Any] = {"server": "arcadedb-embedded", "batch": BATCH, "runs": []}
    report["runs"] = [_measure(size) for size in sizes or (NODES,)]
    largest = report["runs"][-1]
    report.update({name: largest[name] for name in largest})
    out.mkdir(parents=True, exist_ok=True)
    (out / "report.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    return report


def make_graph(nodes: int) -> Graph:
    """A reviewed graph: every claim has a quote, and most have labels."""
    entities = [
        Entity(id=content_id("ent", number), kind="place", name=f"place {number}", names=())
        for number in range(max(2, round(nodes * _ENTITIES)))
    ]
    documents = [_make_document(number) for number in range(_DOCUMENTS)]
    triples, claims = [], []
    for number in range(max(1, round(nodes * _CLAIMS))):
        subject = entities[number % len(entities)]
        object_ = entities[(7 * number + 1) % len(entities)]
        document = documents[number % len(documents)]
        words = {"subject": subject.name, "object": object_.name}
        words["predicate"] = f"relates {number % _PREDICATES} to"
        triple = Triple(
            id=content_id("tri", number), document_id=document.id, extractor="bench",
            evidence=Evidence(
                span=Span(document_id=document.id, start=0, end=len(document.text)),
                quote=document.text,
            ),
            **words,
        )  # fmt: skip
        triples.append(triple)
        claims.append(
            Claim(
                id=content_id("clm", number), subject_id=subject.id, object_id=object_.id,
                support=(triple.id,), documents=(document.id,), keys=(f"k{number // _SHARED}",),
                **words,
            )
        )  # fmt: skip
    keys = sorted({key for claim in claims for key in claim.keys})
    labels = [
        Label(key=key, label="supported", annotator=annotator)
        for annotator in _ANNOTATORS
        # The second annotator has seen two in three.
        for key in (keys if annotator == _ANNOTATORS[0] else keys[: 2 * len(keys) // 3])
    ]
    return Graph(
        documents=tuple(documents), triples=tuple(triples), entities=tuple(entities),
        claims=tuple(claims), labels=tuple(labels),
    )  # fmt: skip


def _make_document(number: int) -> Document:
    text = f"Place {number} relates to another place, says the report that is quoted here."
    return Document(
        id=content_id("doc", number), source=f"{number}.txt", title=f"Report {number}", text=text,
        sha256=content_digest(text.encode()), media_type="text/plain", language="en",
    )  # fmt: skip


def _measure(size: int) -> dict[str, Any]:
    graph = make_graph(size)
    rows, making = _timed(lambda: _make_rows(graph))
    total = rows.node_count + rows.link_count
    with TemporaryDirectory() as folder:
        with closing(GraphProcess(Path(folder) / "bare", rows=total)) as process:
            _, bare = _timed(lambda: _send_bare(process, rows))
        process, starting = _timed(lambda: GraphProcess(Path(folder) / "ours", rows=total))
        with closing(process):
            first, sending = _timed(lambda: synchronise_graph(rows, server=process.graph))
            second, again = _timed(
                lambda: synchronise_graph(_make_rows(graph), server=process.graph)
            )
    if first.counted["nodes_created"] + first.counted["relationships_created"] != total:
        raise KgpipeError(f"{total} rows were to be published, but the server tells of others.")
    kept: dict[str, Any] = {
        "nodes": rows.node_count,
        "relationships": rows.link_count,
        "bare_seconds": bare,
        "rows_seconds": making,
        "publish_seconds": making + sending,
        "rows_a_second": total / (making + sending),
        "rate_to_bare": bare / (making + sending),
        "second_seconds": again,
        "second_to_first": again / (making + sending),
        "second_writes": sum(second.counted.values()),
        "start_seconds": starting,
    }
    return kept


def _make_rows(graph: Graph) -> PropertyGraph:
    return make_property_graph(graph, dataset="bench", settings=PublishSettings())


def _send_bare(process: GraphProcess, rows: PropertyGraph) -> None:
    """Nothing but the driver: constraints, then each batch in a managed transaction."""
    from neo4j import GraphDatabase

    login = (USER, process.password)
    with GraphDatabase.driver(process.uri, auth=login) as driver:
        for statement in constraint_statements():
            driver.execute_query(statement, database_=DATABASE)
        with driver.session(database=DATABASE) as session:
            tables = [(table.action, table.rows) for table in rows.nodes]
            tables += [(table.action, table.rows) for table in (*rows.links, *rows.facts)]
            for action, table in tables:
                query = f"UNWIND $rows AS row {action}"
                for start in range(0, len(table), BATCH):
                    session.execute_write(_run, query, table[start : start + BATCH])


def _run(transaction: Any, query: str, batch: Sequence[Any]) -> None:
    transaction.run(query, rows=batch).consume()


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started
