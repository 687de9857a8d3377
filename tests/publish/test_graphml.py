from pathlib import Path

import networkx as nx

from kgpipe.publish.graphml import write_graphml
from tests.publish.graphs import one_claim_graph, sample_graph


def test_approved_facts_are_edges(tmp_path: Path) -> None:
    graph = sample_graph()
    path = write_graphml(graph, tmp_path / "g.graphml")
    network = nx.read_graphml(path, force_multigraph=True)
    edges = {(s, t, data["label"]) for s, t, data in network.edges(data=True)}
    assert edges == {(c.subject_id, c.object_id, c.predicate) for c in graph.claims[:5]}
    names = {data["label"] for _, data in network.nodes(data=True)}
    assert names == {entity.name for entity in graph.entities}
    years = {data["time"] for *_, data in network.edges(data=True) if "time" in data}
    assert years == {"2018"}
    again = write_graphml(graph, tmp_path / "again.graphml")
    assert again.read_bytes() == path.read_bytes()


def test_text_that_xml_forbids_is_replaced(tmp_path: Path) -> None:
    path = write_graphml(one_claim_graph("<a>&\x00", "p\x0b\ufffe", "o", "q"), tmp_path / "g.xml")
    network = nx.read_graphml(path, force_multigraph=True)
    assert "<a>&\ufffd" in {data["label"] for _, data in network.nodes(data=True)}
    assert [data["label"] for *_, data in network.edges(data=True)] == ["p\ufffd\ufffd"]
