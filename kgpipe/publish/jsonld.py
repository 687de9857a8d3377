"""Writes nodes as JSON-LD 1.1, and the context that explains its keys.

A graph is an object with its nodes in `@graph`, one a line. Keys and IRIs are written with their
prefixes, and the context gives the types of values, so that a program that knows no RDF can read
the file as plain JSON.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kgpipe.publish.blocks import Node
from kgpipe.publish.terms import Term, known, unquote
from kgpipe.publish.turtle import by_predicate, open_text, shortener

# What values of a predicate are, so that they need not say so themselves: IRIs, or a datatype.
_KINDS: dict[str, str] = {
    **dict.fromkeys(
        (
            "rdf:subject", "rdf:predicate", "rdf:object", "rdfs:subClassOf", "rdfs:subPropertyOf",
            "owl:sameAs", "dcterms:isReplacedBy", "dcterms:conformsTo", "dcterms:license",
            "prov:wasDerivedFrom", "prov:wasAttributedTo", "oa:hasTarget", "oa:hasSource",
            "oa:hasSelector", "oa:motivatedBy", "qudt:quantityValue", "qudt:unit",
            "dcat:distribution", "dcat:downloadURL", "dcat:mediaType", "void:subset", "void:class",
            "void:classPartition", "void:vocabulary", "geo:hasGeometry", "schema:image",
            "term:depicted_in", "term:may_lie_at", "term:entity", "term:tile", "term:rests_on",
            "prov:wasGeneratedBy", "prov:wasAssociatedWith", "dcterms:temporal",
        ),
        "@id",
    ),
    **dict.fromkeys(
        (
            "term:stated", "term:negated", "term:hedged", "term:conditional", "term:imported",
            "term:calibrated",
        ),
        "xsd:boolean",
    ),
    **dict.fromkeys(("oa:start", "oa:end"), "xsd:nonNegativeInteger"),
    **dict.fromkeys(
        (
            "term:probability", "term:log_odds", "term:text_similarity",
            "term:location_similarity", "term:containment", "term:distance_km", "term:radius_km",
            "wgs84:lat", "wgs84:long",
        ),
        "xsd:decimal",
    ),
    **dict.fromkeys(("dcat:startDate", "dcat:endDate"), "xsd:date"),
    "geo:asWKT": "geo:wktLiteral",
    **dict.fromkeys(("qudt:numericValue", "term:quantity"), "xsd:double"),
    **dict.fromkeys(("term:page", "void:triples", "void:entities"), "xsd:integer"),
    "dcterms:created": "xsd:dateTime",
    "term:sha256": "xsd:hexBinary",
}  # fmt: skip


def make_context(prefixes: Mapping[str, str]) -> dict[str, Any]:
    """The context, `{"@context": ...}`, as it also stands in the file."""
    # JSON-LD 1.1 takes a name for a prefix where its IRI ends in "/" or "#", as all here do.
    kinds = {name: {"@type": kind} for name, kind in sorted(_KINDS.items())}
    return {"@context": {"@version": 1.1, **prefixes, **kinds}}


class JsonLdWriter:
    """One line a node, in the order of graphs and subjects."""

    def __init__(self, path: Path, *, prefixes: Mapping[str, str]) -> None:
        self._out = open_text(path)
        self._graph: Term | None = None
        self._shorten = shortener(prefixes)
        head = json.dumps(make_context(prefixes)["@context"], ensure_ascii=False, indent=1)
        self._out.write(f'{{"@context": {head},\n"@graph": [')

    def write(self, node: Node) -> None:
        """Write all that a graph says about a subject."""
        if node.graph != self._graph:
            end = "\n]},\n" if self._graph else "\n"
            name = json.dumps(self._name(node.graph))
            self._out.write(f'{end}{{"@id": {name}, "@graph": [\n')
            self._graph = node.graph
        else:
            self._out.write(",\n")
        made: dict[str, Any] = {"@id": self._name(node.subject)}
        for predicate, objects in by_predicate(node.lines):
            key, values = self._values(predicate, objects)
            made[key] = values[0] if len(values) == 1 else values
        self._out.write(json.dumps(made, ensure_ascii=False))

    def close(self) -> None:
        """Finish the file."""
        self._out.write("\n]}\n]}\n" if self._graph else "]}\n")
        self._out.close()

    def _name(self, term: Term) -> str:
        """An IRI in its short form, else in full."""
        return self._shorten(term).removeprefix("<").removesuffix(">")

    def _values(self, predicate: Term, objects: list[Term]) -> tuple[str, list[Any]]:
        if predicate == known("rdf:type"):
            return "@type", [self._name(term) for term in objects]
        key = self._name(predicate)
        return key, [self._value(term, _KINDS.get(key, "")) for term in objects]

    def _value(self, term: Term, kind: str) -> Any:
        if term.startswith("<"):
            return self._name(term) if kind == "@id" else {"@id": self._name(term)}
        value, form = unquote(term)
        if "language" in form:
            return {"@value": value, "@language": form["language"]}
        own = self._name(form["datatype"]) if form else ""
        if own == kind:
            return value
        return {"@value": value, "@type": own} if own else {"@value": value}
