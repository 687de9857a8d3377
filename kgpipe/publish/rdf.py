"""The graph as RDF: facts as plain triples, and for every claim where it comes from.

Each claim is a `claim:` resource in `graph:provenance`: an rdf:Statement with its gate, verdict
and qualifiers, derived (PROV-O) from `triple:` resources, the statements of single documents, and
those from `evidence:`, a span of a document with its exact quote and, of a PDF, the rectangle that
it fills on its page (Web Annotation). Claims that
their bare triple states correctly also stand as that triple in `graph:approved`, `graph:pending`
or `graph:rejected`. Names and kinds of things stand in `graph:entities`.
"""

import math
from collections.abc import Iterator
from pathlib import Path

from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, SKOS, XSD, Namespace

from kgpipe.ids import content_id
from kgpipe.publish.facts import Fact, collect_facts
from kgpipe.publish.iris import Iris
from kgpipe.publish.turtle import Quad, iri, literal, write_nquads, write_trig, write_turtle
from kgpipe.settings import PublishSettings
from kgpipe.text.locate import page_boxes
from kgpipe.types import Document, Entity, Evidence, Graph, Kind, Label, Triple

_OA = Namespace("http://www.w3.org/ns/oa#")
_TYPE = iri(RDF.type)
_TRUE = literal("true", XSD.boolean)
# Finer steps are noise, and would show the last bits of one machine's arithmetic.
_PROBABILITY_DIGITS = 4

# (subject, predicate, object) of one graph.
_Statement = tuple[str, str, str]
_Documents = dict[str, Document]
# How the Web Annotation model says that a fragment selector is one of PDF (its section 4.2.1).
_PDF_FRAGMENTS = iri("http://tools.ietf.org/rfc/rfc3778")


def write_rdf(graph: Graph, folder: Path, *, settings: PublishSettings) -> list[Path]:
    """Write `graph.ttl`, `graph.trig` and `graph.nq` into an existing folder.

    TriG and N-Quads hold everything in named graphs. Turtle has no graphs, so it holds what may
    be stated: approved facts, their provenance, entities and documents.
    """
    iris = Iris(settings.base_iri)
    facts = collect_facts(graph)
    documents = {document.id: document for document in graph.documents}
    shared = set(_catalogue(graph, facts, settings.title, iris))
    quads, stated = set(shared), {quad[1:] for quad in shared}
    for fact in facts:
        described = list(_describe_fact(fact, documents, iris))
        quads.update(described)
        if fact.gate == "approved":
            stated.update(quad[1:] for quad in described)
    ordered = sorted(quads)
    paths = [folder / f"graph.{suffix}" for suffix in ("ttl", "trig", "nq")]
    write_turtle(sorted(stated), paths[0], prefixes=iris.prefixes())
    write_trig(ordered, paths[1], prefixes=iris.prefixes())
    write_nquads(ordered, paths[2])
    return paths


def _catalogue(graph: Graph, facts: list[Fact], title: str, iris: Iris) -> Iterator[Quad]:
    """What does not depend on a gate: things, classes, predicates, documents, experts' labels."""
    entities = iri(iris.mint("graph", "entities"))
    for entity in graph.entities:
        yield from _in(entities, _describe_entity(entity, iris))
    yield from _in(entities, _describe_classes({entity.kind for entity in graph.entities}, iris))
    for predicate in {fact.claim.predicate for fact in facts}:
        subject = iri(iris.mint_predicate(predicate))
        yield entities, subject, _TYPE, iri(RDF.Property)
        yield entities, subject, iri(RDFS.label), literal(predicate)
    provenance = iri(iris.mint("graph", "provenance"))
    yield provenance, iri(f"{iris.base}dataset"), iri(DCTERMS.title), literal(title)
    for document in graph.documents:
        yield from _in(provenance, _describe_document(document, iris))


def _in(graph: str, statements: Iterator[_Statement]) -> Iterator[Quad]:
    return ((graph, *statement) for statement in statements)


def _describe_entity(entity: Entity, iris: Iris) -> Iterator[_Statement]:
    subject = iri(iris.mint("entity", entity.id))
    yield subject, _TYPE, iri(_class_iri("", iris))
    yield subject, _TYPE, iri(_class_iri(entity.kind, iris))
    yield subject, iri(SKOS.prefLabel), literal(entity.name)
    for name in set(entity.names) - {entity.name}:
        yield subject, iri(SKOS.altLabel), literal(name)


