"""Which texts can stand as an absolute IRI, whatever writes it down."""

import re

# RFC 3987 without the characters that N-Triples forbids between angle brackets.
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]+")


def is_iri(value: str) -> bool:
    """Whether a text from outside can stand as an absolute IRI."""
    return _IRI.fullmatch(value) is not None
