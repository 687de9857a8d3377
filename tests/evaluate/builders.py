"""Small graphs and gold folders for the tests of this folder."""

import json
from pathlib import Path
from typing import Any

from kgpipe.text.normalise import label_key
from kgpipe.types import (
    Claim,
    Document,
    Entity,
    Evidence,
    Graph,
    Polarity,
    Rejection,
    Span,
    Triple,
    Verdict,
    Vote,
)


def make_document(name: str) -> Document:
    return Document(
        id=f"doc-{name}",
        source=f"reports/{name}",
        sha256="0" * 64,
        media_type="application/pdf",
        title="",
        language="en",
        text="",
    )


def make_triple(identifier: str, document: str, parts: tuple[str, str, str], **more: Any) -> Triple:
    subject, predicate, item = parts
    document_id = f"doc-{document}"
    quote = f"{subject} {predicate} {item}."
    return Triple(
        id=identifier,
        document_id=document_id,
        subject=subject,
        predicate=predicate,
        object=item,
        evidence=Evidence(
            span=Span(document_id=document_id, start=0, end=len(quote)), quote=quote, page=1
        ),
        extractor="test",
        **more,
    )


def make_claim(triple: Triple, **more: Any) -> Claim:
    return Claim(
        id=f"claim-{triple.id}",
        subject_id=f"entity-{triple.subject}",
        predicate=triple.predicate,
        object_id=f"entity-{triple.object}",
        subject=triple.subject,
        object=triple.object,
        support=(triple.id,),
        documents=(triple.document_id,),
        keys=(label_key(triple),),
        negated=triple.negated,
        **more,
    )


def make_verdict(claim: Claim, label: Polarity, probability: float, **more: Any) -> Verdict:
    vote = Vote(
        judge="test",
        stance="support",
        source="evidence/note.txt",
        start=0,
        end=4,
        quote="Said <so>.",
        log_odds=1.0,
    )
    return Verdict(
        claim_id=claim.id,
        label=label,
        status=more.pop("status", "ok"),
        reason="one text",
        probability=probability,
        evidence=(vote,),
    )


def make_graph() -> Graph:
    """Three facts of two documents; one is wrong, one verdict failed."""
    triples = (
        make_triple("t1", "a.pdf", ("The miners", "use", "mercury")),
        make_triple("t2", "a.pdf", ("Bolivia", "exports", "gold <script>")),
        make_triple("t3", "b.pdf", ("Miners", "work in", "Kedougou"), negated=True),
    )
    claims = tuple(make_claim(triple) for triple in triples)
    names = {name for triple in triples for name in (triple.subject, triple.object)}
    return Graph(
        documents=(make_document("a.pdf"), make_document("b.pdf"), make_document("c.pdf")),
        triples=triples,
        entities=tuple(
            Entity(id=f"entity-{name}", kind="", name=name, names=(name,)) for name in sorted(names)
        ),
        claims=claims,
        verdicts=(
            make_verdict(claims[0], "supported", 0.9),
            make_verdict(claims[1], "supported", 0.8),
            make_verdict(claims[2], "unclear", 0.5, status="error"),
        ),
        rejections=(Rejection(stage="read", item="x.pdf", reason="encrypted", detail="locked"),),
    )


def gold_triple(identifier: str, document: str, parts: tuple[str, str, str], **more: Any) -> str:
    subject, predicate, item = parts
    row = {"id": identifier, "document": document, "page": 1, "quote": "q", "negated": False}
    return json.dumps(row | {"subject": subject, "predicate": predicate, "object": item} | more)


def write_gold(folder: Path) -> Path:
    """Gold for `make_graph`: two of its facts and one that it missed."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = (
        gold_triple("g1", "a.pdf", ("miners", "use", "mercury"), attributed_to=None),
        gold_triple("g2", "a.pdf", ("Peru", "bans", "dredges")),
        gold_triple("g3", "b.pdf", ("Miners", "worked in", "Kedougou"), negated=True, page=2),
    )
    (folder / "triples.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "labels.csv").write_text(
        "id,subject,predicate,object,label,annotator,group\n"
        "g1,miners,use,mercury,supported,A,a.pdf\n"
        "g3,Miners,worked in,Kedougou,unclear,A,b.pdf\n"
        "x1,Bolivia,exports,gold script,refuted,A,a.pdf\n",
        encoding="utf-8",
    )
    (folder / "entities.csv").write_text(
        "name,entity,kind\nminers,MINERS,\nmercury,MERCURY,substance\nHg,MERCURY,substance\n",
        encoding="utf-8",
    )
    return folder
