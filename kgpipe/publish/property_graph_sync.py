"""Makes a database hold what the workspace holds, and leaves alone what others put there.

What is there is read first, as keys and hashes, and only the differences are sent: a second
publish writes nothing. Each batch is one transaction that leaves every row whole, so whatever
moment a publish is cut short at, the next one finds what is missing and adds it.

Only what carries this dataset's mark is touched. A node of ours that has gone is deleted unless
others have built on it (their relationships, properties or labels): such a node is withdrawn. It
keeps its id and what is theirs, loses all that we said, and is `:Withdrawn` until it returns. A
relationship of ours that has gone is deleted with whatever others wrote on it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from kgpipe.ports import GraphServer
from kgpipe.publish.cypher import constraint_statements
from kgpipe.publish.property_graph import PropertyGraph
from kgpipe.publish.property_graph_names import (
    LABELS,
    MARKS,
    PROPERTIES,
    VECTORS,
    WITHDRAWN,
    class_labels,
    node_key,
    quote_name,
)
from kgpipe.publish.property_graph_rows import Nodes, Row
from kgpipe.publish.property_graph_tiles import POINT_INDEX

T = TypeVar("T")
# Rows a transaction: more did not raise the rate, fewer lowered it (`kgpipe bench bolt`).
BATCH = 2000
# Indexes that not every server has: what is told where it refuses, and the statement.
_OPTIONAL = {
    "an index of predicates": (
        "CREATE INDEX kgpipe_claim_predicate IF NOT EXISTS FOR (n:Claim) ON (n.predicate)"
    ),
    "an index of names": (
        "CREATE INDEX kgpipe_entity_name IF NOT EXISTS FOR (n:Entity) ON (n.name)"
    ),
    "full-text search": (
        "CREATE FULLTEXT INDEX kgpipe_text IF NOT EXISTS "
        "FOR (n:Entity|Claim|Evidence) ON EACH [n.name, n.subject, n.predicate, n.object, n.quote]"
    ),
}
# In lists, as many as there are first two digits of a hash: a row each took three times as long.
_NODES_BEFORE = (
    "MATCH (n:{label}) WHERE n.kgpipe_key STARTS WITH $prefix "
    "WITH n.kgpipe_key AS key, coalesce(n.kgpipe_hash, '') AS hash "
    "RETURN left(hash, 2) AS part, collect(key), collect(hash)"
)
_LINKS_BEFORE = (
    "MATCH (:{source})-[r:{type}]->() WHERE r.kgpipe = $dataset "
    "RETURN left(r.kgpipe_hash, 2) AS part, collect(r.kgpipe_hash)"
)
_FACTS_BEFORE = (
    "MATCH (:Entity)-[r]->(:Entity) WHERE r.kgpipe = $dataset AND r.claim IS NOT NULL "
    "RETURN type(r) AS type, collect(r.claim), collect(coalesce(r.kgpipe_hash, ''))"
)
_DELETE_LINKS = (
    "MATCH (:{source})-[r:{type}]->() WHERE r.kgpipe = $dataset AND r.kgpipe_hash IN $rows DELETE r"
)
_DELETE_FACTS = (
    "MATCH (:Entity)-[r:{type}]->(:Entity) WHERE r.kgpipe = $dataset AND r.claim IN $rows DELETE r"
)
_WITHDRAW = (
    "UNWIND $rows AS key MATCH (n:{label} {{kgpipe_key: key}}) WHERE EXISTS {{ (n)--() }} "
    "OR any(name IN keys(n) WHERE NOT name IN $names) "
    "OR any(name IN labels(n) WHERE NOT name IN $labels) "
    "SET n += $nothing, n.kgpipe_was = key SET n:{withdrawn} REMOVE n:{ours}"
)
_DELETE = "UNWIND $rows AS key MATCH (n:{label} {{kgpipe_key: key}}) DELETE n"
# Where others took the class from a node of ours, MERGE would not find it, and clash with its key.
_RELABEL = (
    "UNWIND $rows AS key MATCH (n:{label} {{kgpipe_key: key}}) WHERE NOT n:{kind} SET n:{kind}"
)
_WITHDRAWN = "MATCH (n:{withdrawn}) WHERE n.kgpipe_was STARTS WITH $prefix RETURN n.kgpipe_was"
# The key comes last: ArcadeDB moves a node whose labels change, and would find its key taken.
_REVIVE = (
    "MATCH (n:{withdrawn}) WHERE n.kgpipe_was IN $rows SET n:{labels} REMOVE n:{withdrawn} "
    "SET n.kgpipe_key = n.kgpipe_was SET n.kgpipe_was = null"
)


@dataclass
class Changes:
    """What a publish did: rows sent and taken away, and what the server says has changed.

    `written` and `deleted` count rows by label or relationship type (facts together), `skipped`
    names what the server cannot do, `counted` is the sum of its own counters.
    """

    written: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    counted: Counter[str] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)


def synchronise_graph(
    wanted: PropertyGraph,
    *,
    server: GraphServer,
    batch: int = BATCH,
    progress: Callable[[int], None] | None = None,
) -> Changes:
    """Bring the part of a database that is this dataset's to the state of `wanted`.

    Args:
        wanted: every row that is to be there.
        server: the database; nobody else should publish the same dataset meanwhile.
        batch: rows a transaction.
        progress: told how many rows each batch wrote.

    Raises:
        KgpipeError: the server cannot be reached or refuses; a rerun completes what was begun.
    """
    changes = Changes()
    for statement in constraint_statements():
        server.define(statement)
    for what, statement in _OPTIONAL.items():
        if not server.define(statement):
            changes.skipped.append(what)
    if wanted.has_tiles and not server.define(POINT_INDEX):
        changes.skipped.append("point index")
    sync = _Sync(wanted, server, batch, changes, progress or (lambda _: None))
    # First what is true no more, so that no reader sees it longer than needed.
    facts = sync.withdraw_facts()
    links = sync.withdraw_links()
    sync.send_nodes()
    for links_table in wanted.links:
        known = links[links_table.type]
        rows = [row for row in links_table.rows if row["kgpipe_hash"] not in known]
        sync.send(links_table.action, rows, links_table.type)
    sync.send_facts(facts)
    return changes


@dataclass
class _Sync:
    """One synchronisation: what is wanted, where, and what was done so far."""

    wanted: PropertyGraph
    server: GraphServer
    batch: int
    changes: Changes
    progress: Callable[[int], None]

    def withdraw_facts(self) -> dict[tuple[str, str], str]:
        """Delete facts that are none any more; return the hash of each that is there."""
        wanted = {(row["claim"], table.type) for table in self.wanted.facts for row in table.rows}
        found = self.server.read(_FACTS_BEFORE, dataset=self.wanted.dataset)
        before = {
            (claim, kind): mark
            for kind, claims, marks in found
            for claim, mark in zip(claims, marks, strict=True)
        }
        gone: defaultdict[str, list[str]] = defaultdict(list)
        for claim, kind in sorted(before.keys() - wanted):
            gone[kind].append(claim)
        for kind, claims in gone.items():
            self._take(_DELETE_FACTS.format(type=quote_name(kind)), claims, "facts")
        return before

    def withdraw_links(self) -> dict[str, set[str]]:
        """Delete relationships that have gone; return the hashes of those there, by type."""
        before = {}
        for table in self.wanted.links:
            query = _LINKS_BEFORE.format(source=table.source, type=table.type)
            rows = self.server.read(query, dataset=self.wanted.dataset)
            found = {mark for _, marks in rows for mark in marks}
            gone = sorted(found - {row["kgpipe_hash"] for row in table.rows})
            self._take(_DELETE_LINKS.format(source=table.source, type=table.type), gone, table.type)
            before[table.type] = found
        return before

    def send_nodes(self) -> None:
        """Write nodes that are new or changed, and take away those that have gone."""
        prefix = node_key(self.wanted.dataset, "")
        query = _WITHDRAWN.format(withdrawn=WITHDRAWN)
        withdrawn = {key for (key,) in self.server.read(query, prefix=prefix)}
        for label in LABELS:
            tables = [table for table in self.wanted.nodes if table.label == label]
            found = self.server.read(_NODES_BEFORE.format(label=label), prefix=prefix)
            before: dict[str, str] = {
                key: mark
                for _, listed, marks in found
                for key, mark in zip(listed, marks, strict=True)
            }
            keys = {row["key"] for table in tables for row in table.rows}
            self._take_nodes(label, sorted(before.keys() - keys))
            for table in tables:
                self._revive(table, withdrawn)
                rows = [
                    row
                    for row in table.rows
                    if before.get(row["key"]) != row["properties"]["kgpipe_hash"]
                ]
                if table.kind:
                    relabel = _RELABEL.format(label=label, kind=quote_name(table.kind))
                    known = [row["key"] for row in rows if row["key"] in before]
                    for part in self._batches(known):
                        self.changes.counted.update(self.server.write(relabel, rows=part))
                self.send(table.action, rows, label)

    def send(self, action: str, rows: Sequence[Row], what: str) -> None:
        """Write rows that are missing or changed."""
        for part in self._batches(rows):
            counted = self.server.write(f"UNWIND $rows AS row {action}", rows=part)
            self.changes.counted.update(counted)
            self.changes.written[what] += len(part)
            self.progress(len(part))

    def send_facts(self, before: Mapping[tuple[str, str], str]) -> None:
        """Write facts that are new or changed.

        Most predicates have few: a transaction each took three times as long.
        """
        works: list[tuple[str, Sequence[Row]]] = []
        for table in self.wanted.facts:
            rows = [
                row
                for row in table.rows
                if before.get((row["claim"], table.type)) != row["properties"]["kgpipe_hash"]
            ]
            for part in self._batches(rows):
                if sum(len(rows) for _, rows in works) + len(part) > self.batch:
                    self._send_together(works)
                    works = []
                works.append((f"UNWIND $rows AS row {table.action}", part))
        if works:
            self._send_together(works)

    def _send_together(self, works: Sequence[tuple[str, Sequence[Row]]]) -> None:
        sent = [(statement, {"rows": rows}) for statement, rows in works]
        self.changes.counted.update(self.server.write_all(sent))
        count = sum(len(rows) for _, rows in works)
        self.changes.written["facts"] += count
        self.progress(count)

    def _revive(self, table: Nodes, withdrawn: set[str]) -> None:
        """Give nodes that were withdrawn their labels and their key again."""
        labels = ":".join(map(quote_name, filter(None, (table.label, table.kind))))
        statement = _REVIVE.format(withdrawn=WITHDRAWN, labels=labels)
        for part in self._batches([row["key"] for row in table.rows if row["key"] in withdrawn]):
            self.changes.counted.update(self.server.write(statement, rows=part))

    def _take_nodes(self, label: str, keys: Sequence[str]) -> None:
        """Withdraw those of the nodes on which others have built, and delete the rest."""
        also = class_labels() if label == "Entity" else []
        ours = (*PROPERTIES[label], *MARKS, *VECTORS)
        withdraw = _WITHDRAW.format(
            label=label, withdrawn=WITHDRAWN, ours=":".join(map(quote_name, (label, *also)))
        )
        kept = {"id", "kgpipe"}
        for part in self._batches(keys):
            counted = self.server.write(
                withdraw,
                rows=part,
                names=ours,
                labels=[label, *also],
                nothing={name: None for name in ours if name not in kept},
            )
            self.changes.counted.update(counted)
            self._take(_DELETE.format(label=label), part, label)

    def _take(self, statement: str, names: Sequence[str], what: str) -> None:
        for part in self._batches(names):
            counted = self.server.write(statement, rows=part, dataset=self.wanted.dataset)
            self.changes.counted.update(counted)
            self.changes.deleted[what] += len(part)

    def _batches(self, rows: Sequence[T]) -> Iterator[Sequence[T]]:
        return (rows[start : start + self.batch] for start in range(0, len(rows), self.batch))
