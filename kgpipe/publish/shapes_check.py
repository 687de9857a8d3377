"""Checks one part of a sorted N-Quads file with pyshacl, together with what its shapes look at."""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from rdflib import RDF, RDFS, SH, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

from kgpipe.errors import UsageError
from kgpipe.publish.shapes_quads import Line, SortedQuads, unescape
from kgpipe.publish.shapes_reach import Reach
from kgpipe.types import Record

# More of one kind say nothing new, and a million of them must fit into memory; all are counted.
SHOWN_OF_A_KIND = 100
# Terms of a graph come again and again: names of predicates, entities, documents.
_KNOWN_TERMS = 200_000


class Violation(Record):
    """One result of SHACL validation; terms are written as in N-Triples, paths as in SPARQL.

    `shape` is the nearest one that has a name; `value` is "" where there is none.
    """

    shape: str
    path: str
    component: str
    focus: str
    value: str
    severity: str
    message: str

    @property
    def kind(self) -> tuple[str, str, str, str]:
        """What the violation has in common with others."""
        return (self.severity, self.shape, self.path, self.component)

    @property
    def place(self) -> tuple[str, ...]:
        """By which violations are put in order."""
        return (*self.kind, self.focus, self.value, self.message)


class KindCount(Record):
    """How often one kind of violation was found, and the first of them."""

    kind: tuple[str, str, str, str]
    count: int
    examples: tuple[Violation, ...]


class Checked(Record):
    """What was found in one part: nodes that a shape is about, and violations by kind."""

    nodes: int
    kinds: tuple[KindCount, ...]


def read_shapes(paths: Iterable[Path], *, base_iri: str) -> Graph:
    """Read shapes (Turtle); relative names are those of the published graph.

    Raises:
        UsageError: a file is unreadable or no Turtle.
    """
    shapes = Graph()
    for path in paths:
        try:
            shapes.parse(data=path.read_text(encoding="utf-8"), format="turtle", publicID=base_iri)
        except OSError as error:
            raise UsageError(f"Cannot read the shapes {path}: {error.strerror}.") from error
        # rdflib's parser raises a SyntaxError that is none of Python's, and for some faults others.
        except (SyntaxError, ValueError, IndexError) as error:
            raise UsageError(f"The shapes {path} are no valid Turtle: {error}") from error
    return shapes


class Checker:
    """Checks parts of one file against one set of shapes."""

    def __init__(self, quads: SortedQuads, shapes: Graph, reach: Reach) -> None:
        self._quads = quads
        self._shapes = shapes
        self._reach = reach
        wanted = reach.predicates
        self._wanted = None if wanted is None else {_write(term) for term in wanted}
        self._describe = lru_cache(_KNOWN_TERMS)(self._read_subject)
        self._term = lru_cache(_KNOWN_TERMS)(_parse_term)
        self._pointing = {
            predicate: _index(quads.with_predicate(_write(predicate)))
            for predicate in reach.inverse
        }
        targets = set(shapes.objects(None, SH.targetNode))
        self._absent = {
            node for node in targets
            if isinstance(node, URIRef) and not self._describe(_write(node))
        }  # fmt: skip

    def check(self, start: int, end: int) -> Checked:
        """Check the nodes described in a range (see `SortedQuads.cut`).

        Raises:
            UsageError: the shapes are none.
            KgpipeError: the file is not sorted.
        """
        found = self._read_range(start, end)
        data, focus = Graph(), set(found)
        frontier: Mapping[bytes, Sequence[Line]] = dict(found)
        seen = set(focus)
        for _ in range(1, self._reach.steps):
            frontier = self._walk(frontier, seen)
            found.update((subject, list(lines)) for subject, lines in frontier.items() if lines)
        self._add_classes(found)
        add, term = data.store.add, self._term
        for lines in found.values():
            for line in lines:
                add((term(line.subject), term(line.predicate), term(line.object)), data)
        nodes = {self._term(subject) for subject in focus}
        # What is nowhere described is in no range; the first one answers for it.
        return self._validate(data, nodes | self._absent if start == 0 else nodes)

    def _read_range(self, start: int, end: int) -> dict[bytes, list[Line]]:
        """Descriptions of the subjects that are first described in a range, in full."""
        found: dict[bytes, list[Line]] = {}
        for line in self._quads.read(start, end):
            if self._matters(line):
                found.setdefault(line.subject, []).append(line)
        # A subject has lines in several graphs; the range that has its first ones answers for it.
        for subject in list(found):
            for place, line in self._quads.find(subject, outside=(start, end)):
                if self._matters(line):
                    if place < start:
                        del found[subject]
                        break
                    found[subject].append(line)
        return found

    def _matters(self, line: Line) -> bool:
        return self._wanted is None or line.predicate in self._wanted

    def _walk(
        self, frontier: Mapping[bytes, Sequence[Line]], seen: set[bytes]
    ) -> dict[bytes, Sequence[Line]]:
        """The descriptions one step on from these, those seen before left out."""
        reached = {
            line.object for lines in frontier.values() for line in lines if line.object[:1] == b"<"
        }
        for index in self._pointing.values():
            for subject in frontier:
                reached.update(index.get(subject, ()))
        reached -= seen
        seen |= reached
        return {subject: self._describe(subject) for subject in reached}

    def _add_classes(self, found: dict[bytes, list[Line]]) -> None:
        """Complete the classes of all nodes by the classes above them."""
        kind, above = _write(RDF.type), _write(RDFS.subClassOf)
        classes = {line.object for lines in found.values() for line in lines
                   if line.predicate == kind}  # fmt: skip
        done: set[bytes] = set()
        while classes:
            done |= classes
            higher: set[bytes] = set()
            for name in classes:
                lines = [line for line in self._describe(name) if line.predicate == above]
                if name not in found and lines:
                    found[name] = lines
                higher.update(line.object for line in lines)
            classes = higher - done

    def _read_subject(self, subject: bytes) -> tuple[Line, ...]:
        return tuple(line for _, line in self._quads.find(subject) if self._matters(line))

    def _validate(self, data: Graph, nodes: set[Node]) -> Checked:
        from pyshacl.errors import ConstraintLoadError, ReportableRuntimeError, ShapeLoadError
        from pyshacl.graph_abstraction import DataGraph
        from pyshacl.validator import Validator

        about: set[Node] = set()
        results: set[Violation] = set()
        # It warns of regular expressions and logs each shape that it visits.
        quiet = logging.getLogger(__name__)
        try:
            # The parts of pyshacl's `validate` one by one, since it can restrict the nodes that
            # are checked only together with all those that they refer to.
            validator = Validator(
                DataGraph.from_rdflib_graph(data), shacl_graph=self._shapes,
                options={"inplace": True, "logger": quiet},
            )  # fmt: skip
            executor = validator.make_executor()
            for shape in validator.shacl_graph.shapes:
                chosen = shape.focus_nodes(validator.data_graph) & nodes
                about |= chosen
                if chosen:
                    _, reports = shape.validate(executor, validator.data_graph, focus=chosen)
                    results.update(self._read_result(parts) for _, _, parts in reports)
        except (ShapeLoadError, ConstraintLoadError, ReportableRuntimeError) as error:
            raise UsageError(f"The shapes cannot be used: {error}") from error
        return Checked(nodes=len(about), kinds=count_kinds(results))

    def _read_result(self, parts: Iterable[tuple[Node, Node, object]]) -> Violation:
        fields: dict[Node, list[Node]] = defaultdict(list)
        for _, term, value in parts:
            # A term of the data or the shapes comes with the graph that it is from.
            node = value[1] if isinstance(value, tuple) else value
            assert isinstance(node, Node)
            fields[term].append(node)
        [source] = fields[SH.sourceShape]
        path = fields.get(SH.resultPath)
        return Violation(
            shape=self._name(source),
            path=write_path(self._shapes, path[0]) if path else "",
            component=str(fields[SH.sourceConstraintComponent][0]).removeprefix(str(SH)),
            focus=fields[SH.focusNode][0].n3(),
            value=fields[SH.value][0].n3() if fields.get(SH.value) else "",
            severity=str(fields[SH.resultSeverity][0]).removeprefix(str(SH)),
            message=" ".join(sorted(str(text) for text in fields[SH.resultMessage])),
        )

    def _name(self, shape: Node) -> str:
        """The name of a shape, or of the one that it is part of."""
        while isinstance(shape, BNode):
            above = min(self._shapes.subjects(None, shape), key=str, default=None)
            if above is None:
                return ""
            shape = above
        return str(shape)


