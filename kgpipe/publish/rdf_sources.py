"""Sources as RDF: what single documents say, where it stands in them, and who read it."""

from collections.abc import Iterator, Sequence

from kgpipe.publish.alignment import Alignment
from kgpipe.publish.iris import Iris
from kgpipe.publish.terms import Block, Pair, Term, flag, known, text, typed
from kgpipe.text.locate import Box
from kgpipe.types import Document, Evidence, Triple

# How the Web Annotation model says that a fragment selector is one of PDF (its section 4.2.1).
_PDF_FRAGMENTS = "<http://tools.ietf.org/rfc/rfc3778>"


def describe_document(document: Document, *, iris: Iris) -> Block:
    """The document and its digest, by which its file is known."""
    pairs = [
        (known("rdf:type"), known("prov:Entity")),
        (known("dcterms:title"), text(document.title)),
        (known("dcterms:source"), text(document.source)),
        (known("dcterms:format"), text(document.media_type)),
        (known("dcterms:language"), text(document.language)),
        (iris.term("sha256"), typed(document.sha256, "hexBinary")),
    ]
    return iris.graph("provenance"), iris.name("document", document.id), False, pairs


def describe_triple(
    triple: Triple,
    *,
    documents: dict[str, Document],
    alignment: Alignment,
    iris: Iris,
    withheld: bool,
) -> Iterator[Block]:
    """What one document says, in its own words, with its quote and its extractor."""
    graph = iris.graph("provenance")
    found = triple.evidence
    source = (
        iris.name("evidence", _name(found)) if found else iris.name("document", triple.document_id)
    )
    pairs = [
        (known("rdf:type"), known("prov:Entity")),
        (iris.term("subject_text"), text(triple.subject)),
        (iris.term("predicate_text"), text(triple.predicate)),
        (iris.term("object_text"), text(triple.object)),
        (known("prov:wasAttributedTo"), iris.name("extractor", triple.extractor)),
        (known("prov:wasDerivedFrom"), source),
    ]
    if triple.imported:
        pairs.append((iris.term("imported"), flag(True)))
    yield graph, iris.name("triple", triple.id), withheld, pairs
    if found:
        boxes = alignment.boxes_of(documents[found.span.document_id], found.span)
        for subject, about in _describe_evidence(found, source, boxes, iris):
            yield graph, subject, withheld, about


def _name(evidence: Evidence) -> str:
    return f"{evidence.span.document_id}-{evidence.span.start}-{evidence.span.end}"


def _describe_evidence(
    evidence: Evidence, subject: Term, boxes: Sequence[tuple[int, Box]], iris: Iris
) -> Iterator[tuple[Term, list[Pair]]]:
    """A span of a document; offsets count code points, as the Web Annotation model wants."""
    span, name = evidence.span, _name(evidence)
    selector = iris.name("selector", name)
    pairs = [
        (known("rdf:type"), known("oa:SpecificResource")),
        (known("oa:hasSource"), iris.name("document", span.document_id)),
        (known("oa:hasSelector"), selector),
    ]
    if evidence.page is not None:
        pairs.append((iris.term("page"), typed(str(evidence.page), "integer")))
    yield (
        selector,
        [
            (known("rdf:type"), known("oa:TextQuoteSelector")),
            (known("rdf:type"), known("oa:TextPositionSelector")),
            (known("oa:exact"), text(evidence.quote)),
            (known("oa:start"), typed(str(span.start), "nonNegativeInteger")),
            (known("oa:end"), typed(str(span.end), "nonNegativeInteger")),
        ],
    )
    # Where the quote stands, a rectangle a page, in the form that PDF viewers open (RFC 3778).
    for page, box in boxes:
        fragment = iris.name("selector", f"{name}-page-{page}")
        sizes = (box.x0, box.y0, box.x1 - box.x0, box.y1 - box.y0)
        rectangle = ",".join(f"{size:.0f}" for size in sizes)
        pairs.append((known("oa:hasSelector"), fragment))
        yield (
            fragment,
            [
                (known("rdf:type"), known("oa:FragmentSelector")),
                (known("dcterms:conformsTo"), _PDF_FRAGMENTS),
                (known("rdf:value"), text(f"page={page}&viewrect={rectangle}")),
            ],
        )
    yield subject, pairs
