"""Writes nodes as N-Quads, TriG and Turtle: the same bytes for the same nodes, one at a time.

rdflib's serialisers need the quads in an rdflib graph, which alone takes minutes at 100,000
claims; these writers take sorted N-Triples terms. Without blank nodes that is all it needs.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO

from kgpipe.publish.blocks import Node
from kgpipe.publish.terms import Term, known

_NAMESPACE = re.compile(r"<([^<>]*[/#])([A-Za-z0-9_][A-Za-z0-9_-]*)>")
# Short forms that are remembered: predicates, classes and graphs come again and again.
_REMEMBERED = 4096
_TYPE = known("rdf:type")


class NQuadsWriter:
    """One line a quad, in the order of graph, subject, predicate and object."""

    def __init__(self, path: Path) -> None:
        self._out = open_text(path)

    def write(self, node: Node) -> None:
        """Write all that a graph says about a subject."""
        start, end = f"{node.subject} ", f" {node.graph} .\n"
        self._out.write("".join([f"{start}{line}{end}" for line in node.lines]))

    def close(self) -> None:
        """Finish the file."""
        self._out.close()


class _PrefixedWriter:
    """A file that begins with its prefixes, and the graph that was written last."""

    def __init__(self, path: Path, *, prefixes: Mapping[str, str]) -> None:
        self._out = open_text(path)
        self._shorten = shortener(prefixes)
        self._graph: Term | None = None
        self._out.writelines(_prefix_lines(prefixes))


class TrigWriter(_PrefixedWriter):
    """TriG, one block a graph."""

    def write(self, node: Node) -> None:
        """Write all that a graph says about a subject."""
        if node.graph != self._graph:
            self._out.write(f"{'}' if self._graph else ''}\n{self._shorten(node.graph)} {{\n")
            self._graph = node.graph
        self._out.write(_about(node.subject, node.lines, self._shorten))

    def close(self) -> None:
        """Finish the file."""
        self._out.write("}\n" if self._graph else "")
        self._out.close()


class TurtleWriter(_PrefixedWriter):
    """Turtle of what need not be withheld; a comment names the graph that each part is from."""

    def write(self, node: Node) -> None:
        """Write what a graph says about a subject and is not withheld."""
        if not node.open:
            return
        if node.graph != self._graph:
            self._out.write(f"\n# {self._shorten(node.graph)}\n")
            self._graph = node.graph
        self._out.write(_about(node.subject, node.open, self._shorten))

    def close(self) -> None:
        """Finish the file."""
        self._out.close()


def open_text(path: Path) -> IO[str]:
    """A file for writing with the same bytes on all systems."""
    return path.open("w", encoding="utf-8", newline="\n")


def shortener(prefixes: Mapping[str, str]) -> Callable[[Term], str]:
    """A function that writes a term with prefixes, where it can."""
    names = {namespace: name for name, namespace in prefixes.items()}

    @lru_cache(maxsize=_REMEMBERED)
    def shorten_iri(term: Term) -> str:
        match = _NAMESPACE.fullmatch(term)
        name = names.get(match[1]) if match else None
        return f"{name}:{match[2]}" if match and name else term

    def shorten(term: Term) -> str:
        if term.startswith("<<("):
            return f"<<( {' '.join(map(shorten_iri, term[4:-4].split(' ')))} )>>"
        if term.startswith("<"):
            return shorten_iri(term)
        # A plain literal ends with a quote, a typed one with the datatype's bracket.
        if term.endswith(">"):
            value, _, datatype = term.rpartition("^^")
            return f"{value}^^{shorten_iri(datatype)}"
        return term

    return shorten


def _prefix_lines(prefixes: Mapping[str, str]) -> Iterable[str]:
    return (f"@prefix {name}: <{namespace}> .\n" for name, namespace in prefixes.items())


def _about(subject: Term, lines: Iterable[str], shorten: Callable[[Term], str]) -> str:
    """One statement a subject, one line a predicate, classes first, objects after commas."""
    found: list[str] = []
    for predicate, objects in by_predicate(lines):
        values = ", ".join(map(shorten, objects))
        if predicate == _TYPE:
            found.insert(0, f"a {values}")
        else:
            found.append(f"{shorten(predicate)} {values}")
    return f"{shorten(subject)} " + " ;\n    ".join(found) + " .\n"


def by_predicate(lines: Iterable[str]) -> Iterator[tuple[Term, list[Term]]]:
    """The objects of each predicate in the sorted lines of a node."""
    pairs = (line.split(" ", 1) for line in lines)
    for predicate, same in groupby(pairs, key=itemgetter(0)):
        yield predicate, [value for _, value in same]
