"""Servers that speak Bolt, for tests: the embedded one, and a genuine Neo4j where one is named.

KGPIPE_TEST_NEO4J_URI, KGPIPE_TEST_NEO4J_USER (neo4j) and KGPIPE_TEST_NEO4J_PASSWORD name it; the
tests leave in it what others put there, and take away what is theirs.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from kgpipe.backends.arcadedb import DATABASE, USER, GraphProcess
from kgpipe.backends.boltgraph import BoltGraph
from kgpipe.publish.property_graph import PropertyGraph, make_property_graph
from kgpipe.publish.property_graph_sync import synchronise_graph
from kgpipe.settings import PublishSettings
from kgpipe.tiles import EntityLinks
from kgpipe.types import Graph

NOTHING = Graph(documents=(), triples=(), entities=(), claims=())


@dataclass(frozen=True)
class Server:
    """A connection, and how another process gets one."""

    graph: BoltGraph
    uri: str
    user: str
    password: str
    database: str | None


@pytest.fixture(scope="module", params=["arcadedb", "neo4j"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    pytest.importorskip("neo4j", reason="the driver is not installed: kgpipe[neo4j]")
    if request.param == "neo4j":
        uri = os.environ.get("KGPIPE_TEST_NEO4J_URI")
        if not uri:
            pytest.skip("no genuine Neo4j: KGPIPE_TEST_NEO4J_URI is not set")
        user = os.environ.get("KGPIPE_TEST_NEO4J_USER", "neo4j")
        password = os.environ.get("KGPIPE_TEST_NEO4J_PASSWORD", "")
        with closing(BoltGraph(uri, user=user, password=password)) as graph:
            yield Server(graph, uri, user, password, None)
    else:
        pytest.importorskip("arcadedb_embedded", reason="not installed: kgpipe[bolt]")
        with closing(GraphProcess(tmp_path_factory.mktemp("bolt"))) as process:
            yield Server(process.graph, process.uri, USER, process.password, DATABASE)


@pytest.fixture
def dataset(server: Server, request: pytest.FixtureRequest) -> Iterator[str]:
    """A name for what a test publishes, which is taken away afterwards."""
    name = f"test-{request.node.originalname}"
    yield name
    synchronise_graph(make_rows(NOTHING, name), server=server.graph)
    synchronise_graph(make_rows(NOTHING, f"{name}-other"), server=server.graph)


def make_rows(graph: Graph, dataset: str, links: Sequence[EntityLinks] = ()) -> PropertyGraph:
    return make_property_graph(graph, dataset=dataset, settings=PublishSettings(), links=links)


def wanted_contents(rows: PropertyGraph) -> tuple[dict[str, Any], list[Any]]:
    """What `contents` is to find: nodes by key, and relationships."""
    nodes = {
        row["key"]: (sorted({table.label, table.kind} - {""}), without_nothing(row["properties"]))
        for table in rows.nodes
        for row in table.rows
    }
    links: list[Any] = [
        (row["source"], table.type, row["target"], {}) for table in rows.links for row in table.rows
    ]
    facts = [
        (row["source"], table.type, row["target"], without_nothing(row["properties"]))
        for table in rows.facts
        for row in table.rows
    ]
    return nodes, sorted([*links, *facts], key=repr)


def contents(server: BoltGraph, dataset: str) -> tuple[dict[str, Any], list[Any]]:
    """All that is marked as this dataset's."""
    marks = {"kgpipe_key"}
    nodes = {
        key: (sorted(labels), {name: one for name, one in found.items() if name not in marks})
        for key, labels, found in server.read(
            "MATCH (n) WHERE n.kgpipe = $dataset RETURN n.kgpipe_key, labels(n), properties(n)",
            dataset=dataset,
        )
    }
    own = {"kgpipe", "claim"}
    links = [
        (source, kind, target, {
            name: one for name, one in found.items()
            if name not in own and (name != "kgpipe_hash" or "predicate" in found)
        })
        for source, kind, target, found in server.read(
            "MATCH (a)-[r]->(b) WHERE r.kgpipe = $dataset "
            "RETURN a.kgpipe_key, type(r), b.kgpipe_key, properties(r)",
            dataset=dataset,
        )
    ]  # fmt: skip
    return nodes, sorted(links, key=repr)


def without_nothing(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: list(one) if isinstance(one, tuple) else one
            for name, one in properties.items() if one is not None}  # fmt: skip
