"""Claims joined with all that speaks for or against them: the one view that every writer shares."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kgpipe.publish.gate import Gate, gate_claim
from kgpipe.settings import PublishSettings
from kgpipe.types import Claim, Graph, Label, Triple, Verdict

_DEFAULTS = PublishSettings()


@dataclass(frozen=True)
class Fact:
    """One claim, its gate, and what the gate was decided on; `support` is ordered by triple id.

    `verdict` is None also where search or judge failed, since such a verdict says nothing.
    """

    claim: Claim
    gate: Gate
    verdict: Verdict | None
    labels: tuple[Label, ...]
    support: tuple[Triple, ...]

    @property
    def plain(self) -> bool:
        """Whether the bare triple says what the claim says.

        A negated, hedged, conditional or attributed claim states something else, so that its bare
        triple would be a falsehood: such a claim is published as a described statement only.
        """
        claim = self.claim
        return not (claim.negated or claim.hedged or claim.conditional or claim.attributed_to)

    @property
    def stated(self) -> bool:
        """Whether the bare triple may be published as a fact."""
        return self.plain and self.gate == "approved"

    @property
    def sources(self) -> list[str]:
        """Ids of the documents that state it word for word, sorted."""
        quoted = (triple.evidence for triple in self.support)
        return sorted({evidence.span.document_id for evidence in quoted if evidence})


def collect_facts(graph: Graph, *, settings: PublishSettings = _DEFAULTS) -> list[Fact]:
    """Join and gate every claim of the graph, in the order of claim ids.

    Raises:
        KeyError: a claim names a triple that the graph lacks (see `check.check_graph`).
    """
    return list(each_fact(graph, settings=settings))


def each_fact(graph: Graph, *, settings: PublishSettings = _DEFAULTS) -> Iterator[Fact]:
    """What `collect_facts` returns, one by one.

    Raises:
        KeyError: a claim names a triple that the graph lacks (see `check.check_graph`).
    """
    triples = {triple.id: triple for triple in graph.triples}
    verdicts = {item.claim_id: item for item in graph.verdicts if item.status == "ok"}
    labels: defaultdict[str, list[Label]] = defaultdict(list)
    for label in sorted(graph.labels, key=lambda label: (label.key, label.annotator)):
        labels[label.key].append(label)
    for claim in sorted(graph.claims, key=lambda claim: claim.id):
        support = tuple(triples[triple_id] for triple_id in sorted(claim.support))
        own_labels = tuple(
            label for key in sorted(set(claim.keys)) for label in labels.get(key, ())
        )
        verdict = verdicts.get(claim.id)
        grounded = any(triple.evidence and not triple.imported for triple in support)
        gate = gate_claim(
            claim, verdict=verdict, labels=own_labels, grounded=grounded, settings=settings
        )
        yield Fact(claim, gate, verdict, own_labels, support)
