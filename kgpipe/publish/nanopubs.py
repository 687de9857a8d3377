"""Approved facts as nanopublications: one small, citable RDF file each, unsigned and never sent.

A nanopublication (nanopub.net, guidelines of 2015) is four named graphs: the head, the assertion,
here the plain triple; its provenance, here quotes, documents, readers, verdict and experts' labels;
and what is known of the publication itself. Resources have the IRIs of `publish.rdf`. The
publication stands under the `nanopub` library's prefix for what is not signed yet, from which
`nanopub sign` moves it to an address made of its own hash. Nothing here opens a connection or reads
a profile or key; the library (extra `nanopub`) checks every file before it is written.
"""

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

from rdflib import Dataset, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, XSD, Namespace
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result
from rdflib.term import Identifier

from kgpipe import __version__
from kgpipe.errors import KgpipeError, needs_extra
from kgpipe.ids import content_id
from kgpipe.publish.facts import Fact, collect_facts
from kgpipe.publish.iris import Iris
from kgpipe.settings import PublishSettings
from kgpipe.types import Document, Evidence, Graph, Label, Triple

_NP = Namespace("http://www.nanopub.org/nschema#")
_OA = Namespace("http://www.w3.org/ns/oa#")
_PAV = Namespace("http://purl.org/pav/")
# What `nanopub.definitions.NP_TEMP_PREFIX` says; the claim's id makes it this fact's own.
_UNSIGNED = "http://purl.org/nanopub/temp/"
# The library signs at most 1,200 statements, and one supporting triple takes up to 18.
_MOST_SUPPORT = 50
_PROBABILITY_DIGITS = 4
# (subject, predicate, object) of one graph.
_Statement = tuple[URIRef, URIRef, Identifier]
_Quad = tuple[URIRef, URIRef, URIRef, Identifier]


def write_nanopubs(graph: Graph, folder: Path, *, settings: PublishSettings) -> list[Path]:
    """Write `CLAIM.trig` for every approved fact into `folder`, which is made if absent.

    The folder is for nanopublications alone: files of facts that are approved no longer go.

    Raises:
        UsageError: the library is not installed, or the base IRI unusable.
        KgpipeError: the library refuses a fact.
    """
    iris = Iris(settings.base_iri)
    documents = {document.id: document for document in graph.documents}
    facts = [fact for fact in collect_facts(graph, settings=settings) if fact.stated]
    folder.mkdir(exist_ok=True)
    paths = []
    for fact in facts:
        path = folder / f"{fact.claim.id}.trig"
        quads = set(_describe(fact, documents, iris, licence=settings.licence))
        _refuse_malformed(quads, path.name)
        _write_trig(quads, path, iris=iris)
        paths.append(path)
    for stale in set(folder.glob("*.trig")) - set(paths):
        stale.unlink()
    return paths


@lru_cache(maxsize=4)
def _prepare(query: str, prefixes: tuple[tuple[str, URIRef], ...]) -> Query:
    return prepareQuery(query, initNs=dict(prefixes))


class _Dataset(Dataset):
    """A dataset that parses a query once for all datasets.

    The library asks each publication the same query twice; to parse it takes rdflib four fifths of
    the time of checking one.
    """

    def query(self, query_object: str | Query, *args: Any, **kwargs: Any) -> Result:
        """As rdflib's; the text of a query is kept with its parse."""
        if isinstance(query_object, str):
            query_object = _prepare(query_object, tuple(sorted(self.namespaces())))
        return super().query(query_object, *args, **kwargs)


def _refuse_malformed(quads: set[_Quad], name: str) -> None:
    """Let the library check what it would check before it signed."""
    with needs_extra("nanopub"):
        from nanopub.nanopub import Nanopub  # noqa: PLC0415
        from nanopub.utils import MalformedNanopubError  # noqa: PLC0415
    dataset = _Dataset()
    for graph, *statement in quads:
        dataset.graph(graph).add((statement[0], statement[1], statement[2]))
    try:
        # It raises where it finds a fault.
        Nanopub(rdf=dataset).is_valid  # noqa: B018
    except MalformedNanopubError as error:
        raise KgpipeError(f"{name} is no valid nanopublication: {error}") from error


