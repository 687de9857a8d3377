from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from kgpipe.backends.boltgraph import BoltGraph
from kgpipe.publish.property_graph_sync import synchronise_graph
from kgpipe.publish.property_graph_vectors import add_vectors
from kgpipe.wiring import wire_embedder
from tests.bolt import Server, dataset, make_rows, server
from tests.publish.graphs import one_claim_graph, sample_graph

__all__ = ["dataset", "server"]
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bolt")]
EMBEDDER = wire_embedder("minilm")
FOUND = (
    "MATCH (n:Entity {kgpipe: $dataset}) WHERE n.embedding IS NOT NULL "
    "RETURN n.name, n.embedding ORDER BY n.name"
)


@dataclass(frozen=True)
class Indexing:
    """A server that takes every index; where there is none, it keeps the property alone."""

    graph: BoltGraph

    def define(self, statement: str) -> bool:
        self.graph.define(statement)
        return True

    def read(self, query: str, **parameters: Any) -> Sequence[Sequence[Any]]:
        return self.graph.read(query, **parameters)

    def write(self, statement: str, **parameters: Any) -> Mapping[str, int]:
        return self.graph.write(statement, **parameters)

    def write_all(self, works: Sequence[tuple[str, Mapping[str, Any]]]) -> Mapping[str, int]:
        return self.graph.write_all(works)


def test_each_name_gets_its_vector_once(server: Server, dataset: str) -> None:
    synchronise_graph(make_rows(sample_graph(), dataset), server=server.graph)
    there = Indexing(server.graph)
    assert add_vectors(dataset, server=there, embedder=EMBEDDER) == 10
    assert add_vectors(dataset, server=there, embedder=EMBEDDER) == 0
    found = server.graph.read(FOUND, dataset=dataset)
    [expected] = EMBEDDER.make().embed([found[0][0]])
    assert found[0][1] == pytest.approx(expected.tolist(), abs=1e-3)
    # They are ours, so that nobody has built on an entity which has them.
    graph = one_claim_graph("Peru", "uses", "tin", "Peru uses tin.")
    synchronise_graph(make_rows(graph, dataset), server=server.graph)
    assert server.graph.read(FOUND, dataset=dataset) == []
    assert not server.graph.read("MATCH (n:Withdrawn {kgpipe: $d}) RETURN n", d=dataset)
    assert add_vectors(dataset, server=there, embedder=EMBEDDER) == 2


def test_a_server_without_a_vector_index_gets_none(server: Server, dataset: str) -> None:
    synchronise_graph(make_rows(sample_graph(), dataset), server=server.graph)
    added = add_vectors(dataset, server=server.graph, embedder=EMBEDDER)
    names = {name for (name,) in server.graph.read("SHOW INDEXES YIELD name RETURN name")}
    assert (added is None) == ("kgpipe_entity_embedding" not in names)
    assert len(server.graph.read(FOUND, dataset=dataset)) == (added or 0)
