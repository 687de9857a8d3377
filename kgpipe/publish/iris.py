"""Names for everything published: content-hash IRIs under a base that the user sets."""

import re
from dataclasses import dataclass
from typing import Literal, get_args
from urllib.parse import quote

from kgpipe.errors import UsageError

Resource = Literal[
    "entity", "claim", "triple", "evidence", "selector", "document", "label", "extractor",
    "predicate", "class", "graph", "term",
]  # fmt: skip
STANDARD_PREFIXES = {
    "dcterms": "http://purl.org/dc/terms/",
    "oa": "http://www.w3.org/ns/oa#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
# The graphs that a query sees by default: what may be stated, and where it comes from. Pending
# and rejected triples are reached through GRAPH only, so that nobody takes them for facts.
_DEFAULT_GRAPHS = ("approved", "entities", "provenance")
# An absolute IRI without the characters that RFC 3987 forbids, ready for a name to be appended:
# written after it, and in a query relative to it (`<term/>`), a name must give the same IRI.
_BASE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`?#]*/")


@dataclass(frozen=True)
class Iris:
    """Mints IRIs under `base`.

    Raises:
        UsageError: `base` is no absolute IRI that ends in "/".
    """

    base: str

    def __post_init__(self) -> None:
        if not _BASE.fullmatch(self.base):
            raise UsageError(
                f"publish.base_iri is {self.base!r}, but must be an absolute IRI without ? or # "
                "that ends in /, such as https://example.org/kg/."
            )

    def mint(self, resource: Resource, name: str) -> str:
        """The IRI of one resource; no character of `name` can leave its path segment."""
        return f"{self.base}{resource}/{_escape(name)}"

    def mint_predicate(self, predicate: str) -> str:
        """The IRI of a predicate: blanks become underscores, "exports to" is `exports_to`."""
        return self.mint("predicate", "_".join(predicate.split()))

    def prefixes(self) -> dict[str, str]:
        """All prefixes, sorted: the standard ones and one a kind of resource (`entity:`...)."""
        own = {resource: f"{self.base}{resource}/" for resource in get_args(Resource)}
        return dict(sorted((STANDARD_PREFIXES | own).items()))

    def default_graphs(self) -> tuple[str, ...]:
        """The named graphs whose union a query sees where it names no graph."""
        return tuple(self.mint("graph", name) for name in _DEFAULT_GRAPHS)


def _escape(name: str) -> str:
    """Percent-encode all that could leave a path segment; "." too, since "." and ".." are paths."""
    return quote(name, safe="").replace(".", "%2E") or "_"
