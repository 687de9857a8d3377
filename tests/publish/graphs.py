"""Graphs for the tests of publishing and querying."""

import re

from kgpipe.ids import content_digest, content_id
from kgpipe.text.normalise import label_key
from kgpipe.types import (
    Claim,
    Document,
    Entity,
    Evidence,
    Graph,
    Kind,
    Label,
    Merge,
    Page,
    Polarity,
    Quantity,
    Rejection,
    Span,
    Triple,
    Verdict,
    Vote,
    Word,
)

# Subject, its kind, predicate, object, its kind, sentence, verdict; the second page starts at "In".
SENTENCES: tuple[tuple[str, Kind, str, str, Kind, str, Polarity], ...] = (
    ("miners", "person", "use", "mercury", "substance", "Miners use mercury.", "supported"),
    ("Peru", "place", "exports to", "India", "place", "Peru exports to India.", "supported"),
    ("Río Beni", "place", "carries", "mercury", "substance", "Río Beni carries mercury.",
     "supported"),
    ("Minamata Convention", "law", "restricts", "mercury", "substance",
     "The Minamata Convention restricts mercury.", "supported"),
    ("Suriname", "place", "banned", "dredging", "process", "In 2018 Suriname banned dredging.",
     "supported"),
    ("Guyana", "place", "exports to", "Peru", "place", "Guyana exports to Peru.", "refuted"),
    ("Peru", "place", "uses", "cyanide", "substance", "Peru uses cyanide.", "unclear"),
    ("Guyana", "place", "uses", "cyanide", "substance", "Guyana does not use cyanide.",
     "supported"),
)  # fmt: skip


def make_entity(name: str, kind: Kind, *names: str) -> Entity:
    return Entity(id=content_id("ent", kind, name), kind=kind, name=name, names=(name, *names))


def make_triple(document: Document, sentence: str, **fields: object) -> Triple:
    start = document.text.index(sentence)
    end = start + len(sentence)
    page = next((p.number for p in document.pages if p.start <= start < p.end), None)
    span = Span(document_id=document.id, start=start, end=end)
    content = {
        "id": content_id("tri", document.id, start, fields["subject"], fields["object"]),
        "document_id": document.id,
        "evidence": Evidence(span=span, quote=sentence, page=page),
        "extractor": "test",
    }
    return Triple.model_validate(content | fields)


def make_claim(triple: Triple, subject: Entity, object_: Entity) -> Claim:
    qualifiers = triple.model_dump(
        include={
            "negated", "hedged", "conditional", "attributed_to", "time", "place", "quantity",
        }
    )  # fmt: skip
    content = {
        "id": content_id("clm", subject.id, triple.predicate, object_.id, qualifiers),
        "subject_id": subject.id,
        "predicate": triple.predicate,
        "object_id": object_.id,
        "subject": subject.name,
        "object": object_.name,
        "support": (triple.id,),
        "documents": (triple.document_id,),
        "keys": (label_key(triple),),
    }
    return Claim.model_validate(content | qualifiers)


def _words(text: str, start: int, end: int) -> tuple[Word, ...]:
    """Every word on one line, as wide as its letters are many, from its page's left edge."""
    found = re.compile(r"\S+").finditer(text, start, end)
    return tuple(
        Word(word.start(), word.end(), word.start() - start, 90, word.end() - start, 100)
        for word in found
    )


def make_document(text: str, *, split: int | None = None) -> Document:
    pages: tuple[Page, ...] = ()
    if split is not None:
        pages = (
            Page(number=1, start=0, end=split, width=595, height=842, words=_words(text, 0, split)),
            Page(
                number=2,
                start=split,
                end=len(text),
                width=595,
                height=842,
                words=_words(text, split, len(text)),
            ),
        )
    return Document(
        id=content_id("doc", text),
        source="brief.pdf",
        sha256=content_digest(text.encode()),
        media_type="application/pdf",
        title='A "brief"',
        language="en",
        text=text,
        pages=pages,
    )


