"""Which form of an answer a client asks for (RFC 9110, section 12.5.1)."""

from collections.abc import Sequence

from kgpipe.backends.triplestore import GRAPH_FORMATS, ROW_FORMATS

# Shorter and older names of the same forms.
_SYNONYMS = {
    "application/json": "application/sparql-results+json",
    "application/xml": "application/sparql-results+xml",
    "text/xml": "application/sparql-results+xml",
    "application/x-turtle": "text/turtle",
    "text/n3": "text/turtle",
    "text/plain": "application/n-triples",
}
# What `?format=` may say, for those who cannot set a header.
SHORT_NAMES = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
    "rdfxml": "application/rdf+xml",
}
ALL_FORMS = (*ROW_FORMATS, *GRAPH_FORMATS)
HTML = "text/html"


def choose_forms(accept: str, offered: Sequence[str] = ALL_FORMS) -> list[str]:
    """The media types of `offered` that the header Accept allows, the best one first.

    No header allows all. Of those that the client likes equally the one offered first comes first;
    a type that the client names comes before one that it only allows (`*/*`).
    """
    ranges = [_read_range(part) for part in accept.split(",") if part.strip()]
    if not ranges:
        return list(offered)
    ranked = []
    for place, name in enumerate(offered):
        weight, precision = max(
            ((precision, weight) for kind, weight in ranges
             if (precision := _match(kind, name))), default=(0, 0.0),
        )[::-1]  # fmt: skip
        if weight > 0:
            ranked.append((-weight, -precision, place, name))
    return [name for *_, name in sorted(ranked)]


def _read_range(part: str) -> tuple[str, float]:
    """A media range and its weight; parameters other than the weight say nothing here."""
    kind, *parameters = (piece.strip() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                weight = float(value)
            except ValueError:
                weight = 0.0
    kind = kind.lower()
    return _SYNONYMS.get(kind, kind), weight


def _match(kind: str, name: str) -> int:
    """How precisely a range names a type: 0 for not."""
    if kind == name:
        return 3
    if kind == f"{name.partition('/')[0]}/*":
        return 2
    return 1 if kind == "*/*" else 0
