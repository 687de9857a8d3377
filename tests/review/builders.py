"""Rows and graphs for the tests of this folder."""

from typing import Any

from kgpipe.labels import group_labels
from kgpipe.review.rows import ReviewRow
from kgpipe.review.wordings import (
    Review,
    Ruling,
    Source,
    Stated,
    collect_facts,
    rival_values,
)
from kgpipe.text.normalise import label_key
from kgpipe.types import Claim, Document, Evidence, Graph, Span, Triple, Verdict


def make_row(number: int = 1, **more: Any) -> ReviewRow:
    fields: dict[str, Any] = {
        "claim_id": f"claim-{number}",
        "subject": f"miner {number}",
        "predicate": "use",
        "object": "mercury",
        "qualifiers": "",
        "quote": f"Miner {number} uses\nmercury.",
        "document": "a.pdf",
        "page": 2,
        "verdict": "supported",
        "probability": 0.7,
        "evidence": (("They use mercury, too.", "note.txt"),),
        "key": f"key-{number}",
    }
    return ReviewRow(**(fields | more))


def make_triple(identifier: str, subject: str, item: str, **more: Any) -> Triple:
    quote = f"{subject} uses {item}."
    evidence = Evidence(span=Span(document_id="doc", start=0, end=len(quote)), quote=quote, page=3)
    fields: dict[str, Any] = {"predicate": "use", "evidence": evidence, "extractor": "test"}
    return Triple(id=identifier, document_id="doc", subject=subject, object=item, **(fields | more))


def make_graph(triples: list[Triple], probabilities: list[float], **more: Any) -> Graph:
    """One claim a triple, each with its verdict."""
    claims = tuple(
        Claim(
            id=f"claim-{triple.id}",
            subject_id=triple.subject,
            predicate=triple.predicate,
            object_id=triple.object,
            subject=triple.subject.upper(),
            object=triple.object,
            support=(triple.id,),
            documents=("doc",),
            keys=(label_key(triple),),
        )
        for triple in triples
    )
    document = Document(
        id="doc",
        source="reports/a.pdf",
        sha256="0",
        media_type="application/pdf",
        title="",
        language="en",
        text="",
    )
    verdicts = tuple(
        Verdict(claim_id=claim.id, label="unclear", status="ok", reason="", probability=p)
        for claim, p in zip(claims, probabilities, strict=False)
    )
    fields: dict[str, Any] = {"verdicts": verdicts}
    return Graph(
        documents=(document,),
        triples=tuple(triples),
        entities=(),
        claims=claims,
        **(fields | more),
    )


def make_review(graph: Graph) -> Review:
    """The graph's facts and labels as reviewers' commands see them."""
    stated = [Stated.model_validate(claim.model_dump()) for claim in graph.claims]
    facts = collect_facts(
        stated,
        graph.triples,
        sources=[Source(id=one.id, source=one.source) for one in graph.documents],
        rivals=rival_values(stated, graph.conflicts),
    )
    return Review(
        facts, group_labels({claim.id: claim.keys for claim in graph.claims}, graph.labels)
    )


def make_rulings(graph: Graph) -> list[Ruling]:
    return [Ruling.model_validate(verdict.model_dump()) for verdict in graph.verdicts]
