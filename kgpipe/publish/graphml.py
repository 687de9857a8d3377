"""The approved facts as GraphML for Gephi, Cytoscape and networkx."""

import re
from pathlib import Path

import networkx as nx

from kgpipe.publish.facts import collect_facts
from kgpipe.types import Graph

# Characters that XML 1.0 (section 2.2) does not allow, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_graphml(graph: Graph, path: Path) -> Path:
    """Write entities as nodes and approved plain claims as directed edges keyed by claim id.

    Raises:
        KeyError: a dangling reference (see `check.check_graph`).
    """
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for entity in sorted(graph.entities, key=lambda entity: entity.id):
        network.add_node(entity.id, label=_clean(entity.name), kind=entity.kind)
    for fact in collect_facts(graph):
        if fact.stated:
            claim = fact.claim
            qualifiers = {"time": claim.time, "place": claim.place}
            network.add_edge(
                claim.subject_id,
                claim.object_id,
                key=claim.id,
                label=_clean(claim.predicate),
                support=len(claim.support),
                **{name: _clean(value) for name, value in qualifiers.items() if value},
            )
    # The writer on the standard library, since that on lxml (if installed) writes other bytes.
    nx.write_graphml_xml(network, path, named_key_ids=True)
    return path


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
