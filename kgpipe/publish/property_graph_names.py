"""What nodes and relationships of the property graph are called, and what they carry."""

import re
from typing import get_args
from urllib.parse import quote_plus

from kgpipe.types import Kind

# The properties of their nodes, which a node that is withdrawn loses.
PROPERTIES: dict[str, tuple[str, ...]] = {
    "Entity": ("id", "iri", "name", "kind", "names"),
    "Claim": (
        "id", "iri", "subject", "predicate", "object", "gate", "stated", "verdict", "probability",
        "documents", "negated", "hedged", "conditional", "attributed_to", "time", "place",
        "quantity", "unit",
    ),
    "Document": ("id", "iri", "title", "source", "language", "media_type", "sha256"),
    "Evidence": (
        "id", "quote", "page", "start", "end", "subject", "predicate", "object", "extractor",
    ),
    "Verdict": ("id", "label", "probability", "calibrated", "reason"),
    "Vote": (
        "id", "judge", "stance", "source", "quote", "start", "end", "log_odds", "reason", "rival",
        "decisive",
    ),
    "Label": ("id", "label", "comment", "role", "labelled_at"),
    "Reviewer": ("id", "name"),
    "Tile": ("id", "iri", "source", "lon", "lat", "location", "box", "start", "end", "item"),
}  # fmt: skip
LABELS = tuple(PROPERTIES)
# The relationship of an entity and a tile that shows it.
DEPICTED_IN = "DEPICTED_IN"
# The label of a node that has gone and on which others have built.
WITHDRAWN = "Withdrawn"
# What every node and relationship of ours carries beside its own properties.
MARKS = ("kgpipe", "kgpipe_key", "kgpipe_hash")
# What `property_graph_vectors` adds to entities.
VECTORS = ("embedding", "embedding_of")
# A file that was read is a `:Document`; an entity that is a document must not pass for one.
_CLASSES: dict[Kind, str] = {"document": "Publication"}
_CONTROL = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]")
_FULL_WIDTH = str.maketrans({"\\": "\uff3c", "*": "\uff0a", ",": "\uff0c", "~": "\uff5e"})
# Percent-encoded it is a file's name of at most 255 bytes, 30 of them ArcadeDB's own.
_FILE_NAME_BYTES = 200
# So many characters fit whatever they are: 4 bytes each, 3 for each byte.
_SAFE_CHARS = _FILE_NAME_BYTES // 12


def relationship_type(predicate: str) -> str:
    r"""The type of a fact's relationship, as near to the predicate as servers allow.

    The exact predicate is a property of the relationship. Neo4j up to 4 resolves `\u0060` to a
    backtick before it parses, even in a quoted name, and names have no escape for a backslash;
    ArcadeDB refuses ",", "*" and "~": these four become their full-width forms. It also names a
    file after the type, which bounds its length, and has no type called as a label of nodes.
    """
    plain = _safe(predicate)
    if not plain.strip() or plain in _TAKEN:
        return f"{plain.strip()}_"
    kept = plain
    while len(kept) > _SAFE_CHARS and len(quote_plus(kept)) > _FILE_NAME_BYTES:
        kept = kept[:-1]
    return kept if kept == plain else f"{kept}…"


def quote_name(name: str) -> str:
    """A label or a type (see `relationship_type`) as Cypher writes it, whatever stands in it."""
    return f"`{_safe(name).replace('`', '``')}`"


def _safe(name: str) -> str:
    return _CONTROL.sub(" ", name).translate(_FULL_WIDTH)


def class_label(kind: Kind) -> str:
    """The label that tells an entity's class; "" where the class is not known."""
    return _CLASSES.get(kind, kind.capitalize())


def class_labels() -> list[str]:
    """All labels that tell a class."""
    return sorted({class_label(kind) for kind in get_args(Kind)} - {""})


# ArcadeDB has one namespace for labels and types.
_TAKEN = frozenset((*LABELS, WITHDRAWN, *class_labels()))


def node_key(dataset: str, name: str) -> str:
    """The unique key of a node."""
    return f"{dataset}/{name}"
