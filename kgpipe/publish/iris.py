"""Names for everything published: content-hash IRIs under a base that the user sets."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, get_args
from urllib.parse import quote

from kgpipe.errors import UsageError
from kgpipe.publish.terms import STANDARD_PREFIXES, Term

Resource = Literal[
    "entity", "claim", "triple", "evidence", "selector", "document", "label", "extractor",
    "predicate", "class", "graph", "term", "vote", "judge", "reviewer", "quantity", "distribution",
    "partition", "place", "geometry", "tile", "link", "linking", "encoder", "period",
]  # fmt: skip
# The graphs that a query sees by default: what may be stated, and where it comes from. Pending
# and rejected triples are reached through GRAPH only, so that nobody takes them for facts. So
# is the description of the dataset (`void`), since each graph more makes every look-up slower.
_DEFAULT_GRAPHS = ("approved", "entities", "provenance")
# An absolute IRI without the characters that RFC 3987 forbids, ready for a name to be appended:
# written after it, and in a query relative to it (`<term/>`), a name must give the same IRI.
_BASE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`?#]*/")
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


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
        plain = name if _PLAIN.fullmatch(name) else _escape(name)
        return f"{self.base}{resource}/{plain}"

    def mint_predicate(self, predicate: str) -> str:
        """The IRI of a predicate: blanks become underscores, "exports to" is `exports_to`."""
        return self.mint("predicate", "_".join(predicate.split()))

    def name(self, resource: Resource, name: str) -> Term:
        """The IRI of one resource, as a term."""
        return f"<{self.mint(resource, name)}>"

    def term(self, name: str) -> Term:
        """A word of kgpipe's own vocabulary, as a term."""
        return _term(self.base, name)

    def graph(self, name: str) -> Term:
        """A named graph, as a term."""
        return _graph(self.base, name)

    @property
    def dataset(self) -> Term:
        """The dataset as a whole, as a term."""
        return f"<{self.base}dataset>"

    def prefixes(self) -> dict[str, str]:
        """All prefixes, sorted: the standard ones and one a kind of resource (`entity:`...)."""
        own = {resource: f"{self.base}{resource}/" for resource in get_args(Resource)}
        return dict(sorted((STANDARD_PREFIXES | own).items()))

    def default_graphs(self) -> tuple[str, ...]:
        """The named graphs whose union a query sees where it names no graph."""
        return tuple(self.mint("graph", name) for name in _DEFAULT_GRAPHS)


# Terms and graphs are few, and each is written with every claim.
@lru_cache(maxsize=256)
def _term(base: str, name: str) -> Term:
    return f"<{base}term/{name}>"


@lru_cache(maxsize=64)
def _graph(base: str, name: str) -> Term:
    return f"<{base}graph/{name}>"


def _escape(name: str) -> str:
    """Percent-encode all that could leave a path segment; "." too, since "." and ".." are paths."""
    return quote(name, safe="").replace(".", "%2E") or "_"
