"""The graph as one Cypher file for `cypher-shell -f` and any other client of Neo4j.

A relationship between two `:Entity` nodes is an approved fact, its type the predicate. Every
claim, whatever its gate, is a node with its quotes:
`(:Entity)<-[:SUBJECT]-(:Claim)-[:OBJECT]->(:Entity)` and
`(:Claim)-[:SUPPORTED_BY]->(:Evidence)-[:QUOTED_FROM]->(:Document)`. Running the file a second
time changes nothing; a later file withdraws relationships whose claim is approved no more.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from kgpipe.publish.facts import Fact, collect_facts
from kgpipe.publish.iris import Iris
from kgpipe.settings import PublishSettings
from kgpipe.types import Evidence, Graph, Triple

_Value = str | int | float | bool | None | Sequence[str]
_Row = Mapping[str, _Value]

# Rows a statement: each statement is one transaction, and Neo4j parses it whole.
_BATCH = 500
_LABELS = ("Entity", "Claim", "Document", "Evidence")
_NODES = "MERGE (n:{label} {{id: row.id}}) SET n += row"
_LINKS = (
    "MATCH (a:{source} {{id: row.source}}), (b:{target} {{id: row.target}}) "
    "MERGE (a)-[:{type}]->(b)"
)
_WITHDRAW = (
    "MATCH (:Claim {id: row.claim})-[:SUBJECT]->(:Entity)-[r {claim: row.claim}]->(:Entity) "
    "DELETE r"
)
_FACTS = (
    "MATCH (a:Entity {{id: row.source}}), (b:Entity {{id: row.target}}) "
    "MERGE (a)-[r:{type} {{claim: row.claim}}]->(b) SET r += row.properties"
)
# A backslash (with the "u" behind it, see `_escape`), a quote, or a character that a terminal or
# cypher-shell, which reads line by line, might act upon.
_UNSAFE = re.compile("\\\\u?|['\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
_FULL_WIDTH = str.maketrans({"\\": "\uff3c", "*": "\uff0a"})


def write_cypher(graph: Graph, path: Path, *, settings: PublishSettings) -> Path:
    """Write constraints, then nodes, then relationships, each as idempotent batches.

    Raises:
        KeyError: a dangling reference (see `check.check_graph`).
    """
    iris = Iris(settings.base_iri)
    facts = collect_facts(graph)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        for label in _LABELS:
            out.write(
                f"CREATE CONSTRAINT kgpipe_{label.lower()}_id IF NOT EXISTS "
                f"FOR (n:{label}) REQUIRE n.id IS UNIQUE;\n"
            )
        out.writelines(_node_statements(graph, facts, iris))
        out.writelines(_link_statements(facts))
        out.writelines(_fact_statements(facts))
    return path


def quote_text(text: str) -> str:
    """A Cypher string literal that stands for exactly `text`, on one line."""
    return f"'{_UNSAFE.sub(_escape, text)}'"


def quote_name(name: str) -> str:
    r"""A relationship type in backticks, as near to `name` as servers allow.

    Neo4j up to 4 resolves `\u0060` to a backtick before it parses, even in a quoted name, and
    names have no escape for a backslash; ArcadeDB names a file after the type and refuses "*".
    Both become their full-width forms. The exact predicate is a property of the relationship.
    """
    plain = _CONTROL.sub(" ", name).translate(_FULL_WIDTH).replace("`", "``")
    return f"`{plain}`" if plain.strip() else "`_`"


def _escape(match: re.Match[str]) -> str:
    """Escape one match of `_UNSAFE`.

    A "u" behind a backslash is written as its code, so that no server, whether it resolves unicode
    escapes before it parses, while it parses or never in pairs, sees a second escape there.
    """
    found = match[0]
    if found == "\\u":
        return "\\\\\\u0075"
    return f"\\{found}" if found in "\\'" else f"\\u{ord(found):04x}"


def _quote_value(value: _Value | _Row) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return quote_text(value)
        case int() | float():
            return repr(value) if math.isfinite(value) else "null"
        case Mapping():
            return _quote_map(value)
        case _:
            return f"[{', '.join(quote_text(item) for item in value)}]"


def _quote_map(row: Mapping[str, _Value | _Row]) -> str:
    """A map literal; keys are names of this module, never text from a document."""
    return "{" + ", ".join(f"{key}: {_quote_value(value)}" for key, value in row.items()) + "}"


def _unwind(rows: Sequence[Mapping[str, _Value | _Row]], action: str) -> Iterator[str]:
    """One statement a batch of rows."""
    for start in range(0, len(rows), _BATCH):
        maps = ",\n  ".join(_quote_map(row) for row in rows[start : start + _BATCH])
        yield f"UNWIND [\n  {maps}\n] AS row\n{action};\n"


def _node_statements(graph: Graph, facts: list[Fact], iris: Iris) -> Iterator[str]:
    nodes: dict[str, list[_Row]] = {
        "Document": [
            {
                "id": item.id,
                "iri": iris.mint("document", item.id),
                "title": item.title,
                "source": item.source,
                "language": item.language,
                "sha256": item.sha256,
            }
            for item in sorted(graph.documents, key=lambda document: document.id)
        ],
        "Entity": [
            {
                "id": item.id,
                "iri": iris.mint("entity", item.id),
                "name": item.name,
                "kind": item.kind,
                "names": sorted(item.names),
            }
            for item in sorted(graph.entities, key=lambda entity: entity.id)
        ],
        "Claim": [_claim_row(fact, iris) for fact in facts],
        "Evidence": [_evidence_row(triple, found) for triple, found in _quoted(facts)],
    }
    for label, rows in nodes.items():
        yield from _unwind(rows, _NODES.format(label=label))


def _claim_row(fact: Fact, iris: Iris) -> _Row:
    claim, verdict, quantity = fact.claim, fact.verdict, fact.claim.quantity
    return {
        "id": claim.id,
        "iri": iris.mint("claim", claim.id),
        "subject": claim.subject,
        "predicate": claim.predicate,
        "object": claim.object,
        "gate": fact.gate,
        "verdict": verdict.label if verdict else None,
        "probability": verdict.probability if verdict else None,
        "negated": claim.negated,
        "hedged": claim.hedged,
        "conditional": claim.conditional,
        "attributed_to": claim.attributed_to,
        "time": claim.time,
        "place": claim.place,
        "quantity": quantity.value if quantity else None,
        "unit": quantity.unit if quantity else None,
    }


def _quoted(facts: list[Fact]) -> list[tuple[Triple, Evidence]]:
    """Each supporting triple that has a quote, once, by id."""
    triples = {triple.id: triple for fact in facts for triple in fact.support}
    ordered = (triples[name] for name in sorted(triples))
    return [(triple, triple.evidence) for triple in ordered if triple.evidence]


def _evidence_row(triple: Triple, evidence: Evidence) -> _Row:
    return {
        "id": triple.id,
        "quote": evidence.quote,
        "page": evidence.page,
        "start": evidence.span.start,
        "end": evidence.span.end,
        "subject": triple.subject,
        "predicate": triple.predicate,
        "object": triple.object,
        "extractor": triple.extractor,
    }


def _link_statements(facts: list[Fact]) -> Iterator[str]:
    """The relationships of fixed type."""
    quoted = _quoted(facts)
    pairs: list[tuple[str, str, str, Iterable[tuple[str, str]]]] = [
        ("Claim", "SUBJECT", "Entity", ((f.claim.id, f.claim.subject_id) for f in facts)),
        ("Claim", "OBJECT", "Entity", ((f.claim.id, f.claim.object_id) for f in facts)),
        (
            "Claim", "SUPPORTED_BY", "Evidence",
            ((f.claim.id, triple.id) for f in facts for triple in f.support if triple.evidence),
        ),
        (
            "Evidence", "QUOTED_FROM", "Document",
            ((triple.id, found.span.document_id) for triple, found in quoted),
        ),
    ]  # fmt: skip
    for source, kind, target, ends in pairs:
        rows = [{"source": start, "target": end} for start, end in ends]
        yield from _unwind(rows, _LINKS.format(source=source, type=kind, target=target))


def _fact_statements(facts: list[Fact]) -> Iterator[str]:
    """Withdraw relationships of claims that are not stated, then state the others by type."""
    yield from _unwind([{"claim": f.claim.id} for f in facts if not f.stated], _WITHDRAW)
    by_type: defaultdict[str, list[Mapping[str, _Value | _Row]]] = defaultdict(list)
    for fact in facts:
        if fact.stated:
            claim = fact.claim
            row: dict[str, _Value | _Row] = {
                "source": claim.subject_id,
                "target": claim.object_id,
                "claim": claim.id,
                "properties": {
                    "predicate": claim.predicate,
                    "verdict": fact.verdict.label if fact.verdict else None,
                    "probability": fact.verdict.probability if fact.verdict else None,
                    "time": claim.time,
                    "place": claim.place,
                },
            }
            by_type[quote_name(claim.predicate)].append(row)
    for kind in sorted(by_type):
        # The type is formatted in, since Cypher takes no parameter there; it is quoted above.
        yield from _unwind(by_type[kind], _FACTS.format(type=kind))
