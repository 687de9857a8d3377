import os
import signal
import subprocess
import sys
from typing import Any

import pytest

from kgpipe.publish.property_graph_sync import Changes, synchronise_graph
from kgpipe.types import Graph
from tests.bolt import NOTHING, Server, contents, dataset, make_rows, server, wanted_contents
from tests.publish.graphs import make_verdict, sample_graph, synthetic_graph

__all__ = ["dataset", "server"]
# One server for all tests of it, in one process.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("bolt")]
MERCURY = "MATCH (n:Entity {kgpipe: $dataset, name: 'mercury'}) "
CHILD = """
import sys
from kgpipe.backends.boltgraph import BoltGraph
from kgpipe.publish.property_graph_sync import synchronise_graph
from tests.bolt import make_rows
from tests.publish.graphs import synthetic_graph

uri, user, password, database, dataset = sys.argv[1:]
server = BoltGraph(uri, user=user, password=password, database=database or None)
rows = make_rows(synthetic_graph(200), dataset)
synchronise_graph(rows, server=server, batch=20, progress=lambda n: print(n, flush=True))
"""


def publish(server: Server, dataset: str, graph: Graph, **options: Any) -> Changes:
    return synchronise_graph(make_rows(graph, dataset), server=server.graph, **options)


def refuted(graph: Graph, position: int) -> Graph:
    """The graph with one verdict turned."""
    verdicts = list(graph.verdicts)
    verdicts[position] = make_verdict(graph.claims[position], "refuted")
    return graph.model_copy(update={"verdicts": tuple(verdicts)})


def without_claims(graph: Graph, name: str) -> Graph:
    """The graph without an entity and all that is said of it."""
    claims = tuple(claim for claim in graph.claims if name not in (claim.subject, claim.object))
    kept = {claim.id for claim in claims}
    return graph.model_copy(
        update={
            "claims": claims,
            "entities": tuple(entity for entity in graph.entities if entity.name != name),
            "verdicts": tuple(one for one in graph.verdicts if one.claim_id in kept),
        }
    )


def test_everything_is_there_and_a_second_publish_writes_nothing(
    server: Server, dataset: str
) -> None:
    rows = make_rows(sample_graph(), dataset)
    first = publish(server, dataset, sample_graph(), batch=3)
    assert contents(server.graph, dataset) == wanted_contents(rows)
    assert first.counted["nodes_created"] == rows.node_count
    assert first.counted["relationships_created"] == rows.link_count
    second = publish(server, dataset, sample_graph(), batch=3)
    assert (second.written.total(), second.deleted.total(), dict(second.counted)) == (0, 0, {})


def test_only_what_changed_is_written(server: Server, dataset: str) -> None:
    graph = sample_graph()
    publish(server, dataset, graph)
    changed = refuted(graph, 0)
    changes = publish(server, dataset, changed)
    assert contents(server.graph, dataset) == wanted_contents(make_rows(changed, dataset))
    # The label outranks the verdict, so that the claim remains a fact.
    assert changes.written == {"Claim": 1, "Verdict": 1, "facts": 1}
    assert changes.deleted == {}
    again = publish(server, dataset, refuted(changed, 1))
    assert again.deleted == {"facts": 1}
    assert (
        contents(server.graph, dataset)[1]
        == wanted_contents(make_rows(refuted(changed, 1), dataset))[1]
    )


def test_what_has_gone_goes(server: Server, dataset: str) -> None:
    publish(server, dataset, sample_graph())
    less = without_claims(sample_graph(), "mercury")
    publish(server, dataset, less, batch=2)
    assert contents(server.graph, dataset) == wanted_contents(make_rows(less, dataset))
    publish(server, dataset, NOTHING)
    assert contents(server.graph, dataset) == ({}, [])


def test_nothing_of_others_is_touched(server: Server, dataset: str) -> None:
    publish(server, dataset, sample_graph())
    theirs = server.graph.write(
        MERCURY + "MATCH (p:Entity {kgpipe: $dataset, name: 'Peru'}) SET n.cas = '7439-97-6' "
        "CREATE (x:Entity {name: 'theirs', owner: $dataset})-[:KNOWS]->(n) "
        "CREATE (n)-[:SUBJECT]->(p)",
        dataset=dataset,
    )
    assert theirs["relationships_created"] == 2
    # Another verdict is written beside their property.
    publish(server, dataset, refuted(sample_graph(), 2))
    less = without_claims(sample_graph(), "mercury")
    publish(server, dataset, less)
    found = "MATCH (x {owner: $dataset})-[:KNOWS]->(n)-[:SUBJECT]->(p) RETURN labels(n), n, p.name"
    [(labels, node, other)] = server.graph.read(found, dataset=dataset)
    assert (labels, other) == (["Withdrawn"], "Peru")
    assert set(node) == {"id", "kgpipe", "kgpipe_was", "cas"}
    # Nobody meets it among the entities, and what is left is left alone.
    assert [*server.graph.read(MERCURY + "RETURN n", dataset=dataset)] == []
    assert publish(server, dataset, less).counted == {}

    publish(server, dataset, sample_graph())
    [(labels, node, _)] = server.graph.read(found, dataset=dataset)
    assert sorted(labels) == ["Entity", "Substance"]
    assert (node["name"], node["cas"]) == ("mercury", "7439-97-6")
    facts = MERCURY + "MATCH (n)<-[r]-(:Entity) WHERE r.kgpipe = $dataset RETURN count(r)"
    assert [*server.graph.read(facts, dataset=dataset)] == [(3,)]
    server.graph.write("MATCH (x {owner: $dataset}) DETACH DELETE x", dataset=dataset)
    server.graph.write(MERCURY + "-[r:SUBJECT]->() DELETE r REMOVE n.cas", dataset=dataset)
    publish(server, dataset, NOTHING)
    assert contents(server.graph, dataset) == ({}, [])


def test_two_graphs_share_a_database(server: Server, dataset: str) -> None:
    other = f"{dataset}-other"
    publish(server, dataset, sample_graph())
    publish(server, other, refuted(sample_graph(), 1))
    publish(server, dataset, NOTHING)
    assert contents(server.graph, dataset) == ({}, [])
    wanted = make_rows(refuted(sample_graph(), 1), other)
    assert contents(server.graph, other) == wanted_contents(wanted)


@pytest.mark.parametrize("batches", [1, 9, 30, 60, 90])
def test_a_publisher_that_is_killed_is_completed_by_the_next(
    server: Server, dataset: str, batches: int
) -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, server.uri, server.user, server.password,
         server.database or "", dataset],
        stdout=subprocess.PIPE,
    )  # fmt: skip
    assert child.stdout is not None
    with child:
        for _ in range(batches):
            assert child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
    rows = make_rows(synthetic_graph(200), dataset)
    before, links = contents(server.graph, dataset)
    assert 0 < len(before) + len(links) < rows.node_count + rows.link_count
    changes = synchronise_graph(rows, server=server.graph)
    assert contents(server.graph, dataset) == wanted_contents(rows)
    assert changes.counted["nodes_created"] == rows.node_count - len(before)
    assert changes.counted["relationships_created"] == rows.link_count - len(links)


def test_a_server_without_full_text_search_says_so(server: Server, dataset: str) -> None:
    changes = publish(server, dataset, NOTHING)
    names = {name for (name,) in server.graph.read("SHOW INDEXES YIELD name RETURN name")}
    assert ("full-text search" in changes.skipped) == ("kgpipe_text" not in names)
