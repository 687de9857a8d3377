"""Rows of the property graph, and what a server does with each of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kgpipe.ids import content_digest
from kgpipe.publish.property_graph_names import DEPICTED_IN, node_key, quote_name

Value = str | int | float | bool | None | Sequence[str] | Sequence[float]
# The parameters of one row; "properties" is a map in it.
Row = Mapping[str, Any]

_CLAIMED = (
    "MATCH (a:Entity {{kgpipe_key: row.source}}), (b:Entity {{kgpipe_key: row.target}}) "
    "MERGE (a)-[r:{type} {{kgpipe: row.kgpipe, claim: row.claim}}]->(b) SET r += row.properties"
)
_LINKED = (
    "MATCH (a:{source} {{kgpipe_key: row.source}}), (b:{target} {{kgpipe_key: row.target}}) "
    "MERGE (a)-[:{type} {{kgpipe: row.kgpipe, kgpipe_hash: row.kgpipe_hash}}]->(b)"
)
_DEPICTED = (
    "MATCH (a:{source} {{kgpipe_key: row.source}}), (b:{target} {{kgpipe_key: row.target}}) "
    "MERGE (a)-[r:{type} {{kgpipe: row.kgpipe, kgpipe_hash: row.kgpipe_hash}}]->(b) "
    "SET r += row.properties"
)
# A point is no value of a file of rows; the server makes it of two numbers (CRS: WGS-84, 4326).
_PLACE_TILE = (
    "SET n.location = CASE WHEN row.properties.lon IS NULL THEN null "
    "ELSE point({longitude: row.properties.lon, latitude: row.properties.lat}) END"
)
_CANONICAL = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True)
class Nodes:
    """Rows of one label, and of one class of entities: `key` and `properties`."""

    label: str
    rows: Sequence[Row]
    kind: str = ""

    @property
    def action(self) -> str:
        """What is done with each `row`; doing it twice changes nothing."""
        # Not SET n:KIND behind it: ArcadeDB then finds the key taken by the node's former self.
        also = f":{quote_name(self.kind)}" if self.kind else ""
        then = f" {_PLACE_TILE}" if self.label == "Tile" else ""
        return f"MERGE (n:{self.label}{also} {{kgpipe_key: row.key}}) SET n += row.properties{then}"


@dataclass(frozen=True)
class Links:
    """Rows of one type: `source`, `target` (keys), `kgpipe`, `kgpipe_hash`.

    Those of facts (`is_fact`) have a `claim` and `properties` in the place of the hash; their type
    is a text from a document, which Cypher takes as a name only: it is quoted. Those of tiles have
    `properties` beside the hash.
    """

    source: str
    type: str
    target: str
    rows: Sequence[Row]
    is_fact: bool = False

    @property
    def action(self) -> str:
        """What is done with each `row`; doing it twice changes nothing."""
        text = _CLAIMED if self.is_fact else _LINKED
        if self.type == DEPICTED_IN:
            text = _DEPICTED
        return text.format(source=self.source, target=self.target, type=quote_name(self.type))


def hash_row(*parts: Any) -> str:
    """64 bits: among a million rows the chance that one change goes unseen is below 1e-13."""
    return content_digest(_CANONICAL.encode(parts).encode())[:16]


def link_row(dataset: str, kind: str, source: str, target: str) -> Row:
    """A relationship that tells nothing beside its ends."""
    return {
        "source": node_key(dataset, source),
        "target": node_key(dataset, target),
        "kgpipe": dataset,
        "kgpipe_hash": hash_row(kind, source, target),
    }
