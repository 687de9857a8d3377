"""The JSON in which a language model writes triples: its schema, and the reader of its replies."""

import json
import re
from typing import Any, get_args

from kgpipe.schema import Schema
from kgpipe.text.lenient_json import find_objects
from kgpipe.text.said import said_words, share_said
from kgpipe.types import Candidate, Kind

# More triples than this from one chunk of a few sentences is a model that repeats itself.
MAX_TRIPLES = 40
# A quote is a sentence or two; the longest ones of real reports stay below this.
MAX_QUOTE_CHARS = 1000
# Confidence of a triple whose subject or object has no word in its own quote: a pronoun resolved,
# a translation, or an invention.
UNSUPPORTED_CONFIDENCE = 0.5
_KINDS = tuple(kind for kind in get_args(Kind) if kind)
_FLAGS = ("negated", "hedged", "conditional")
_OPTIONAL = ("attributed_to", "time", "place")
# The quote comes first so that the model copies the sentence before it interprets it.
_REQUIRED = ("quote", "subject", "predicate", "object")


def triple_schema(*, max_field_chars: int, schema: Schema | None = None) -> str:
    """The JSON schema of a reply, as canonical JSON; with a schema, of its relations and classes.

    Every field is required and no other allowed, as OpenAI's strict mode asks; the limits keep a
    model that runs away from filling its whole output.
    """
    text = {"type": "string", "maxLength": max_field_chars}
    kind = {"type": "string", "enum": list(_KINDS)}
    properties: dict[str, Any] = {
        "quote": {"type": "string", "maxLength": MAX_QUOTE_CHARS},
        **{name: text for name in _REQUIRED[1:]},
        **{name: {"type": "boolean"} for name in _FLAGS},
        **{name: {**text, "type": ["string", "null"]} for name in _OPTIONAL},
        "subject_kind": kind,
        "object_kind": kind,
    }
    if schema is not None:
        names = [relation.name for relation in schema.relations]
        properties["predicate"] = {"type": "string", "enum": names}
    if schema is not None and schema.classes:
        classes = {"type": "string", "enum": ["", *(cls.name for cls in schema.classes)]}
        properties |= {"subject_type": classes, "object_type": classes}
    item = {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
    reply: dict[str, Any] = {
        "title": "triples",
        "description": "The statements that the passage makes.",
        "type": "object",
        "properties": {"triples": {"type": "array", "items": item, "maxItems": MAX_TRIPLES}},
        "required": ["triples"],
        "additionalProperties": False,
    }
    # The order of the fields is the order in which the model writes them.
    return json.dumps(reply, separators=(",", ":"))


def list_schema(schema: Schema) -> str:
    """The relations of a schema for a prompt, one a line, each with its definition and classes."""
    lines = []
    for relation in schema.relations:
        ends = [" or ".join(names) for names in (relation.domain, relation.range)]
        classes = f" ({ends[0] or 'anything'} -> {ends[1] or 'anything'})" if any(ends) else ""
        says = f": {relation.definition}" if relation.definition else ""
        lines.append(f"- `{relation.name}`{classes}{says}")
    return "\n".join(lines) + "\n"


def read_triples(reply: str) -> list[Candidate] | None:
    """Read the triples of a reply; None if it holds neither triples nor an empty list of them.

    A field that is missing or of the wrong type stays empty, so that the candidate is rejected
    and counted later. A reply that was cut off yields its complete triples and, so that the loss
    is counted too, an empty one that is marked `cut_off`.
    """
    objects = find_objects(reply)
    wrappers = [found["triples"] for found in objects if isinstance(found.get("triples"), list)]
    if wrappers:
        # A model that thinks aloud drafts first: its last word counts.
        return [_candidate(item) for item in wrappers[-1]]
    candidates = [_candidate(found) for found in objects if "subject" in found]
    if candidates:
        lost = Candidate(subject="", predicate="", object="", quote="", fault="cut_off")
        return candidates + ([lost] if '"triples"' in reply else [])
    return [] if re.search(r"\[\s*\]", reply) else None


def _candidate(item: Any) -> Candidate:
    fields = item if isinstance(item, dict) else {}
    required = {name: _string(fields.get(name)) for name in _REQUIRED}
    ends = (required["subject"], required["object"])
    said = said_words(required["quote"])
    is_supported = all(share_said(end, said) for end in ends)
    return Candidate(
        **required,
        **{name: fields.get(name) in (True, "true") for name in _FLAGS},
        **{name: _string(fields.get(name)) or None for name in _OPTIONAL},
        **{name: _kind(fields.get(name)) for name in ("subject_kind", "object_kind")},
        **{name: _string(fields.get(name)) for name in ("subject_type", "object_type")},
        confidence=1.0 if is_supported else UNSUPPORTED_CONFIDENCE,
    )


def _string(value: Any) -> str:
    """Text as it is, numbers as written; "" for anything else (True is an int to Python)."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value.strip() if isinstance(value, str) else ""


def _kind(value: Any) -> Any:
    return value if value in _KINDS else ""
