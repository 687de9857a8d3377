"""Reads a schema from OWL, RDFS or SHACL in Turtle.

Classes and properties become classes and relations by the last part of their IRI. Domains and
ranges may be unions of classes; a SHACL property shape adds the target class of its node shape to
the domain of its path, and its `sh:class` or `sh:datatype` to the range. Stands here, and not with
the other readers, since rdflib is a library of the edges.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from kgpipe.errors import UsageError
from kgpipe.schema import Schema, SchemaClass, SchemaRelation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdflib import Graph
    from rdflib.term import Node

_LINE = re.compile(r"line (\d+)")
# Datatypes of XML Schema in the words that kinds are told by.
_DATATYPES = {
    "date": "date", "dateTime": "date", "gYear": "year", "gYearMonth": "date",
    "integer": "number", "int": "number", "nonNegativeInteger": "number", "decimal": "number",
    "double": "number", "float": "number",
}  # fmt: skip
_XSD = "http://www.w3.org/2001/XMLSchema#"


def read_turtle_schema(path: Path) -> Schema:
    """Read a schema.

    Raises:
        UsageError: unreadable, or not Turtle, with the line.
    """
    import rdflib
    from rdflib.namespace import OWL, RDF, RDFS
    from rdflib.plugins.parsers.notation3 import BadSyntax

    graph = rdflib.Graph()
    try:
        graph.parse(data=path.read_text(encoding="utf-8"), format="turtle")
    except OSError as error:
        raise UsageError(f"Cannot read the schema {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from error
    except BadSyntax as error:
        line = _LINE.search(str(error))
        where = f", line {line[1]}" if line else ""
        raise UsageError(f"{path}{where}: not Turtle: {_syntax_fault(error)}") from error
    properties = (OWL.ObjectProperty, OWL.DatatypeProperty, RDF.Property)
    return Schema(
        name=path.stem,
        classes=tuple(_class(graph, node) for node in _named(graph, (OWL.Class, RDFS.Class))),
        relations=tuple(
            _relation(graph, node) for node in _named(graph, properties, extra=_shape_paths(graph))
        ),
    )


def _syntax_fault(error: Exception) -> str:
    """What the parser expected, without its excerpt of the file."""
    found = re.search(r"Bad syntax \((.*?)\)", str(error))
    return f"{found[1] if found else 'bad syntax'}."


def _shape_paths(graph: Graph) -> set[Node]:
    from rdflib.namespace import SH

    return set(graph.objects(predicate=SH.path))


def _named(graph: Graph, types: Iterable[Node], *, extra: Iterable[Node] = ()) -> list[Node]:
    """The IRIs of these types, in the order of their names."""
    from rdflib import URIRef
    from rdflib.namespace import RDF

    found = {node for kind in types for node in graph.subjects(RDF.type, kind)} | set(extra)
    return sorted((node for node in found if isinstance(node, URIRef)), key=str)


def _class(graph: Graph, node: Node) -> SchemaClass:
    from rdflib import URIRef
    from rdflib.namespace import RDFS

    parents = [p for p in graph.objects(node, RDFS.subClassOf) if isinstance(p, URIRef)]
    return SchemaClass(
        name=_local(node),
        definition=_definition(graph, node),
        parents=tuple(sorted(map(_local, parents))),
        iri=str(node),
    )


def _relation(graph: Graph, node: Node) -> SchemaRelation:
    from rdflib.namespace import OWL, RDF, RDFS, SKOS

    inverses = {*graph.objects(node, OWL.inverseOf), *graph.subjects(OWL.inverseOf, node)}
    domain, target = _shape_ends(graph, node)
    return SchemaRelation(
        name=_local(node),
        label=_text(graph, node, (RDFS.label, SKOS.prefLabel)),
        also=tuple(sorted(str(text) for text in graph.objects(node, SKOS.altLabel))),
        definition=_definition(graph, node),
        domain=_ends(graph, node, RDFS.domain) or domain,
        range=_ends(graph, node, RDFS.range) or target,
        inverse=min(map(_local, inverses), default=""),
        iri=str(node),
        functional=(node, RDF.type, OWL.FunctionalProperty) in graph,
    )


def _ends(graph: Graph, node: Node, predicate: Node) -> tuple[str, ...]:
    """The classes of a domain or range, unions taken apart."""
    from rdflib import URIRef
    from rdflib.collection import Collection
    from rdflib.namespace import OWL

    found: set[str] = set()
    for end in graph.objects(node, predicate):
        if isinstance(end, URIRef):
            found.add(_local(end))
        for union in graph.objects(end, OWL.unionOf):
            found.update(_local(member) for member in Collection(graph, union))
    return tuple(sorted(found - {"Thing", "Literal", "string"}))


def _shape_ends(graph: Graph, node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Domain and range of a property by the SHACL shapes that name it as their path."""
    from rdflib.namespace import SH

    domain: set[str] = set()
    target: set[str] = set()
    for shape in graph.subjects(SH.path, node):
        for owner in graph.subjects(SH.property, shape):
            domain.update(map(_local, graph.objects(owner, SH.targetClass)))
        for predicate in (SH["class"], SH.datatype):
            target.update(map(_local, graph.objects(shape, predicate)))
    return tuple(sorted(domain)), tuple(sorted(target - {"string"}))


def _definition(graph: Graph, node: Node) -> str:
    from rdflib.namespace import RDFS, SKOS

    return _text(graph, node, (RDFS.comment, SKOS.definition))


def _text(graph: Graph, node: Node, predicates: Iterable[Node]) -> str:
    """The English text of a property, else one without a language, else any."""
    texts = [text for predicate in predicates for text in graph.objects(node, predicate)]
    order = {"en": 0, None: 1}
    best = min(
        texts, key=lambda t: (order.get(getattr(t, "language", None), 2), str(t)), default=""
    )
    return " ".join(str(best).split())


def _local(node: Node) -> str:
    """The last part of an IRI; datatypes by the words that kinds are told by."""
    iri = str(node)
    name = re.split(r"[#/:]", iri.rstrip("#/"))[-1]
    return _DATATYPES.get(name, name) if iri.startswith(_XSD) else name
