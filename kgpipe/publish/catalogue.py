"""The dataset described by VoID and DCAT, so that catalogues and people know what they have."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from kgpipe.publish.blocks import Node
from kgpipe.publish.iris import Iris
from kgpipe.publish.terms import Block, Pair, Term, known, text, typed
from kgpipe.publish.turtle import shortener
from kgpipe.settings import PublishSettings, Syntax
from kgpipe.text.absolute_iris import is_iri

_GRAPHS = {
    "approved": "Facts that passed the gate, as bare triples.",
    "entities": "Names, classes, identifiers and places of things, and predicates between them.",
    "pending": "Bare triples that nobody has decided about: no facts.",
    "facts": "What the claims behind approved facts are looked up by; it all stands in others too.",
    "provenance": "Every claim with its quotes, verdict, votes and labels.",
    "rejected": "Bare triples that were refuted: no facts.",
}
_VOCABULARIES = ("dcterms", "oa", "prov", "qudt", "skos")


class FileForm(NamedTuple):
    """A file of the published graph; `format` is an IRI that names its format."""

    name: str
    title: str
    media_type: str
    format: str


FILES: Mapping[Syntax, FileForm] = {
    "turtle": FileForm(
        "graph.ttl", "Approved facts with their provenance (Turtle)", "text/turtle",
        "http://www.w3.org/ns/formats/Turtle",
    ),
    "trig": FileForm(
        "graph.trig", "All graphs (TriG)", "application/trig", "http://www.w3.org/ns/formats/TriG",
    ),
    "nquads": FileForm(
        "graph.nq", "All graphs (N-Quads)", "application/n-quads",
        "http://www.w3.org/ns/formats/N-Quads",
    ),
    "jsonld": FileForm(
        "graph.jsonld", "All graphs (JSON-LD)", "application/ld+json",
        "http://www.w3.org/ns/formats/JSON-LD",
    ),
}  # fmt: skip


class Census:
    """Counts what is written."""

    def __init__(self) -> None:
        self.graphs: Counter[Term] = Counter()
        self.classes: Counter[Term] = Counter()
        self.properties: Counter[Term] = Counter()

    def write(self, node: Node) -> None:
        """Count all that a graph says about a subject."""
        self.graphs[node.graph] += len(node.lines)
        type_ = known("rdf:type")
        for line in node.lines:
            predicate, _, value = line.partition(" ")
            self.properties[predicate] += 1
            if predicate == type_:
                self.classes[value] += 1


def describe_dataset(
    census: Census, *, syntaxes: Iterable[Syntax], settings: PublishSettings, iris: Iris
) -> Iterator[Block]:
    """The dataset, its graphs, its classes and its files; the numbers leave this graph out."""
    graph, dataset = iris.graph("void"), iris.dataset
    shorten = shortener(iris.prefixes())
    yield graph, dataset, False, _describe_whole(census, settings, iris)
    for name, meaning in _GRAPHS.items():
        part = iris.graph(name)
        yield graph, dataset, False, [(known("void:subset"), part)]
        pairs = [
            (known("rdf:type"), known("void:Dataset")),
            (known("dcterms:description"), text(meaning, "en")),
            (known("void:triples"), _count(census.graphs[part])),
        ]
        yield graph, part, False, pairs
    for term, number in sorted(census.classes.items()):
        if (name := shorten(term)) == term:
            # A class of the schema has the things of one kind, which are counted already.
            continue
        part = iris.name("partition", name.replace(":", "-"))
        yield graph, dataset, False, [(known("void:classPartition"), part)]
        pairs = [
            (known("rdf:type"), known("void:Dataset")),
            (known("void:class"), term),
            (known("void:entities"), _count(number)),
        ]
        yield graph, part, False, pairs
    for syntax in syntaxes:
        part = iris.name("distribution", syntax)
        yield graph, dataset, False, [(known("dcat:distribution"), part)]
        yield graph, part, False, _describe_file(FILES[syntax], settings, iris)


def _describe_whole(census: Census, settings: PublishSettings, iris: Iris) -> list[Pair]:
    return [
        (known("rdf:type"), known("void:Dataset")),
        (known("rdf:type"), known("dcat:Dataset")),
        (known("dcterms:title"), text(settings.title)),
        *_describe_licence(settings),
        (known("void:uriSpace"), text(iris.base)),
        (known("void:triples"), _count(census.graphs.total())),
        (known("void:entities"), _count(census.classes[iris.name("class", "Entity")])),
        (known("void:classes"), _count(len(census.classes))),
        (known("void:properties"), _count(len(census.properties))),
        *((known("void:vocabulary"), _namespace(name)) for name in _VOCABULARIES),
    ]


def _describe_licence(settings: PublishSettings) -> list[Pair]:
    """A licence by its IRI, or terms in words."""
    if not settings.licence:
        return []
    if is_iri(settings.licence):
        return [(known("dcterms:license"), f"<{settings.licence}>")]
    return [(known("dcterms:rights"), text(settings.licence))]


def _describe_file(form: FileForm, settings: PublishSettings, iris: Iris) -> list[Pair]:
    """A file beside the others, as if the folder were served under the base."""
    return [
        (known("rdf:type"), known("dcat:Distribution")),
        (known("dcterms:title"), text(form.title, "en")),
        (known("dcterms:format"), f"<{form.format}>"),
        (known("dcat:downloadURL"), f"<{iris.base}{form.name}>"),
        (
            known("dcat:mediaType"),
            f"<https://www.iana.org/assignments/media-types/{form.media_type}>",
        ),
        *_describe_licence(settings),
    ]


def _namespace(prefix: str) -> Term:
    return known(f"{prefix}:")


def _count(number: int) -> Term:
    return typed(str(number), "integer")
