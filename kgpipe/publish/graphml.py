"""The approved facts as GraphML for Gephi, Cytoscape and networkx.

A node has `label`, `kind`, its other `names` and `facts`, their number. An edge has `label`, the
predicate, and `weight`, the number of documents that state it, by which layouts draw lines; what it
rests on stands in `gate`, `verdict`, `probability`, `support`, `documents`, `quote` and `page`.
"""

import re
from collections import Counter
from pathlib import Path

import networkx as nx

from kgpipe.publish.facts import Fact, collect_facts
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph

# Characters that XML 1.0 (section 2.2) does not allow, not even escaped.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_JOINT = " | "
# Finer steps are noise, and would show the last bits of one machine's arithmetic.
_PROBABILITY_DIGITS = 4


def write_graphml(graph: Graph, path: Path, *, settings: PublishSettings) -> Path:
    """Write entities as nodes and approved plain claims as directed edges keyed by claim id.

    Raises:
        KeyError: a dangling reference (see `check.check_graph`).
    """
    facts = [fact for fact in collect_facts(graph, settings=settings) if fact.stated]
    sources = {document.id: document.source for document in graph.documents}
    # A fact about itself is one fact of its name.
    degrees = Counter(
        end for fact in facts for end in {fact.claim.subject_id, fact.claim.object_id}
    )
    network: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for entity in sorted(graph.entities, key=lambda entity: entity.id):
        others = [name for name in entity.names if name != entity.name]
        network.add_node(
            entity.id,
            label=_clean(entity.name),
            kind=entity.kind,
            names=_clean(_JOINT.join(others)),
            facts=degrees[entity.id],
        )
    for fact in facts:
        network.add_edge(
            fact.claim.subject_id,
            fact.claim.object_id,
            key=fact.claim.id,
            **_describe_edge(fact, sources),
        )
    # The writer on the standard library, since that on lxml (if installed) writes other bytes.
    nx.write_graphml_xml(network, path)
    return path


def _describe_edge(fact: Fact, sources: dict[str, str]) -> dict[str, str | int | float]:
    """Attributes of an edge; GraphML knows no missing value, so what is unknown is left out."""
    claim, verdict = fact.claim, fact.verdict
    documents = sorted({sources.get(one, one) for one in claim.documents})
    shown = next((triple.evidence for triple in fact.support if triple.evidence), None)
    known: dict[str, str | int | float | None] = {
        "label": claim.predicate,
        "weight": float(max(len(documents), 1)),
        "gate": fact.gate,
        "verdict": verdict.label if verdict else None,
        "probability": round(verdict.probability, _PROBABILITY_DIGITS) if verdict else None,
        "support": len(claim.support),
        "documents": _JOINT.join(documents),
        "quote": shown.quote if shown else None,
        "page": shown.page if shown else None,
        "time": claim.time,
        "place": claim.place,
    }
    return {
        name: _clean(value) if isinstance(value, str) else value
        for name, value in known.items()
        if value is not None and value != ""
    }


def _clean(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