def make_verdict(claim: Claim, label: Polarity) -> Verdict:
    probability = {"supported": 0.91234567, "refuted": 0.1, "unclear": 0.5}[label]
    vote = Vote(judge="j", stance="support", source="s.txt", start=0, end=1, quote="=x", log_odds=1)
    return Verdict(
        claim_id=claim.id,
        label=label,
        status="ok",
        reason="",
        probability=probability,
        evidence=(vote,),
    )


def sample_graph() -> Graph:
    """Eight claims: five stated, one rejected, one pending, one approved but negated."""
    text = "\n".join(sentence for *_, sentence, _ in SENTENCES)
    document = make_document(text, split=text.index("In 2018"))
    entities: dict[str, Entity] = {}
    triples, claims, verdicts = [], [], []
    for subject, subject_kind, predicate, object_, object_kind, sentence, label in SENTENCES:
        for name, kind in ((subject, subject_kind), (object_, object_kind)):
            aliases = ("quicksilver",) if name == "mercury" else ()
            entities[name] = make_entity(name, kind, *aliases)
        triple = make_triple(
            document,
            sentence,
            subject=subject,
            predicate=predicate,
            object=object_,
            negated="not" in sentence,
            time="2018" if "2018" in sentence else None,
            quantity=Quantity(value=3.5, unit="t") if predicate == "carries" else None,
        )
        triples.append(triple)
        claims.append(make_claim(triple, entities[subject], entities[object_]))
        verdicts.append(make_verdict(claims[-1], label))
    merge = Merge(
        id="m1",
        entity_id=entities["mercury"].id,
        left="mercury",
        right="quicksilver",
        reason="alias",
        score=-0.5,
    )
    return Graph(
        documents=(document,),
        triples=tuple(triples),
        entities=tuple(entities.values()),
        claims=tuple(claims),
        merges=(merge,),
        verdicts=tuple(verdicts),
        labels=(Label(key=claims[0].keys[0], label="supported", annotator="a", comment="yes"),),
        rejections=(Rejection(stage="extract", item="c1", reason="no_quote", detail="+1"),),
    )


def one_claim_graph(subject: str, predicate: str, object_: str, quote: str) -> Graph:
    """One approved claim with any text in every place that a document can reach."""
    document = make_document(f"before {quote} after")
    one, other = make_entity(subject, "other"), make_entity(object_, "place")
    triple = make_triple(
        document, quote, subject=subject, predicate=predicate, object=object_, time=quote
    )
    claim = make_claim(triple, one, other)
    return Graph(
        documents=(document,),
        triples=(triple,),
        entities=tuple({entity.id: entity for entity in (one, other)}.values()),
        claims=(claim,),
        verdicts=(make_verdict(claim, "supported"),),
    )


def synthetic_graph(claims: int) -> Graph:
    """That many one-sentence claims in one document, among a tenth as many entities."""
    names = [f"entity {number}" for number in range(max(claims // 10, 2))]
    entities = [make_entity(name, "other") for name in names]
    parts = []
    for number in range(claims):
        subject, object_ = number % len(names), (7 * number + 1) % len(names)
        parts.append((subject, f"relates {number % 50}", object_, f"Sentence number {number}."))
    text = "\n".join(part[3] for part in parts)
    document = make_document(text)
    triples, found = [], []
    start = 0
    for subject, predicate, object_, sentence in parts:
        span = Span(document_id=document.id, start=start, end=start + len(sentence))
        triples.append(
            Triple(
                id=content_id("tri", start),
                document_id=document.id,
                subject=names[subject],
                predicate=predicate,
                object=names[object_],
                evidence=Evidence(span=span, quote=sentence),
                extractor="test",
            )
        )
        found.append(make_claim(triples[-1], entities[subject], entities[object_]))
        found[-1] = found[-1].model_copy(update={"id": content_id("clm", start)})
        start += len(sentence) + 1
    return Graph(
        documents=(document,),
        triples=tuple(triples),
        entities=tuple(entities),
        claims=tuple(found),
        verdicts=tuple(make_verdict(claim, "supported") for claim in found),
    )
