"""What a graph knows about its own claims: where they stand, and what reviewers said of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from kgpipe.evaluate.cases import Origin
from kgpipe.evaluate.gold import ADJUDICATOR, GoldLabel, Quoted, VerdictRow
from kgpipe.evaluate.sample import Fact
from kgpipe.labels import group_labels, settle_labels
from kgpipe.types import Claim, Graph, Polarity, Verdict

SEVERAL = "several"
# What a report calls the part that is measured against reviewers' labels.
REVIEWED = "Labels of reviewers"
_MEDIA = {
    "application/pdf": "PDF",
    "text/markdown": "Markdown",
    "text/plain": "plain text",
    "text/csv": "CSV",
}


def find_origins(graph: Graph) -> dict[str, Origin]:
    """By claim id its wording, its document, and the kind of source that states it."""
    documents = {document.id: document for document in graph.documents}
    triples = {triple.id: triple for triple in graph.triples}

    def name_document(claim: Claim) -> str:
        names = {
            PurePath(documents[one].source).name for one in claim.documents if one in documents
        }
        return _one_of(names)

    def name_kind(claim: Claim) -> str:
        kinds = set()
        for triple in (triples[one] for one in claim.support if one in triples):
            document = documents.get(triple.document_id)
            medium = _MEDIA.get(document.media_type, document.media_type) if document else "?"
            table = triple.extractor.startswith("tables")
            kinds.add(f"{medium}, table" if table else medium)
        return _one_of(kinds)

    return {
        claim.id: Origin(
            wording=word_claim(claim),
            predicate=claim.predicate,
            document=name_document(claim),
            source_kind=name_kind(claim),
        )
        for claim in graph.claims
    }


def _one_of(names: set[str]) -> str:
    return next(iter(names), "") if len(names) < 2 else SEVERAL


def word_claim(claim: Claim) -> str:
    """A claim on one line."""
    words = " · ".join((claim.subject, claim.predicate, claim.object))
    return f"not: {words}" if claim.negated else words


def collect_labels(graph: Graph) -> list[GoldLabel]:
    """The labels that the claims inherit from the statements that support them, by claim id.

    A claim has a label where an adjudicator gave one, or all agree. An annotator who labelled two
    wordings of one claim differently has no vote on it: a merge may have joined what is not the
    same, and that is for adjudication.
    """
    labels = group_labels({claim.id: claim.keys for claim in graph.claims}, graph.labels)
    names = {document.id: PurePath(document.source).name for document in graph.documents}
    found = []
    for claim in graph.claims:
        own = labels.get(claim.id)
        if not own:
            continue
        given: dict[str, set[Polarity]] = defaultdict(set)
        for label in own:
            who = ADJUDICATOR if label.role == "adjudicator" else label.annotator
            given[who].add(label.label)
        votes = {one: next(iter(said)) for one, said in sorted(given.items()) if len(said) == 1}
        found.append(
            GoldLabel(
                id=claim.id,
                label=settle_labels(own),
                votes=votes,
                subject=claim.subject,
                predicate=claim.predicate,
                object=claim.object,
                negated=claim.negated,
                group=names.get(claim.documents[0], "") if claim.documents else "",
            )
        )
    return found


def as_row(identifier: str, verdict: Verdict) -> VerdictRow:
    """A verdict of the graph in the form of a verdict file."""
    return VerdictRow(
        id=identifier,
        label=verdict.label,
        status=verdict.status,
        reason=verdict.reason,
        probability=verdict.probability,
        calibrated=verdict.calibrated,
        evidence=tuple(Quoted(source=one.source, quote=one.quote) for one in verdict.evidence),
    )


def list_facts(graph: Graph) -> list[Fact]:
    """The claims as sampling sees them; one keeps its place whatever it is merged with."""
    verdicts = verdicts_by_claim(graph)
    labels = {label.id: label.label for label in collect_labels(graph)}
    return [_as_fact(claim, verdicts.get(claim.id), labels.get(claim.id)) for claim in graph.claims]


def only_claims(graph: Graph, ids: Sequence[str]) -> Graph:
    """The graph with these claims alone, and the conflicts among them."""
    kept = set(ids)
    return graph.model_copy(
        update={
            "claims": tuple(claim for claim in graph.claims if claim.id in kept),
            "conflicts": tuple(rivals for rivals in graph.conflicts if kept.issuperset(rivals)),
        }
    )


def _as_fact(claim: Claim, verdict: Verdict | None, label: Polarity | None) -> Fact:
    said = verdict if verdict is not None and verdict.status == "ok" else None
    return Fact(
        id=claim.id,
        key=min(claim.keys),
        verdict=said.label if said else None,
        probability=said.probability if said else None,
        label=label,
        fitted=said.calibrated if said else False,
    )


def verdicts_by_claim(graph: Graph) -> Mapping[str, Verdict]:
    """The verdicts by claim id."""
    return {verdict.claim_id: verdict for verdict in graph.verdicts}
