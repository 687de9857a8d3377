"""The short JSON in which a small model is asked to write facts; `lean_facts` reads it.

A 1.5B model writes some 15 tokens a second on one core. A whole sentence as quote and a dozen
required fields cost a hundred tokens a fact; a few copied words and the names cost forty. The words
lead the model through the text and to the right predicate, and point to the sentence that is the
evidence, which is taken from the text itself and cannot be miswritten. What limits a fact is read
from those words too (`text.qualifiers`): asked for it, such models find a speaker, a time and a
place for every fact.
"""

import json
from collections.abc import Sequence
from typing import Any

from kgpipe.backends.windows import Window

# More facts than this from one sentence is a model that repeats itself; where a schema says which
# facts are wanted, sentences are found that hold more.
MAX_FACTS_A_SENTENCE = 5
MAX_FACTS_OF_SCHEMA = 8
NAMED = ("subject", "predicate", "object")
# Longer copies are whole sentences again.
MAX_SAID_CHARS = 120
# A longer name is a clause; where the model is stopped here it was not done.
MAX_NAME_CHARS = 120


def fact_schema(window: Window, *, max_field_chars: int, relations: Sequence[str] = ()) -> str:
    """The JSON schema of a reply about `window`, as canonical JSON.

    Args:
        window: the more sentences, the more facts.
        max_field_chars: length limit of each text.
        relations: what a predicate may be; anything if empty.
    """
    text = {"type": "string", "maxLength": min(max_field_chars, MAX_NAME_CHARS)}
    count = len(window.sentences)
    properties: dict[str, Any] = {
        "says": {"type": "string", "maxLength": MAX_SAID_CHARS},
        **{name: text for name in NAMED},
    }
    if relations:
        properties["predicate"] = {"type": "string", "enum": list(relations)}
    item = {
        "type": "object",
        "properties": properties,
        "required": ["says", *NAMED],
        "additionalProperties": False,
    }
    most = MAX_FACTS_OF_SCHEMA if relations else MAX_FACTS_A_SENTENCE
    facts = {"type": "array", "items": item, "maxItems": most * count}
    schema = {
        "title": "facts",
        "type": "object",
        "properties": {"facts": facts},
        "required": ["facts"],
        "additionalProperties": False,
    }
    # The order of the fields is the order in which the model writes them.
    return json.dumps(schema, separators=(",", ":"))