def _describe_classes(kinds: set[Kind], iris: Iris) -> Iterator[_Statement]:
    root = iri(_class_iri("", iris))
    yield root, _TYPE, iri(RDFS.Class)
    yield root, iri(RDFS.label), literal("entity")
    for kind in kinds - {""}:
        subject = iri(_class_iri(kind, iris))
        yield subject, _TYPE, iri(RDFS.Class)
        yield subject, iri(RDFS.label), literal(kind)
        yield subject, iri(RDFS.subClassOf), root


def _class_iri(kind: Kind, iris: Iris) -> str:
    return iris.mint("class", kind.capitalize() or "Entity")


def _describe_document(document: Document, iris: Iris) -> Iterator[_Statement]:
    subject = iri(iris.mint("document", document.id))
    yield subject, _TYPE, iri(PROV.Entity)
    yield subject, iri(DCTERMS.title), literal(document.title)
    yield subject, iri(DCTERMS.source), literal(document.source)
    yield subject, iri(DCTERMS.format), literal(document.media_type)
    yield subject, iri(DCTERMS.language), literal(document.language)
    yield subject, iri(iris.mint("term", "sha256")), literal(document.sha256, XSD.hexBinary)


def _describe_fact(fact: Fact, documents: _Documents, iris: Iris) -> Iterator[Quad]:
    """The plain triple where the claim allows it, and the claim with its provenance."""
    claim = fact.claim
    parts = (
        iri(iris.mint("entity", claim.subject_id)),
        iri(iris.mint_predicate(claim.predicate)),
        iri(iris.mint("entity", claim.object_id)),
    )
    if fact.plain:
        yield iri(iris.mint("graph", fact.gate)), *parts
    provenance = iri(iris.mint("graph", "provenance"))
    subject = iri(iris.mint("claim", claim.id))
    for term, part in zip((RDF.subject, RDF.predicate, RDF.object), parts, strict=True):
        yield provenance, subject, iri(term), part
    yield from _in(provenance, _describe_claim(fact, subject, iris))
    for label in fact.labels:
        yield from _in(provenance, _describe_label(label, subject, iris))
    for triple in fact.support:
        yield from _in(provenance, _describe_triple(triple, documents, iris))


def _describe_claim(fact: Fact, subject: str, iris: Iris) -> Iterator[_Statement]:
    claim = fact.claim
    yield subject, _TYPE, iri(RDF.Statement)
    yield subject, iri(iris.mint("term", "gate")), literal(fact.gate)
    if fact.verdict is not None:
        rounded = f"{fact.verdict.probability:.{_PROBABILITY_DIGITS}f}"
        yield subject, iri(iris.mint("term", "verdict")), literal(fact.verdict.label)
        yield subject, iri(iris.mint("term", "probability")), literal(rounded, XSD.decimal)
    # `stated` marks the claims whose bare triple is an approved fact, so that a query which wants
    # facts with their quotes needs no other condition.
    for flag, holds in (
        ("stated", fact.stated),
        ("negated", claim.negated),
        ("hedged", claim.hedged),
        ("conditional", claim.conditional),
    ):
        if holds:
            yield subject, iri(iris.mint("term", flag)), _TRUE
    for qualifier, text in (
        ("attributed_to", claim.attributed_to),
        ("time", claim.time),
        ("place", claim.place),
    ):
        if text:
            yield subject, iri(iris.mint("term", qualifier)), literal(text)
    if claim.quantity is not None:
        value = _double(claim.quantity.value)
        yield subject, iri(iris.mint("term", "quantity")), literal(value, XSD.double)
        yield subject, iri(iris.mint("term", "unit")), literal(claim.quantity.unit)
    for triple in fact.support:
        yield subject, iri(PROV.wasDerivedFrom), iri(iris.mint("triple", triple.id))


def _double(value: float) -> str:
    """The lexical form of xsd:double, which spells infinity otherwise than Python."""
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "INF" if value > 0 else "-INF"


