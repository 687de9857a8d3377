"""The graph as RDF: facts as plain triples, and for every claim where it comes from.

Each claim is a `claim:` resource in `graph:provenance`: an rdf:Statement with its gate, verdict
and qualifiers, derived (PROV-O) from `triple:` resources, the statements of single documents, and
those from `evidence:`, a span of a document with its exact quote and, of a PDF, the rectangle that
it fills on its page (Web Annotation). Claims that
their bare triple states correctly also stand as that triple in `graph:approved`, `graph:pending`
or `graph:rejected`. Names and kinds of things stand in `graph:entities`. `graph:facts` repeats, of
the claims behind approved facts alone, what they are looked up by.

The vocabulary, by kind of resource (`docs/publishing.md` has it with examples); what is in
brackets is there only where it is known:

- `claim:` rdf:type rdf:Statement, rdf:subject, rdf:predicate, rdf:object (as RDF 1.2:
  rdf:reifies), term:gate, [term:verdict, term:probability, term:calibrated, term:reason],
  [term:stated true, where the bare triple is an approved fact], [term:negated, term:hedged,
  term:conditional, term:attributed_to, term:time, term:date (xsd:gYear, xsd:gYearMonth or
  xsd:date), term:place, term:sentence], [term:quantity, term:unit as written,
  qudt:quantityValue -> `quantity:`], [term:documents, how many state it, from two on],
  [term:review_order, where it is pending: how far its probability is from 0.5, -1 without a
  verdict], prov:wasDerivedFrom -> `triple:`
- `claim:` in `graph:facts` (not as RDF 1.2, nor in Turtle), where term:stated is true: rdf:subject,
  rdf:predicate, rdf:object, [term:time, term:quantity, term:documents], prov:hadPrimarySource ->
  each `document:` that states it
- `quantity:` qudt:QuantityValue, qudt:numericValue, qudt:unit where the unit is one of QUDT's (the
  value is then in that unit, "5 million US dollars" 5,000,000), else term:unit
- `triple:` prov:Entity, term:subject_text, term:predicate_text, term:object_text,
  prov:wasAttributedTo -> `extractor:`, prov:wasDerivedFrom -> `evidence:` (imported without a
  quote -> `document:`), [term:imported true]
- `extractor:` prov:SoftwareAgent, rdfs:label, [term:model, term:prompt_digest]
- `evidence:` oa:SpecificResource, oa:hasSource -> `document:`, oa:hasSelector -> `selector:`,
  [term:page]
- `selector:` oa:exact, oa:start, oa:end (code points); on a page of a PDF an oa:FragmentSelector
- `document:` dcterms:title, dcterms:source, dcterms:format, dcterms:language, term:sha256
- `vote:` oa:Annotation of a claim by a judge: oa:hasTarget, oa:bodyValue (support, refute,
  neutral), prov:wasAttributedTo -> `judge:`, term:log_odds, dcterms:source, [term:quote, oa:start,
  oa:end], [term:reason, term:rival], [prov:wasDerivedFrom -> `document:`]
- `label:` oa:Annotation of a claim by a person: oa:hasTarget, oa:bodyValue (supported, refuted,
  unclear), prov:wasAttributedTo -> `reviewer:`, dcterms:creator, term:role, [dcterms:created,
  rdfs:comment, term:shown]
- `entity:` rdf:type (`class:Entity`, `class:` of its kind, the schema's class), skos:prefLabel and
  skos:altLabel (with the language of most passages that it was read in), [owl:sameAs],
  [term:date], [term:facts, how many are about it, term:documents, how many state them]. A former
  id has dcterms:isReplacedBy alone
- `predicate:` rdf:Property, rdfs:label, [rdfs:subPropertyOf the schema's relation]
- `place:` class:PlaceCandidate, where an entity may lie: rdfs:label, term:probability, wgs84:long,
  wgs84:lat, term:radius_km, geo:hasGeometry -> `geometry:`, [owl:sameAs], dcterms:source, or, where
  a text tells it, prov:wasDerivedFrom -> `document:`, oa:start, oa:end, term:quote. An entity has
  term:may_lie_at -> each, and geo:hasGeometry -> the one that is next to certain
- `geometry:` geo:Geometry (sf:Point, sf:Polygon ...), geo:asWKT in CRS84
- `tile:` schema:ImageObject, geo:Feature, dcterms:identifier, dcterms:source, [wgs84:long,
  wgs84:lat, geo:hasGeometry, schema:temporalCoverage, dcterms:temporal -> `period:`,
  prov:wasDerivedFrom -> its STAC item]. An entity has term:depicted_in and schema:image -> it
- `link:` class:TileLink: term:entity, term:tile, term:probability, term:text_similarity,
  [term:location_similarity, term:containment, term:distance_km, term:rests_on -> `place:`],
  term:model, prov:wasGeneratedBy -> `linking:` prov:wasAssociatedWith -> `encoder:`
- `graph:void` describes the dataset, its graphs, classes and files (VoID, DCAT)
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from kgpipe.errors import UsageError
from kgpipe.publish.alignment import UNALIGNED, Alignment
from kgpipe.publish.blocks import Node, sort_blocks
from kgpipe.publish.catalogue import FILES, Census, describe_dataset
from kgpipe.publish.facts import Fact, each_fact
from kgpipe.publish.iris import Iris
from kgpipe.publish.jsonld import JsonLdWriter, make_context
from kgpipe.publish.mentions import Mentions
from kgpipe.publish.rdf_agents import Agents
from kgpipe.publish.rdf_claims import describe_fact
from kgpipe.publish.rdf_sources import describe_document, describe_triple
from kgpipe.publish.rdf_things import Wordings, describe_things
from kgpipe.publish.rdf_tiles import describe_links
from kgpipe.publish.terms import Block
from kgpipe.publish.turtle import NQuadsWriter, TrigWriter, TurtleWriter
from kgpipe.settings import PublishSettings, Syntax
from kgpipe.tiles import EntityLinks
from kgpipe.types import Document, Entity, Graph

CONTEXT = "context.jsonld"
# Raise it when the same graph gives other quads, so that stores are made anew.
FORM = "3"


@dataclass(frozen=True)
class Contents:
    """What is published. `entities` are read more than once, `facts` once, in any order."""

    documents: Iterable[Document]
    entities: Iterable[Entity]
    facts: Iterable[Fact]
    links: Iterable[EntityLinks] = ()


class Writer(Protocol):
    """Writes nodes in the order in which they come."""

    def write(self, node: Node) -> None:
        """Write all that a graph says about a subject."""
        ...

    def close(self) -> None:
        """Finish the file."""
        ...


def write_rdf(
    graph: Graph,
    folder: Path,
    *,
    settings: PublishSettings,
    alignment: Alignment = UNALIGNED,
    links: Iterable[EntityLinks] = (),
) -> list[Path]:
    """Write `graph.ttl`, `graph.trig`, `graph.nq` and `graph.jsonld`, or some of them.

    All but Turtle hold everything in named graphs. Turtle has no graphs, so it holds what may
    be stated: approved facts, their provenance, entities and documents. `context.jsonld` comes
    with JSON-LD, which is left out of RDF 1.2, since it has no form for that yet.

    Args:
        graph: everything.
        folder: an existing one.
        settings: base, title, licence, gate, syntaxes.
        alignment: the schema and the identifiers that things, classes and relations are tied to;
            the languages and places of passages.
        links: where entities lie, and the tiles that show them.

    Returns:
        The files.

    Raises:
        UsageError: `settings.base_iri` is no usable base, or only JSON-LD is asked for RDF 1.2.
        KeyError: a dangling reference (see `check.check_graph`).
    """
    facts = each_fact(graph, settings=settings)
    contents = Contents(graph.documents, graph.entities, facts, links)
    return write_contents(contents, folder, settings=settings, alignment=alignment)


def write_contents(
    contents: Contents,
    folder: Path,
    *,
    settings: PublishSettings,
    alignment: Alignment = UNALIGNED,
) -> list[Path]:
    """What `write_rdf` does, for contents of any size: nothing but names is held in memory."""
    iris = Iris(settings.base_iri)
    syntaxes = _choose_syntaxes(settings)
    blocks = describe_contents(contents, settings=settings, alignment=alignment, iris=iris)
    with TemporaryDirectory(dir=folder, prefix=".publishing-") as name:
        scratch = Path(name)
        _write_blocks(blocks, scratch, syntaxes=syntaxes, settings=settings, iris=iris)
        names = [FILES[syntax].name for syntax in syntaxes]
        if "jsonld" in syntaxes:
            context = json.dumps(make_context(iris.prefixes()), ensure_ascii=False, indent=1)
            (scratch / CONTEXT).write_text(f"{context}\n", encoding="utf-8", newline="\n")
            names.append(CONTEXT)
        # What was published before stays until all is written.
        return [(scratch / one).replace(folder / one) for one in names]


def _write_blocks(
    blocks: Iterable[Block],
    folder: Path,
    *,
    syntaxes: Sequence[Syntax],
    settings: PublishSettings,
    iris: Iris,
) -> None:
    """Write a file a syntax, with the description of the dataset at its end."""
    census = Census()
    with ExitStack() as stack:
        writers = [
            stack.enter_context(closing(_open_writer(syntax, folder, iris))) for syntax in syntaxes
        ]
        for node in sort_blocks(blocks, folder):
            census.write(node)
            for writer in writers:
                writer.write(node)
        described = describe_dataset(census, syntaxes=syntaxes, settings=settings, iris=iris)
        for node in sort_blocks(described, folder):
            for writer in writers:
                writer.write(node)


def describe_contents(
    contents: Contents, *, settings: PublishSettings, alignment: Alignment, iris: Iris
) -> Iterator[Block]:
    """Everything but the description of the dataset, in no particular order."""
    documents = {document.id: document for document in contents.documents}
    sources = {document.source: document.id for document in documents.values()}
    wordings, mentions, agents = Wordings(documents, alignment=alignment), Mentions(), Agents()
    for document in documents.values():
        yield describe_document(document, iris=iris)
    for fact in contents.facts:
        wordings.add(fact)
        mentions.add(fact)
        agents.add(fact)
        yield from describe_fact(fact, iris=iris, documents=sources, rdf12=settings.rdf12)
        withheld = fact.gate != "approved"
        for triple in fact.support:
            yield from describe_triple(
                triple, documents=documents, alignment=alignment, iris=iris, withheld=withheld
            )
    yield from agents.describe(iris)
    yield from describe_links(contents.links, documents=documents, iris=iris)
    yield from describe_things(
        contents.entities, wordings=wordings, mentions=mentions, alignment=alignment, iris=iris
    )


def _choose_syntaxes(settings: PublishSettings) -> list[Syntax]:
    chosen: list[Syntax] = [one for one in FILES if one in settings.syntaxes]
    if settings.rdf12:
        chosen = [syntax for syntax in chosen if syntax != "jsonld"]
    if not chosen:
        raise UsageError("JSON-LD has no form for RDF 1.2 yet: leave out rdf12, or add a syntax.")
    return chosen


def _open_writer(syntax: Syntax, folder: Path, iris: Iris) -> Writer:
    path, prefixes = folder / FILES[syntax].name, iris.prefixes()
    match syntax:
        case "turtle":
            return TurtleWriter(path, prefixes=prefixes)
        case "trig":
            return TrigWriter(path, prefixes=prefixes)
        case "nquads":
            return NQuadsWriter(path)
        case "jsonld":
            return JsonLdWriter(path, prefixes=prefixes)
