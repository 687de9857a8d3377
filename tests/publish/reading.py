"""Published RDF read back, for tests: quads as short names."""

from collections.abc import Iterable
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from kgpipe.publish.alignment import UNALIGNED, Alignment
from kgpipe.publish.iris import Iris
from kgpipe.publish.rdf import write_rdf
from kgpipe.settings import PublishSettings
from kgpipe.types import Graph

BASE = "https://asgm.example/kg/"
SETTINGS = PublishSettings(base_iri=BASE)
# Graph, subject, predicate, object.
ShortQuad = tuple[str, str, str, str]


def published(
    graph: Graph,
    folder: Path,
    *,
    settings: PublishSettings = SETTINGS,
    alignment: Alignment = UNALIGNED,
) -> list[ShortQuad]:
    """Publish a graph; its quads with IRIs by their prefixes and literals by their values."""
    write_rdf(graph, folder, settings=settings, alignment=alignment)
    return read_quads(folder / "graph.nq")


def read_quads(path: Path) -> list[ShortQuad]:
    """The quads of an N-Quads file."""
    quads = parse(path=str(path), format=RdfFormat.N_QUADS)
    return [
        (short(q.graph_name), short(q.subject), short(q.predicate), short(q.object)) for q in quads
    ]


def about(quads: Iterable[ShortQuad], subject: str) -> dict[str, set[str]]:
    """What is said about a subject: objects by predicate."""
    found: dict[str, set[str]] = {}
    for _, one, predicate, value in quads:
        if one == subject:
            found.setdefault(predicate, set()).add(value)
    return found


def short(term: object) -> str:
    """A term for people: `entity:x`, `text`, `text@en`, `3^^xsd:integer`."""
    if isinstance(term, NamedNode):
        for prefix, namespace in Iris(BASE).prefixes().items():
            if term.value.startswith(namespace):
                return f"{prefix}:{term.value.removeprefix(namespace)}"
        return term.value
    if isinstance(term, Literal):
        if term.language:
            return f"{term.value}@{term.language}"
        kind = short(term.datatype)
        return term.value if kind == "xsd:string" else f"{term.value}^^{kind}"
    return str(term)
