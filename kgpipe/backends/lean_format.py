"""The short JSON in which a small model writes facts: the words that say it, and what they say.

A 1.5B model writes some 15 tokens a second on one core. A whole sentence as quote and a dozen
required fields cost a hundred tokens a fact; a few copied words and the fields that apply cost
forty. The words lead the model through the text and to the right predicate, and point to the
sentence that is the evidence, which is taken from the text itself and cannot be miswritten.
"""

import json
import re
from collections.abc import Sequence
from typing import Any

from kgpipe.backends.windows import Window
from kgpipe.text.align import find_quote
from kgpipe.text.lenient_json import find_objects
from kgpipe.types import Candidate, Chunk

# More facts than this from one sentence is a model that repeats itself.
MAX_FACTS_A_SENTENCE = 8
_REQUIRED = ("subject", "predicate", "object")
# Longer copies are whole sentences again.
_MAX_SAID_CHARS = 120
_FLAGS = ("negated", "hedged", "conditional")
_OPTIONAL = ("attributed_to", "time", "place")
# Signs inside a number that one writer sets and another leaves out.
_DIGIT_GROUPS = re.compile(r"(?<=\d)[,\u00a0 ](?=\d{3})")


def fact_schema(window: Window, *, max_field_chars: int, relations: Sequence[str] = ()) -> str:
    """The JSON schema of a reply about `window`, as canonical JSON.

    Args:
        window: the more sentences, the more facts.
        max_field_chars: length limit of each text.
        relations: what a predicate may be; anything if empty.
    """
    text = {"type": "string", "maxLength": max_field_chars}
    count = len(window.sentences)
    properties: dict[str, Any] = {
        "says": {"type": "string", "maxLength": _MAX_SAID_CHARS},
        **{name: text for name in _REQUIRED},
        **{name: {"type": "boolean"} for name in _FLAGS},
        **{name: text for name in _OPTIONAL},
    }
    if relations:
        properties["predicate"] = {"type": "string", "enum": list(relations)}
    item = {
        "type": "object",
        "properties": properties,
        "required": ["says", *_REQUIRED],
        "additionalProperties": False,
    }
    facts = {"type": "array", "items": item, "maxItems": MAX_FACTS_A_SENTENCE * count}
    schema = {
        "title": "facts",
        "type": "object",
        "properties": {"facts": facts},
        "required": ["facts"],
        "additionalProperties": False,
    }
    # The order of the fields is the order in which the model writes them.
    return json.dumps(schema, separators=(",", ":"))


def read_facts(reply: str, window: Window, chunk: Chunk) -> list[Candidate] | None:
    """Read the facts of a reply; None if it holds neither facts nor an empty list of them.

    A fact whose subject or object has no word in the window is marked `name_not_in_text`. A reply
    that was cut off yields its complete facts and one that is marked `cut_off`.
    """
    objects = find_objects(reply)
    wrappers = [found["facts"] for found in objects if isinstance(found.get("facts"), list)]
    if wrappers:
        return [_candidate(item, window, chunk) for item in wrappers[-1]]
    facts = [_candidate(found, window, chunk) for found in objects if "subject" in found]
    if facts:
        return facts + ([failed_window("cut_off", window, chunk)] if '"facts"' in reply else [])
    return [] if re.search(r"\[\s*\]", reply) else None


def failed_window(reason: str, window: Window, chunk: Chunk) -> Candidate:
    """What stands for facts that were lost, so that they are counted."""
    start, end = window.sentences[0][0], window.sentences[-1][1]
    return Candidate(
        subject="", predicate="", object="", quote=chunk.text[start:end], start=start, end=end,
        fault=reason,
    )  # fmt: skip


def _candidate(item: Any, window: Window, chunk: Chunk) -> Candidate:
    fields = item if isinstance(item, dict) else {}
    named = {name: _string(fields.get(name)) for name in _REQUIRED}
    start, end = _sentence(_string(fields.get("says")), named, window, chunk)
    said = _plain(f"{window.context} {window.text}")
    is_named = all(_shares_word(named[name], said) for name in ("subject", "object"))
    return Candidate(
        **named,
        quote=chunk.text[start:end],
        start=start,
        end=end,
        **{name: fields.get(name) in (True, "true") for name in _FLAGS},
        **{name: _string(fields.get(name)) or None for name in _OPTIONAL},
        fault="" if is_named or not all(named.values()) else "name_not_in_text",
    )


def _sentence(says: str, named: dict[str, str], window: Window, chunk: Chunk) -> tuple[int, int]:
    """The sentence that holds the copied words, failing that the one with most of the names."""
    for start, end in window.sentences:
        if find_quote(chunk.text, says, start=start, end=end):
            return start, end

    def ends_in(span: tuple[int, int]) -> int:
        said = _plain(chunk.text[span[0] : span[1]])
        return sum(_shares_word(named[name], said) for name in ("subject", "object"))

    return max(window.sentences, key=ends_in)


def _plain(text: str) -> str:
    return _DIGIT_GROUPS.sub("", text.casefold())


def _shares_word(name: str, said: str) -> bool:
    """Whether any word of `name` stands in `said`, also inside a longer one (plurals, CJK)."""
    return any(word in said for word in re.findall(r"\w+", _plain(name)))


def _string(value: Any) -> str:
    """Text as it is, numbers as written; "" for anything else (True is an int to Python)."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value.strip() if isinstance(value, str) else ""
