"""Content-hash identifiers: the same content has the same id on every machine, in every run."""

import hashlib
import json
from typing import Any

# 80 bits: at ten million ids the chance of one collision is below 1e-10.
DIGEST_HEX_LENGTH = 20
# `json.dumps` would make one for each id.
_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def content_digest(content: bytes) -> str:
    """SHA-256 of raw bytes as 64 hex digits."""
    return hashlib.sha256(content).hexdigest()


def content_id(prefix: str, *parts: Any) -> str:
    """Hash JSON-serialisable `parts` into `prefix-<20 hex digits>`.

    Parts are written as canonical JSON (sorted keys, no spaces), so that `("a", "bc")` and
    `("ab", "c")` differ and dictionary order does not matter.

    Raises:
        TypeError: a part is not JSON-serialisable.
    """
    canonical = _CANONICAL.encode(parts)
    return f"{prefix}-{content_digest(canonical.encode())[:DIGEST_HEX_LENGTH]}"


def entity_id(term: str) -> str:
    """The id of the entity that is told from all others by a normalised name."""
    return content_id("entity", term)
