"""What a `PageReader` finds on the pages of a file, before cleaning makes a `Document` of it."""

from typing import NamedTuple

from kgpipe.types import Record

# A drawn line, upright or level: x0, y0, x1, y1 in points from the page's top-left corner.
Rule = tuple[float, float, float, float]


class RawWord(NamedTuple):
    """One word as a page reader found it; box in points from the page's top-left corner."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


class RawPage(Record):
    """One page as a `PageReader` returns it: lines of words in reading order, and drawn lines."""

    number: int
    width: float
    height: float
    lines: tuple[tuple[RawWord, ...], ...]
    rules: tuple[Rule, ...] = ()
