"""Puts passages back together to the pages that they were cut from."""

from collections.abc import Sequence

from kgpipe.types import Passage
from kgpipe.verify.sightings import Page


def pages_of_passages(passages: Sequence[Passage]) -> list[Page]:
    """One page a source, in the order of its best passage; offsets are those of the source.

    What lies between two passages of a page was not retrieved and is blank lines.
    """
    by_source: dict[str, dict[int, str]] = {}
    for passage in passages:
        by_source.setdefault(passage.source, {})[passage.start] = passage.text
    return [Page(source, _join(pieces)) for source, pieces in by_source.items()]


def _join(pieces: dict[int, str]) -> str:
    text = ""
    for start, piece in sorted(pieces.items()):
        # Passages of one page may overlap where two searches cut it differently.
        text = text[:start] + "\n" * (start - len(text)) + piece
    return text
