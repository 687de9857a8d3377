"""The graph as rows of a property graph: a file and a database are two ways out for them.

A relationship between two `:Entity` nodes is an approved fact, its type the predicate. Every
claim, whatever its gate, is a node with all that speaks for or against it:

    (:Entity)<-[:SUBJECT]-(:Claim)-[:OBJECT]->(:Entity)
    (:Claim)-[:SUPPORTED_BY]->(:Evidence)-[:QUOTED_FROM]->(:Document)
    (:Claim)-[:HAS_VERDICT]->(:Verdict)-[:HAS_VOTE]->(:Vote)
    (:Reviewer)-[:GAVE]->(:Label)-[:ABOUT]->(:Claim)
    (:Entity)-[:DEPICTED_IN]->(:Tile)

An entity has its class as a second label (`:Place`, `:Substance`). Whatever is ours says so:
`kgpipe` is the name of the dataset, so that several share a database, `kgpipe_key` that name and
the id, unique under a label, and `kgpipe_hash` tells whether a row has changed.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from kgpipe.ids import content_id
from kgpipe.publish.facts import Fact, collect_facts
from kgpipe.publish.iris import Iris
from kgpipe.publish.property_graph_names import (
    class_label,
    node_key,
    relationship_type,
)
from kgpipe.publish.property_graph_rows import Links, Nodes, Row, Value, hash_row, link_row
from kgpipe.publish.property_graph_tiles import link_tiles, list_tiles
from kgpipe.settings import PublishSettings
from kgpipe.tiles import EntityLinks
from kgpipe.types import Entity, Evidence, Graph, Label, Triple, Verdict, Vote

# Finer steps are noise, and would show the last bits of one machine's arithmetic.
_DIGITS = 4


@dataclass(frozen=True)
class PropertyGraph:
    """Nodes, then the links of fixed type, then facts; `withdrawn` are claims that are no facts."""

    dataset: str
    nodes: Sequence[Nodes]
    links: Sequence[Links]
    facts: Sequence[Links]
    withdrawn: Sequence[str]

    @property
    def has_tiles(self) -> bool:
        """Whether there are satellite tiles in it."""
        return any(table.rows for table in self.nodes if table.label == "Tile")

    @property
    def node_count(self) -> int:
        """How many nodes."""
        return sum(len(table.rows) for table in self.nodes)

    @property
    def link_count(self) -> int:
        """How many relationships."""
        return sum(len(table.rows) for table in (*self.links, *self.facts))


def make_property_graph(
    graph: Graph,
    *,
    dataset: str,
    settings: PublishSettings,
    links: Sequence[EntityLinks] = (),
) -> PropertyGraph:
    """Every row of the graph, sorted, so that the same graph gives the same rows.

    Args:
        graph: what a workspace knows.
        dataset: the name that marks all rows, so that graphs in one database stay apart.
        settings: how IRIs are minted.
        links: the satellite tiles that show entities.

    Raises:
        KeyError: a dangling reference (see `check.check_graph`).
        UsageError: `settings.base_iri` is no usable base.
    """
    iris = Iris(settings.base_iri)
    facts = collect_facts(graph, settings=settings)
    return PropertyGraph(
        dataset=dataset,
        nodes=[
            *_make_nodes(graph, facts, dataset, iris),
            Nodes("Tile", [_node(one, dataset) for one in list_tiles(links, iris)]),
        ],
        links=[*_make_links(facts, dataset), link_tiles(links, dataset)],
        facts=list(_make_facts(facts, dataset)),
        withdrawn=[fact.claim.id for fact in facts if not fact.stated],
    )


def _make_nodes(graph: Graph, facts: list[Fact], dataset: str, iris: Iris) -> Iterator[Nodes]:
    kinds: defaultdict[str, list[Entity]] = defaultdict(list)
    for entity in sorted(graph.entities, key=lambda entity: entity.id):
        kinds[class_label(entity.kind)].append(entity)
    for kind in sorted(kinds):
        rows = [_node(_describe_entity(one, iris), dataset, kind) for one in kinds[kind]]
        yield Nodes("Entity", rows, kind)
    documents = sorted(graph.documents, key=lambda document: document.id)
    verdicts = [fact.verdict for fact in facts if fact.verdict]
    labels = {_label_id(label): label for fact in facts for label in fact.labels}
    tables: dict[str, Iterable[Mapping[str, Value]]] = {
        "Document": (
            {
                "id": item.id,
                "iri": iris.mint("document", item.id),
                "title": item.title,
                "source": item.source,
                "language": item.language,
                "media_type": item.media_type,
                "sha256": item.sha256,
            }
            for item in documents
        ),
        "Claim": (_describe_claim(fact, iris) for fact in facts),
        "Evidence": (_describe_evidence(triple, found) for triple, found in _quoted(facts)),
        "Verdict": map(_describe_verdict, verdicts),
        "Vote": chain.from_iterable(map(_describe_votes, verdicts)),
        "Label": (_describe_label(name, labels[name]) for name in sorted(labels)),
        "Reviewer": (
            {"id": _reviewer_id(name), "name": name}
            for name in sorted({label.annotator for label in labels.values()})
        ),
    }
    for label, described in tables.items():
        yield Nodes(label, [_node(one, dataset) for one in described])


def _node(properties: Mapping[str, Value], dataset: str, kind: str = "") -> Row:
    marked = {**properties, "kgpipe": dataset, "kgpipe_hash": hash_row(kind, properties)}
    return {"key": node_key(dataset, str(properties["id"])), "properties": marked}


def _describe_entity(entity: Entity, iris: Iris) -> dict[str, Value]:
    return {
        "id": entity.id,
        "iri": iris.mint("entity", entity.id),
        "name": entity.name,
        "kind": entity.kind,
        "names": sorted(entity.names),
    }


def _describe_claim(fact: Fact, iris: Iris) -> dict[str, Value]:
    claim, verdict, quantity = fact.claim, fact.verdict, fact.claim.quantity
    return {
        "id": claim.id,
        "iri": iris.mint("claim", claim.id),
        "subject": claim.subject,
        "predicate": claim.predicate,
        "object": claim.object,
        "gate": fact.gate,
        "stated": fact.stated,
        "verdict": verdict.label if verdict else None,
        "probability": _round(verdict.probability) if verdict else None,
        "documents": len(claim.documents),
        "negated": claim.negated,
        "hedged": claim.hedged,
        "conditional": claim.conditional,
        "attributed_to": claim.attributed_to,
        "time": claim.time,
        "place": claim.place,
        "quantity": _finite(quantity.value) if quantity else None,
        "unit": quantity.unit if quantity else None,
    }


def _quoted(facts: list[Fact]) -> list[tuple[Triple, Evidence]]:
    """Each supporting triple that has a quote, once, by id."""
    triples = {triple.id: triple for fact in facts for triple in fact.support}
    ordered = (triples[name] for name in sorted(triples))
    return [(triple, triple.evidence) for triple in ordered if triple.evidence]


def _describe_evidence(triple: Triple, evidence: Evidence) -> dict[str, Value]:
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


def _verdict_id(verdict: Verdict) -> str:
    return content_id("verdict", verdict.claim_id)


def _describe_verdict(verdict: Verdict) -> dict[str, Value]:
    return {
        "id": _verdict_id(verdict),
        "label": verdict.label,
        "probability": _round(verdict.probability),
        "calibrated": verdict.calibrated,
        "reason": verdict.reason,
    }


def _votes(verdict: Verdict) -> dict[str, Vote]:
    """All votes on a claim by id, those among them that the verdict names as evidence too."""
    votes = {_vote_id(verdict, vote): vote for vote in (*verdict.votes, *verdict.evidence)}
    return {name: votes[name] for name in sorted(votes)}


def _vote_id(verdict: Verdict, vote: Vote) -> str:
    place = (vote.judge, vote.stance, vote.source, vote.start, vote.end)
    return content_id("vote", verdict.claim_id, *place)


def _describe_votes(verdict: Verdict) -> Iterator[dict[str, Value]]:
    """The votes of one verdict; those that decided it are its evidence."""
    decisive = {_vote_id(verdict, vote) for vote in verdict.evidence}
    for name, vote in _votes(verdict).items():
        yield {
            "id": name,
            "judge": vote.judge,
            "stance": vote.stance,
            "source": vote.source,
            "quote": vote.quote,
            "start": vote.start,
            "end": vote.end,
            "log_odds": _round(vote.log_odds),
            "reason": vote.reason,
            "rival": vote.rival or None,
            "decisive": name in decisive,
        }


def _label_id(label: Label) -> str:
    return content_id("label", label.key, label.annotator, label.role)


def _reviewer_id(name: str) -> str:
    return content_id("reviewer", name)


def _describe_label(name: str, label: Label) -> dict[str, Value]:
    return {
        "id": name,
        "label": label.label,
        "comment": label.comment or None,
        "role": label.role,
        "labelled_at": label.labelled_at or None,
    }


def _make_links(facts: list[Fact], dataset: str) -> Iterator[Links]:
    """The relationships of fixed type."""
    verdicts = [fact.verdict for fact in facts if fact.verdict]
    labels = {_label_id(label): label for fact in facts for label in fact.labels}
    pairs: list[tuple[str, str, str, Iterable[tuple[str, str]]]] = [
        ("Claim", "SUBJECT", "Entity", ((f.claim.id, f.claim.subject_id) for f in facts)),
        ("Claim", "OBJECT", "Entity", ((f.claim.id, f.claim.object_id) for f in facts)),
        (
            "Claim", "SUPPORTED_BY", "Evidence",
            ((f.claim.id, triple.id) for f in facts for triple in f.support if triple.evidence),
        ),
        (
            "Evidence", "QUOTED_FROM", "Document",
            ((triple.id, found.span.document_id) for triple, found in _quoted(facts)),
        ),
        ("Claim", "HAS_VERDICT", "Verdict", ((v.claim_id, _verdict_id(v)) for v in verdicts)),
        (
            "Verdict", "HAS_VOTE", "Vote",
            ((_verdict_id(v), name) for v in verdicts for name in _votes(v)),
        ),
        (
            "Reviewer", "GAVE", "Label",
            ((_reviewer_id(labels[name].annotator), name) for name in sorted(labels)),
        ),
        (
            "Label", "ABOUT", "Claim",
            sorted({(_label_id(label), f.claim.id) for f in facts for label in f.labels}),
        ),
    ]  # fmt: skip
    for source, kind, target, ends in pairs:
        rows = [link_row(dataset, kind, start, end) for start, end in ends]
        yield Links(source, kind, target, rows)


def _make_facts(facts: list[Fact], dataset: str) -> Iterator[Links]:
    """A relationship for each claim that may be stated, by type."""
    by_type: defaultdict[str, list[Row]] = defaultdict(list)
    for fact in facts:
        if not fact.stated:
            continue
        claim = fact.claim
        properties: dict[str, Value] = {
            "predicate": claim.predicate,
            "verdict": fact.verdict.label if fact.verdict else None,
            "probability": _round(fact.verdict.probability) if fact.verdict else None,
            "time": claim.time,
            "place": claim.place,
        }
        marked = {**properties, "kgpipe_hash": hash_row(claim.id, properties)}
        by_type[relationship_type(claim.predicate)].append(
            {
                "source": node_key(dataset, claim.subject_id),
                "target": node_key(dataset, claim.object_id),
                "kgpipe": dataset,
                "claim": claim.id,
                "properties": marked,
            }
        )
    for kind in sorted(by_type):
        yield Links("Entity", kind, "Entity", by_type[kind], is_fact=True)


def _round(value: float) -> float | None:
    return round(value, _DIGITS) if math.isfinite(value) else None


def _finite(value: float) -> float | None:
    """No file holds what is not finite."""
    return value if math.isfinite(value) else None
