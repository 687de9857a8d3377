"""Reads the JSON objects that a language model wrote, whatever stands around or is missing."""

import json
import re
from typing import Any

_DECODER = json.JSONDecoder()
# A string literal (kept), or a comma before a closing bracket (dropped).
_TRAILING_COMMA = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])', re.DOTALL)


def find_objects(text: str) -> list[dict[str, Any]]:
    """Return the complete JSON objects of `text`, outermost first, in text order.

    Prose, code fences and trailing commas do not matter. Where an object is cut off, the complete
    objects inside it are returned instead, so a reply that hit its length limit loses only its
    last, unfinished item. Nothing is invented to close what is open.
    """
    text = _TRAILING_COMMA.sub(lambda match: match[1] or "", text)
    objects: list[dict[str, Any]] = []
    at = text.find("{")
    while at >= 0:
        try:
            value, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            # RecursionError: a model that runs away can open a thousand brackets.
            end = at + 1
        else:
            objects.append(value)
        at = text.find("{", end)
    return objects