def count_kinds(violations: Iterable[Violation]) -> tuple[KindCount, ...]:
    """Violations by kind, in order."""
    kinds: defaultdict[tuple[str, str, str, str], list[Violation]] = defaultdict(list)
    for one in violations:
        kinds[one.kind].append(one)
    return tuple(
        KindCount(kind=kind, count=len(members), examples=_first(members))
        for kind, members in sorted(kinds.items())
    )


def join_kinds(parts: Iterable[Checked]) -> tuple[KindCount, ...]:
    """The kinds of all parts as if they had been found at once."""
    counts: defaultdict[tuple[str, str, str, str], int] = defaultdict(int)
    examples: defaultdict[tuple[str, str, str, str], tuple[Violation, ...]] = defaultdict(tuple)
    for part in parts:
        for one in part.kinds:
            counts[one.kind] += one.count
            examples[one.kind] = _first((*examples[one.kind], *one.examples))
    return tuple(
        KindCount(kind=kind, count=count, examples=examples[kind])
        for kind, count in sorted(counts.items())
    )


def write_path(shapes: Graph, path: Node) -> str:
    """A property path as SPARQL writes it."""
    if not isinstance(path, BNode):
        return path.n3()
    if (path, RDF.first, None) in shapes:
        return "/".join(write_path(shapes, part) for part in Collection(shapes, path))
    for term, pattern in (
        (SH.inversePath, "^{}"), (SH.zeroOrOnePath, "({})?"), (SH.zeroOrMorePath, "({})*"),
        (SH.oneOrMorePath, "({})+"),
    ):  # fmt: skip
        if (inner := shapes.value(path, term)) is not None:
            return pattern.format(write_path(shapes, inner))
    choices = shapes.value(path, SH.alternativePath)
    assert choices is not None, "no other path is well formed"
    return f"({'|'.join(write_path(shapes, part) for part in Collection(shapes, choices))})"


def _first(violations: Iterable[Violation]) -> tuple[Violation, ...]:
    return tuple(sorted(violations, key=lambda one: one.place)[:SHOWN_OF_A_KIND])


def _index(lines: Iterable[Line]) -> dict[bytes, list[bytes]]:
    pointing: dict[bytes, list[bytes]] = {}
    for line in lines:
        pointing.setdefault(line.object, []).append(line.subject)
    return pointing


def _write(term: URIRef) -> bytes:
    return term.n3().encode()


def _parse_term(text: bytes) -> Node:
    """An IRI or literal as N-Triples writes it; what RDF 1.1 does not know stands as text."""
    written = text.decode()
    if written.startswith("<") and not written.startswith("<<"):
        return URIRef(unescape(written[1:-1]))
    value, quote, kind = written.rpartition('"')
    if not quote:
        return Literal(written)
    value = unescape(value[1:])
    if kind.startswith("@"):
        return Literal(value, lang=kind[1:])
    return Literal(value, datatype=URIRef(kind[3:-1]) if kind else None)
