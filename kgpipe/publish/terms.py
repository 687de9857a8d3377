"""RDF terms as N-Triples writes them, and blocks: all that one graph says about one subject."""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

# `<iri>`, `"text"`, `"text"@en`, `"3"^^<datatype>` or `<<( s p o )>>`.
Term = str
# Predicate and object.
Pair = tuple[Term, Term]
# Graph, subject, whether it is withheld from Turtle, predicates and objects in any order.
Block = tuple[Term, Term, bool, list[Pair]]

STANDARD_PREFIXES = {
    "cur": "http://qudt.org/vocab/currency/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "oa": "http://www.w3.org/ns/oa#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qudt": "http://qudt.org/schema/qudt/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sf": "http://www.opengis.net/ont/sf#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "unit": "http://qudt.org/vocab/unit/",
    "void": "http://rdfs.org/ns/void#",
    "wgs84": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# BCP 47, as far as SPARQL's LANGTAG spells it.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")


def iri(value: str) -> Term:
    """An IRI as a term."""
    return f"<{value}>"


@lru_cache(maxsize=512)
def known(name: str) -> Term:
    """The term of a prefixed name of a public vocabulary, such as "prov:Entity"."""
    prefix, _, local = name.partition(":")
    return f"<{STANDARD_PREFIXES[prefix]}{local}>"


def text(value: str, language: str = "") -> Term:
    """A string as a term; a language that is no language tag is left out."""
    # The four characters that N-Triples forbids inside quotes (RDF 1.1 N-Triples, section 2.4).
    value = value.replace("\\", "\\\\").replace('"', '\\"')
    value = value.replace("\n", "\\n").replace("\r", "\\r")
    return f'"{value}"@{language}' if language and is_language(language) else f'"{value}"'


@lru_cache(maxsize=256)
def is_language(tag: str) -> bool:
    """Whether the text has the form of a language tag."""
    return _LANGUAGE.fullmatch(tag) is not None


def typed(value: str, datatype: str) -> Term:
    """A literal of a datatype of XML Schema: `typed("3", "integer")`."""
    return f'"{value}"^^<http://www.w3.org/2001/XMLSchema#{datatype}>'


def number(value: float) -> Term:
    """An xsd:double, which spells infinity otherwise than Python."""
    if math.isfinite(value):
        return typed(repr(value), "double")
    return typed("NaN" if math.isnan(value) else "INF" if value > 0 else "-INF", "double")


def flag(value: bool) -> Term:
    """An xsd:boolean."""
    return typed("true" if value else "false", "boolean")


def given(*pairs: tuple[Term, str | None]) -> Iterator[Pair]:
    """Pairs with a text each, without those that have none."""
    for predicate, value in pairs:
        if value:
            yield predicate, text(value)


def unquote(term: Term) -> tuple[str, dict[str, Any]]:
    """The value of a literal, and its `language` or `datatype` (a term) where it has one."""
    end = term.rindex('"')
    value, rest = term[1:end], term[end + 1 :]
    if "\\" in value:
        value = _ESCAPED.sub(lambda match: _PLAIN[match[1]], value)
    if rest.startswith("@"):
        return value, {"language": rest[1:]}
    return value, {"datatype": rest[2:]} if rest else {}


_ESCAPED = re.compile(r"\\(.)")
_PLAIN = {"\\": "\\", '"': '"', "n": "\n", "r": "\r"}
