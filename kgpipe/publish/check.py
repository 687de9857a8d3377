"""What must hold before anything is published: every quote stands where it is said to stand."""

from collections.abc import Iterator

from kgpipe.errors import KgpipeError
from kgpipe.types import Document, Evidence, Graph, Rejection

_STAGE = "publish"
# More would bury the message; the count is told.
_FAULTS_SHOWN = 10


def check_graph(graph: Graph) -> list[Rejection]:
    """All violations of the graph: its references first, then its quotes."""
    return check_references(graph) + check_quotes(graph)


def refuse_faults(graph: Graph) -> None:
    """Let nothing be published of a graph that has violations.

    Raises:
        KgpipeError: a quote or a reference does not hold; the first of them are told.
    """
    faults = check_graph(graph)
    if faults:
        shown = [f"  {item.item}: {item.reason}: {item.detail}" for item in faults]
        more = "\n  ..." if len(faults) > _FAULTS_SHOWN else ""
        raise KgpipeError(
            f"Nothing was published: {len(faults)} violations in the graph. Run the pipeline again "
            "over the input that they name.\n" + "\n".join(shown[:_FAULTS_SHOWN]) + more
        )


def check_quotes(graph: Graph) -> list[Rejection]:
    """Check that each quote equals its span of the document and begins on the page it names."""
    documents = {document.id: document for document in graph.documents}
    faults: list[Rejection] = []
    for triple in graph.triples:
        if triple.evidence is None:
            continue
        document = documents.get(triple.evidence.span.document_id)
        faults.extend(
            Rejection(stage=_STAGE, item=triple.id, reason=reason, detail=detail)
            for reason, detail in _evidence_faults(triple.evidence, document)
        )
    return faults


def check_references(graph: Graph) -> list[Rejection]:
    """Check that each claim has support, and that its entities and triples are in the graph."""
    entities = {entity.id for entity in graph.entities}
    triples = {triple.id for triple in graph.triples}
    faults: list[Rejection] = []
    for claim in graph.claims:
        missing = [name for name in (claim.subject_id, claim.object_id) if name not in entities]
        missing += [name for name in claim.support if name not in triples]
        faults.extend(
            Rejection(stage=_STAGE, item=claim.id, reason="missing_reference", detail=name)
            for name in missing
        )
        if not claim.support:
            detail = "no triple supports the claim"
            faults.append(
                Rejection(stage=_STAGE, item=claim.id, reason="no_support", detail=detail)
            )
    return faults


def _evidence_faults(evidence: Evidence, document: Document | None) -> Iterator[tuple[str, str]]:
    """Reason and detail of each fault."""
    span = evidence.span
    if document is None:
        yield "missing_reference", span.document_id
        return
    found = document.text[span.start : span.end] if 0 <= span.start < span.end else ""
    if not found or found != evidence.quote:
        where = f"{document.source}[{span.start}:{span.end}]"
        yield "quote_not_verbatim", f"{where} is {found!r}, the quote is {evidence.quote!r}"
    pages = (page.number for page in document.pages if page.start <= span.start < page.end)
    page = next(pages, None)
    if evidence.page != page:
        said = f"the quote names page {evidence.page}"
        yield "wrong_page", f"{said} of {document.source}, but begins on page {page}"