def _write_trig(quads: set[_Quad], path: Path, *, iris: Iris) -> None:
    """Write TriG, a statement a line: graphs and statements sorted, and prefixes that are used."""
    publication = next(iter(quads))[0].partition("#")[0]
    own = {"np": str(_NP), "oa": str(_OA), "pav": str(_PAV), "sub": f"{publication}#"}
    prefixes = dict(sorted((iris.prefixes() | own).items()))
    places = {place: name for name, place in prefixes.items()}
    used = set()

    def shorten(term: Identifier) -> str:
        """A term in Turtle; an IRI with a prefix where the rest is a plain word."""
        if not isinstance(term, URIRef):
            return term.n3()
        cut = max(term.rfind("/"), term.rfind("#")) + 1
        place, rest = term[:cut], term[cut:]
        if place not in places or not rest.replace("-", "").replace("_", "").isalnum():
            return term.n3()
        used.add(places[place])
        return f"{places[place]}:{rest}"

    # Plain letters and digits only, so that no name needs an escape.
    rows = sorted(tuple(map(shorten, quad)) for quad in quads)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(f"@prefix {name}: <{prefixes[name]}> .\n" for name in sorted(used))
        for graph, members in groupby(rows, key=itemgetter(0)):
            statements = "".join(f"  {' '.join(row[1:])} .\n" for row in members)
            out.write(f"\n{graph} {{\n{statements}}}\n")


def _describe(
    fact: Fact, documents: dict[str, Document], iris: Iris, *, licence: str
) -> Iterator[_Quad]:
    base = f"{_UNSIGNED}{fact.claim.id}#"
    this = URIRef(base)
    names = ("Head", "assertion", "provenance", "pubinfo")
    head, assertion, provenance, pubinfo = (URIRef(f"{base}{name}") for name in names)
    yield head, this, RDF.type, _NP.Nanopublication
    yield head, this, _NP.hasAssertion, assertion
    yield head, this, _NP.hasProvenance, provenance
    yield head, this, _NP.hasPublicationInfo, pubinfo
    claim = fact.claim
    subject = URIRef(iris.mint("entity", claim.subject_id))
    predicate = URIRef(iris.mint_predicate(claim.predicate))
    object_ = URIRef(iris.mint("entity", claim.object_id))
    yield assertion, subject, predicate, object_
    for statement in _describe_provenance(fact, assertion, documents, iris):
        yield provenance, *statement
    for statement in _describe_publication(fact, this, iris, licence=licence):
        yield pubinfo, *statement
    for term, name in ((subject, claim.subject), (predicate, claim.predicate),
                       (object_, claim.object)):  # fmt: skip
        yield pubinfo, term, RDFS.label, Literal(name)


def _describe_publication(
    fact: Fact, this: URIRef, iris: Iris, *, licence: str
) -> Iterator[_Statement]:
    """Who made it, of what it is a part, and when an expert last looked at it: no date is made."""
    maker = URIRef(iris.mint("extractor", f"kgpipe {__version__}"))
    yield this, DCTERMS.creator, maker
    yield this, _PAV.createdWith, maker
    yield this, DCTERMS.isPartOf, URIRef(f"{iris.base}dataset")
    if licence:
        yield this, DCTERMS.license, URIRef(licence)
    dates = [label.labelled_at for label in fact.labels if label.labelled_at]
    if dates:
        yield this, DCTERMS.created, _when(max(dates))
    yield maker, RDF.type, PROV.SoftwareAgent
    yield maker, RDFS.label, Literal(f"kgpipe {__version__}")


def _when(stamp: str) -> Literal:
    """A literal with the type that the stamp's form has."""
    for read, datatype in ((date.fromisoformat, XSD.date), (datetime.fromisoformat, XSD.dateTime)):
        try:
            return Literal(read(stamp).isoformat(), datatype=datatype, normalize=False)
        except ValueError:
            continue
    return Literal(stamp)


