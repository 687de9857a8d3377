import re
from pathlib import Path

import networkx as nx

from kgpipe.publish.graphml import write_graphml
from kgpipe.settings import PublishSettings
from tests.publish.graphs import one_claim_graph, sample_graph

SETTINGS = PublishSettings()


def test_approved_facts_are_edges(tmp_path: Path) -> None:
    graph = sample_graph()
    path = write_graphml(graph, tmp_path / "g.graphml", settings=SETTINGS)
    network = nx.read_graphml(path, force_multigraph=True)
    edges = {(s, t, data["label"]) for s, t, data in network.edges(data=True)}
    assert edges == {(c.subject_id, c.object_id, c.predicate) for c in graph.claims[:5]}
    names = {data["label"] for _, data in network.nodes(data=True)}
    assert names == {entity.name for entity in graph.entities}
    years = {data["time"] for *_, data in network.edges(data=True) if "time" in data}
    assert years == {"2018"}
    again = write_graphml(graph, tmp_path / "again.graphml", settings=SETTINGS)
    assert again.read_bytes() == path.read_bytes()


def test_text_that_xml_forbids_is_replaced(tmp_path: Path) -> None:
    path = write_graphml(
        one_claim_graph("<a>&\x00", "p\x0b\ufffe", "o", "q"), tmp_path / "g.xml", settings=SETTINGS
    )
    network = nx.read_graphml(path, force_multigraph=True)
    assert "<a>&\ufffd" in {data["label"] for _, data in network.nodes(data=True)}
    assert [data["label"] for *_, data in network.edges(data=True)] == ["p\ufffd\ufffd"]


def test_attributes_that_layouts_and_filters_want(tmp_path: Path) -> None:
    graph = sample_graph()
    path = write_graphml(graph, tmp_path / "g.graphml", settings=SETTINGS)
    network = nx.read_graphml(path, force_multigraph=True)
    names = {data["label"]: data for _, data in network.nodes(data=True)}
    assert names["mercury"]["names"] == "quicksilver"
    # Used, carried and restricted; the graph's other facts about mercury are not approved.
    assert names["mercury"]["facts"] == 3
    assert names["cyanide"]["facts"] == 0
    [edge] = [data for *_, data in network.edges(data=True) if data["label"] == "banned"]
    told = {"weight": 1.0, "gate": "approved", "verdict": "supported", "probability": 0.9123,
            "support": 1, "documents": "brief.pdf", "page": 2,
            "quote": "In 2018 Suriname banned dredging."}  # fmt: skip
    assert {name: edge[name] for name in told} == told


def test_a_fact_without_verdict_and_quote_has_no_empty_attributes(tmp_path: Path) -> None:
    graph = sample_graph()
    bare = tuple(triple.model_copy(update={"evidence": None}) for triple in graph.triples)
    changed = graph.model_copy(update={"verdicts": (), "triples": bare})
    network = nx.read_graphml(
        write_graphml(changed, tmp_path / "g.xml", settings=SETTINGS), force_multigraph=True
    )
    # The one fact that an expert labelled.
    [edge] = [data for *_, data in network.edges(data=True)]
    assert not {"verdict", "probability", "quote", "page"} & set(edge)


def test_every_key_has_an_id_of_its_own(tmp_path: Path) -> None:
    """As GraphML's schema demands, although nodes and edges both have a label."""
    text = write_graphml(sample_graph(), tmp_path / "g.graphml", settings=SETTINGS).read_text(
        encoding="utf-8"
    )
    keys = re.findall(r'<key id="([^"]+)" for="(\w+)" attr.name="([^"]+)"', text)
    assert {("edge", "label"), ("node", "label")} <= {(of, name) for _, of, name in keys}
    assert len({key for key, _, _ in keys}) == len(keys)
