"""How far shapes look from the node that they check, so that a graph can be checked in parts."""

from collections.abc import Iterator
from dataclasses import dataclass

from rdflib import RDF, RDFS, SH, BNode, Graph, URIRef
from rdflib.collection import Collection
from rdflib.term import Node

# What these mean depends on more of the graph than a walk of known length reaches.
_UNBOUNDED = (
    SH.zeroOrMorePath, SH.oneOrMorePath, SH.sparql, SH.js, SH.rule, SH.target, SH.targetObjectsOf,
)  # fmt: skip
_INNER = (SH.node, SH["not"], SH.qualifiedValueShape, SH.property)
_LISTED = (SH["and"], SH["or"], SH.xone)


@dataclass(frozen=True)
class Reach:
    """What a node's check reads.

    Attributes:
        steps: descriptions on the longest way, that of the node itself counted.
        predicates: those that matter; None for all, where shapes are closed.
        inverse: those that are followed backwards.
        unbounded: why the graph cannot be checked in parts; "" if it can.
    """

    steps: int
    predicates: frozenset[URIRef] | None
    inverse: frozenset[URIRef]
    unbounded: str = ""


def measure_reach(shapes: Graph) -> Reach:
    """Read off a shapes graph what its checks read of the data."""
    named = frozenset(term for term in shapes.objects() if isinstance(term, URIRef))
    closed = any(str(value) == "true" for value in shapes.objects(None, SH.closed))
    sources = set(shapes.objects(None, SH.inversePath))
    inverse = frozenset(term for term in sources if isinstance(term, URIRef))
    reach = Reach(
        steps=0,
        predicates=None if closed else named | {RDF.type, RDFS.subClassOf},
        inverse=inverse,
        unbounded=_why_unbounded(shapes, any(not isinstance(term, URIRef) for term in sources)),
    )
    if reach.unbounded:
        return reach
    tops = {*shapes.subjects(RDF.type, SH.NodeShape), *shapes.subjects(SH.path)}
    for target in (SH.targetClass, SH.targetNode, SH.targetSubjectsOf):
        tops.update(shapes.subjects(target))
    try:
        steps = max((_steps(shapes, top, ()) for top in tops), default=1)
    except RecursionError as error:
        return Reach(0, reach.predicates, inverse, str(error))
    return Reach(steps, reach.predicates, inverse)


def _why_unbounded(shapes: Graph, nested_inverse: bool) -> str:
    if nested_inverse:
        return "sh:inversePath of a path"
    if (None, RDF.type, SH.ConstraintComponent) in shapes:
        return "constraint components of their own"
    found = [term for term in _UNBOUNDED if (None, term, None) in shapes]
    return ", ".join(f"sh:{term.removeprefix(str(SH))}" for term in found)


def _steps(shapes: Graph, shape: Node, above: tuple[Node, ...]) -> int:
    """Descriptions that the check of a node against `shape` reads, one after another."""
    if shape in above:
        raise RecursionError("shapes that refer to themselves")
    above = (*above, shape)
    path = shapes.value(shape, SH.path)
    before = _length(shapes, path) if path is not None else 0
    # Whether a value is of a class is read off the description of the value.
    inner = [1] if (shape, SH["class"], None) in shapes else [0]
    inner += [_steps(shapes, one, above) for one in _inner_shapes(shapes, shape)]
    return max(1, before + max(inner))


def _inner_shapes(shapes: Graph, shape: Node) -> Iterator[Node]:
    for term in _INNER:
        yield from shapes.objects(shape, term)
    for term in _LISTED:
        for head in shapes.objects(shape, term):
            yield from Collection(shapes, head)


def _length(shapes: Graph, path: Node) -> int:
    """Steps of a property path (SHACL, section 2.3.1)."""
    if not isinstance(path, BNode):
        return 1
    if (path, RDF.first, None) in shapes:
        return sum(_length(shapes, part) for part in Collection(shapes, path))
    if (path, SH.inversePath, None) in shapes:
        # What points to a node is told by the description of the other one.
        return 2
    if (inner := shapes.value(path, SH.zeroOrOnePath)) is not None:
        return _length(shapes, inner)
    choices = shapes.value(path, SH.alternativePath)
    if choices is None:
        return 1
    return max(_length(shapes, part) for part in Collection(shapes, choices))