def _describe_label(label: Label, claim: str, iris: Iris) -> Iterator[_Statement]:
    """An expert's judgement as a Web Annotation that assesses the claim."""
    subject = iri(iris.mint("label", content_id("label", label.key, label.annotator)))
    yield subject, _TYPE, iri(_OA.Annotation)
    yield subject, iri(_OA.motivatedBy), iri(_OA.assessing)
    yield subject, iri(_OA.hasTarget), claim
    yield subject, iri(_OA.bodyValue), literal(label.label)
    yield subject, iri(DCTERMS.creator), literal(label.annotator)
    if label.labelled_at:
        yield subject, iri(DCTERMS.created), literal(label.labelled_at)
    if label.comment:
        yield subject, iri(RDFS.comment), literal(label.comment)


def _describe_triple(triple: Triple, documents: _Documents, iris: Iris) -> Iterator[_Statement]:
    """What one document says, in its own words, and who read it there."""
    subject = iri(iris.mint("triple", triple.id))
    extractor = iri(iris.mint("extractor", triple.extractor))
    yield subject, _TYPE, iri(PROV.Entity)
    yield subject, iri(iris.mint("term", "subject_text")), literal(triple.subject)
    yield subject, iri(iris.mint("term", "predicate_text")), literal(triple.predicate)
    yield subject, iri(iris.mint("term", "object_text")), literal(triple.object)
    yield subject, iri(PROV.wasAttributedTo), extractor
    yield extractor, _TYPE, iri(PROV.SoftwareAgent)
    yield extractor, iri(RDFS.label), literal(triple.extractor)
    if triple.imported:
        yield subject, iri(iris.mint("term", "imported")), _TRUE
    if triple.evidence is None:
        source = iri(iris.mint("document", triple.document_id))
        yield subject, iri(PROV.wasDerivedFrom), source
    else:
        evidence = iri(iris.mint("evidence", _evidence_name(triple.evidence)))
        yield subject, iri(PROV.wasDerivedFrom), evidence
        yield from _describe_evidence(triple.evidence, evidence, iris)
        yield from _describe_boxes(triple.evidence, evidence, documents, iris)


def _evidence_name(evidence: Evidence) -> str:
    return f"{evidence.span.document_id}-{evidence.span.start}-{evidence.span.end}"


def _describe_evidence(evidence: Evidence, subject: str, iris: Iris) -> Iterator[_Statement]:
    """A span of a document; offsets count code points, as the Web Annotation model wants."""
    selector = iri(iris.mint("selector", _evidence_name(evidence)))
    yield subject, _TYPE, iri(_OA.SpecificResource)
    yield subject, iri(_OA.hasSource), iri(iris.mint("document", evidence.span.document_id))
    yield subject, iri(_OA.hasSelector), selector
    if evidence.page is not None:
        page = literal(str(evidence.page), XSD.integer)
        yield subject, iri(iris.mint("term", "page")), page
    yield selector, _TYPE, iri(_OA.TextQuoteSelector)
    yield selector, _TYPE, iri(_OA.TextPositionSelector)
    yield selector, iri(_OA.exact), literal(evidence.quote)
    yield selector, iri(_OA.start), literal(str(evidence.span.start), XSD.nonNegativeInteger)
    yield selector, iri(_OA.end), literal(str(evidence.span.end), XSD.nonNegativeInteger)


def _describe_boxes(
    evidence: Evidence, subject: str, documents: _Documents, iris: Iris
) -> Iterator[_Statement]:
    """Where the quote stands, a rectangle a page, in the form that PDF viewers open (RFC 3778)."""
    span = evidence.span
    for page, box in page_boxes(documents[span.document_id], span.start, span.end):
        selector = iri(iris.mint("selector", f"{_evidence_name(evidence)}-page-{page}"))
        width, height = box.x1 - box.x0, box.y1 - box.y0
        rectangle = ",".join(f"{value:.0f}" for value in (box.x0, box.y0, width, height))
        yield subject, iri(_OA.hasSelector), selector
        yield selector, _TYPE, iri(_OA.FragmentSelector)
        yield selector, iri(DCTERMS.conformsTo), _PDF_FRAGMENTS
        yield selector, iri(RDF.value), literal(f"page={page}&viewrect={rectangle}")
