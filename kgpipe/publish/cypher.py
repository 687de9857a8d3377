"""The property graph as one Cypher file for `cypher-shell -f` and any other client of Neo4j.

Running the file a second time changes nothing; a later file withdraws relationships whose claim
is approved no more. What has gone altogether only `kgpipe publish neo4j` takes away, which can
see what is there.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from kgpipe.publish.property_graph import make_property_graph
from kgpipe.publish.property_graph_names import LABELS, node_key
from kgpipe.publish.property_graph_rows import Row
from kgpipe.publish.property_graph_tiles import POINT_INDEX
from kgpipe.settings import PublishSettings
from kgpipe.tiles import EntityLinks
from kgpipe.types import Graph

# Rows a statement: each statement is one transaction, and Neo4j parses it whole.
_BATCH = 500
_WITHDRAW = (
    "MATCH (:Claim {kgpipe_key: row.key})-[:SUBJECT]->(:Entity)"
    "-[r {kgpipe: row.kgpipe, claim: row.claim}]->(:Entity) DELETE r"
)
# A backslash (with the "u" behind it, see `_escape`), a quote, or a character that a terminal or
# cypher-shell, which reads line by line, might act upon.
_UNSAFE = re.compile("\\\\u?|['\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")


def write_cypher(
    graph: Graph, path: Path, *, settings: PublishSettings, links: Sequence[EntityLinks] = ()
) -> Path:
    """Write constraints, then nodes, then relationships, each as idempotent batches.

    Raises:
        KeyError: a dangling reference (see `check.check_graph`).
    """
    dataset = settings.dataset or "kgpipe"
    made = make_property_graph(graph, dataset=dataset, settings=settings, links=links)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(f"{statement};\n" for statement in constraint_statements())
        if made.has_tiles:
            out.write(f"{POINT_INDEX};\n")
        for nodes in made.nodes:
            out.writelines(_unwind(nodes.rows, nodes.action))
        for table in made.links:
            out.writelines(_unwind(table.rows, table.action))
        withdrawn: list[Row] = [
            {"key": node_key(made.dataset, claim), "kgpipe": made.dataset, "claim": claim}
            for claim in made.withdrawn
        ]
        out.writelines(_unwind(withdrawn, _WITHDRAW))
        for facts in made.facts:
            out.writelines(_unwind(facts.rows, facts.action))
    return path


def constraint_statements() -> Iterator[str]:
    """What must stand before the first row: without it MERGE reads all nodes for each."""
    for label in LABELS:
        yield (
            f"CREATE CONSTRAINT kgpipe_{label.lower()}_key IF NOT EXISTS "
            f"FOR (n:{label}) REQUIRE n.kgpipe_key IS UNIQUE"
        )


def quote_text(text: str) -> str:
    """A Cypher string literal that stands for exactly `text`, on one line."""
    return f"'{_UNSAFE.sub(_escape, text)}'"


def _escape(match: re.Match[str]) -> str:
    """Escape one match of `_UNSAFE`.

    A "u" behind a backslash is written as its code, so that no server, whether it resolves unicode
    escapes before it parses, while it parses or never in pairs, sees a second escape there.
    """
    found = match[0]
    if found == "\\u":
        return "\\\\\\u0075"
    return f"\\{found}" if found in "\\'" else f"\\u{ord(found):04x}"


def _quote_value(value: Any) -> str:
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
            return f"[{', '.join(map(_quote_value, value))}]"


def _quote_map(row: Row) -> str:
    """A map literal; keys are names of ours, never text from a document."""
    return "{" + ", ".join(f"{key}: {_quote_value(value)}" for key, value in row.items()) + "}"


def _unwind(rows: Sequence[Row], action: str) -> Iterator[str]:
    """One statement a batch of rows."""
    for start in range(0, len(rows), _BATCH):
        maps = ",\n  ".join(_quote_map(row) for row in rows[start : start + _BATCH])
        yield f"UNWIND [\n  {maps}\n] AS row\n{action};\n"
