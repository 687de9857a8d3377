"""Published quads read where they lie: the sorted file is its own index of subjects.

In N-Quads of `kgpipe publish` the subjects of each graph stand in code-point order, so that their
lines are neighbours and are found by bisection. A file of any size is read with the memory of what
is asked.
"""

import mmap
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from kgpipe.errors import KgpipeError

_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
# Runs of subjects in order: one a graph. In a file that is not sorted there is no end of them.
_MOST_RUNS = 64
_NAMED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


class Line(NamedTuple):
    """Subject, predicate and object of a quad as they are written."""

    subject: bytes
    predicate: bytes
    object: bytes


class SortedQuads:
    """An N-Quads file without blank nodes whose subjects are sorted, graph by graph or at once.

    A context manager. `runs` are those of an earlier look at the same file.

    Raises:
        KgpipeError: the file is not sorted.
    """

    def __init__(self, path: Path, *, runs: Sequence[tuple[int, int]] | None = None) -> None:
        self._path = path
        self._file = path.open("rb")
        self.size = path.stat().st_size
        # An empty file cannot be mapped.
        self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ) if self.size else b""
        self.runs = list(runs) if runs is not None else self._find_runs()
        self._bounds = [
            (self._subject(start), self._subject(self._line_start(end - 1)))
            for start, end in self.runs
        ]

    def __enter__(self) -> "SortedQuads":
        return self

    def __exit__(self, *error: object) -> None:
        if isinstance(self._map, mmap.mmap):
            self._map.close()
        self._file.close()

    def cut(self, most_bytes: int) -> list[tuple[int, int]]:
        """Byte ranges of about this size that cover the file.

        A file that is no longer is one range; else no subject is in two ranges of one run.
        """
        if self.size <= most_bytes:
            return [(0, self.size)] if self.size else []
        ranges = []
        for first, last in self.runs:
            start = first
            while start < last:
                end = last
                if start + most_bytes < last:
                    end = self._after_subject(self._line_start(start + most_bytes))
                ranges.append((start, end))
                start = end
        return ranges

    def read(self, start: int, end: int) -> Iterator[Line]:
        """The quads of a range from `cut`.

        Raises:
            KgpipeError: a line is no quad.
        """
        while start < end:
            stop = self._map.find(b"\n", start) + 1 or self.size
            yield self._parse(self._map[start:stop])
            start = stop

    def find(
        self, subject: bytes, *, outside: tuple[int, int] = (0, 0)
    ) -> Iterator[tuple[int, Line]]:
        """Where each quad of a subject stands, and the quad, but for those of runs in a range."""
        for (start, end), (first, last) in zip(self.runs, self._bounds, strict=True):
            elsewhere = end <= outside[0] or start >= outside[1]
            if elsewhere and first <= subject <= last:
                yield from self._find_between(subject + b" ", start, end)

    def _find_between(self, key: bytes, start: int, end: int) -> Iterator[tuple[int, Line]]:
        last = end
        while start < end:
            # The line around the middle decides on which side the first line of the subject is.
            middle = max(self._line_start((start + end) // 2), start)
            if self._subject(middle) + b" " < key:
                start = self._map.find(b"\n", middle) + 1 or self.size
            else:
                end = middle
        while start < last and self._map[start : start + len(key)] == key:
            stop = self._map.find(b"\n", start) + 1 or self.size
            yield start, self._parse(self._map[start:stop])
            start = stop

    def _find_runs(self) -> list[tuple[int, int]]:
        runs, begin, start, before = [], 0, 0, b""
        find = self._map.find
        while start < self.size:
            subject = self._map[start : find(b" ", start)]
            if subject < before:
                runs.append((begin, start))
                begin = start
                if len(runs) > _MOST_RUNS:
                    raise KgpipeError(
                        f"{self._path} is not sorted (see byte {start}); sort it: LC_ALL=C sort."
                    )
            before, start = subject, find(b"\n", start) + 1 or self.size
        return [*runs, (begin, self.size)] if self.size else []

    def _subject(self, start: int) -> bytes:
        """The subject of the line that begins here."""
        return self._map[start : self._map.find(b" ", start)]

    def with_predicate(self, predicate: bytes) -> Iterator[Line]:
        """All quads of a predicate, in one pass over the file."""
        needle = b" " + predicate + b" "
        found = self._map.find(needle)
        while found >= 0:
            start = self._line_start(found)
            stop = self._map.find(b"\n", found) + 1 or self.size
            line = self._parse(self._map[start:stop])
            # The text of a quote may hold anything.
            if line.predicate == predicate:
                yield line
            found = self._map.find(needle, stop)

    def _line_start(self, position: int) -> int:
        """Where the line begins that holds this byte."""
        return self._map.rfind(b"\n", 0, position) + 1

    def _after_subject(self, start: int) -> int:
        """The first line after those of the subject whose line begins here."""
        key = self._map[start : self._map.find(b" ", start) + 1]
        while self._map[start : start + len(key)] == key:
            start = self._map.find(b"\n", start) + 1 or self.size
        return start

    def _parse(self, text: bytes) -> Line:
        try:
            subject, predicate, rest = text.split(b" ", 2)
            object_, _graph, _stop = rest.rsplit(b" ", 2)
        except ValueError as error:
            raise KgpipeError(f"{self._path}: not a quad: {text[:200]!r}.") from error
        return Line(subject, predicate, object_)


def unescape(text: str) -> str:
    """The text of a literal or an IRI as N-Quads writes it (RDF 1.1 N-Quads, section 4)."""
    return _ESCAPED.sub(_unescape_one, text) if "\\" in text else text


def _unescape_one(match: re.Match[str]) -> str:
    short, long, char = match.groups()
    code = short or long
    return chr(int(code, 16)) if code else _NAMED.get(char, char)
