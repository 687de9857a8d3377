"""Writes quads as N-Quads, TriG and Turtle with the same bytes for the same quads, fast.

rdflib's serialisers need the quads in an rdflib graph, which alone takes minutes at 100,000
claims; these writers take sorted N-Triples terms. Without blank nodes that is all it needs.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TextIO

# Terms are written as in N-Triples: `<iri>`, `"text"`, `"3"^^<datatype>`.
Triple = tuple[str, str, str]
# Graph, subject, predicate, object: graph first, so that sorted quads stand graph by graph.
Quad = tuple[str, str, str, str]

# The four characters that N-Triples forbids inside quotes (RDF 1.1 N-Triples, section 2.4).
_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"})
_NAMESPACE = re.compile(r"<([^<>]*[/#])([A-Za-z0-9_][A-Za-z0-9_-]*)>")


def iri(value: str) -> str:
    """An IRI as an N-Triples term."""
    return f"<{value}>"


def literal(value: str, datatype: str = "") -> str:
    """A literal as an N-Triples term; `datatype` is an IRI, "" for plain strings."""
    quoted = f'"{value.translate(_ESCAPES)}"'
    return f"{quoted}^^<{datatype}>" if datatype else quoted


def write_nquads(quads: Iterable[Quad], path: Path) -> None:
    """Write one line a quad, lines in code-point order (that of `LC_ALL=C sort`)."""
    lines = sorted(f"{s} {p} {o} {g} .\n" for g, s, p, o in quads)
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(lines)


def write_trig(quads: Iterable[Quad], path: Path, *, prefixes: Mapping[str, str]) -> None:
    """Write sorted quads as TriG, one block a graph."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        shorten = _write_prefixes(out, prefixes)
        for graph, members in groupby(quads, key=itemgetter(0)):
            out.write(f"\n{shorten(graph)} {{\n")
            out.writelines(_blocks((quad[1:] for quad in members), shorten))
            out.write("}\n")


def write_turtle(triples: Iterable[Triple], path: Path, *, prefixes: Mapping[str, str]) -> None:
    """Write sorted triples as Turtle."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        shorten = _write_prefixes(out, prefixes)
        out.write("\n")
        out.writelines(_blocks(triples, shorten))


def _write_prefixes(out: TextIO, prefixes: Mapping[str, str]) -> Callable[[str], str]:
    """Write the prefix lines; return the function that shortens terms with them."""
    out.writelines(f"@prefix {name}: <{namespace}> .\n" for name, namespace in prefixes.items())
    names = {namespace: name for name, namespace in prefixes.items()}
    known: dict[str, str] = {}

    def shorten_iri(term: str) -> str:
        if term not in known:
            match = _NAMESPACE.fullmatch(term)
            name = names.get(match[1]) if match else None
            known[term] = f"{name}:{match[2]}" if match and name else term
        return known[term]

    def shorten(term: str) -> str:
        if term.startswith("<"):
            return shorten_iri(term)
        # A plain literal ends with a quote, a typed one with the datatype's bracket.
        if term.endswith(">"):
            value, _, datatype = term.rpartition("^^")
            return f"{value}^^{shorten_iri(datatype)}"
        return term

    return shorten


def _blocks(triples: Iterable[Triple], shorten: Callable[[str], str]) -> Iterator[str]:
    """One block a subject, one line a predicate, objects separated by commas."""
    for subject, about in groupby(triples, key=itemgetter(0)):
        lines = [
            f"{shorten(predicate)} {', '.join(shorten(triple[2]) for triple in same)}"
            for predicate, same in groupby(about, key=itemgetter(1))
        ]
        yield f"{shorten(subject)} " + " ;\n    ".join(lines) + " .\n"