def _describe_provenance(
    fact: Fact, assertion: URIRef, documents: dict[str, Document], iris: Iris
) -> Iterator[_Statement]:
    claim = URIRef(iris.mint("claim", fact.claim.id))
    yield assertion, PROV.alternateOf, claim
    yield assertion, URIRef(iris.mint("term", "gate")), Literal(fact.gate)
    if fact.verdict is not None:
        rounded = f"{fact.verdict.probability:.{_PROBABILITY_DIGITS}f}"
        yield assertion, URIRef(iris.mint("term", "verdict")), Literal(fact.verdict.label)
        yield (
            assertion,
            URIRef(iris.mint("term", "probability")),
            Literal(rounded, datatype=XSD.decimal, normalize=False),
        )
    for qualifier, text in (("time", fact.claim.time), ("place", fact.claim.place)):
        if text:
            yield assertion, URIRef(iris.mint("term", qualifier)), Literal(text)
    support = sorted(fact.support, key=lambda triple: (triple.evidence is None, triple.id))
    for triple in support[:_MOST_SUPPORT]:
        yield assertion, PROV.wasDerivedFrom, URIRef(iris.mint("triple", triple.id))
        yield from _describe_triple(triple, documents, iris)
    for label in fact.labels:
        yield from _describe_label(label, assertion, iris)


def _describe_label(label: Label, assertion: URIRef, iris: Iris) -> Iterator[_Statement]:
    subject = URIRef(iris.mint("label", content_id("label", label.key, label.annotator)))
    yield subject, _OA.motivatedBy, _OA.assessing
    yield subject, _OA.hasTarget, assertion
    yield subject, _OA.bodyValue, Literal(label.label)
    yield subject, DCTERMS.creator, Literal(label.annotator)
    if label.labelled_at:
        yield subject, DCTERMS.created, _when(label.labelled_at)


def _describe_triple(
    triple: Triple, documents: dict[str, Document], iris: Iris
) -> Iterator[_Statement]:
    """What one document says in its own words, and who read it there."""
    subject = URIRef(iris.mint("triple", triple.id))
    for term, text in (("subject_text", triple.subject), ("predicate_text", triple.predicate),
                       ("object_text", triple.object)):  # fmt: skip
        yield subject, URIRef(iris.mint("term", term)), Literal(text)
    extractor = URIRef(iris.mint("extractor", triple.extractor))
    yield subject, PROV.wasAttributedTo, extractor
    yield extractor, RDFS.label, Literal(triple.extractor)
    source = URIRef(iris.mint("document", triple.document_id))
    if triple.evidence is None:
        yield subject, PROV.wasDerivedFrom, source
    else:
        name = _name_evidence(triple.evidence)
        yield subject, PROV.wasDerivedFrom, URIRef(iris.mint("evidence", name))
        yield from _describe_evidence(triple.evidence, name, source, iris)
    if triple.document_id in documents:
        document = documents[triple.document_id]
        yield source, DCTERMS.title, Literal(document.title)
        yield source, DCTERMS.source, Literal(document.source)
        yield (
            source,
            URIRef(iris.mint("term", "sha256")),
            Literal(document.sha256, datatype=XSD.hexBinary, normalize=False),
        )


def _name_evidence(evidence: Evidence) -> str:
    """As `publish.rdf` calls it."""
    return f"{evidence.span.document_id}-{evidence.span.start}-{evidence.span.end}"


def _describe_evidence(
    evidence: Evidence, name: str, source: URIRef, iris: Iris
) -> Iterator[_Statement]:
    subject, selector = (URIRef(iris.mint(kind, name)) for kind in ("evidence", "selector"))
    yield subject, _OA.hasSource, source
    yield subject, _OA.hasSelector, selector
    if evidence.page is not None:
        yield (
            subject,
            URIRef(iris.mint("term", "page")),
            Literal(str(evidence.page), datatype=XSD.integer, normalize=False),
        )
    span = evidence.span
    yield selector, _OA.exact, Literal(evidence.quote)
    yield (
        selector,
        _OA.start,
        Literal(str(span.start), datatype=XSD.nonNegativeInteger, normalize=False),
    )
    yield (
        selector,
        _OA.end,
        Literal(str(span.end), datatype=XSD.nonNegativeInteger, normalize=False),
    )
