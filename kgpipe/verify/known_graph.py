"""Known triples as sparse matrices, and what of them must not speak for an asked triple.

Nodes and relations are numbered in sorted order; one more number after the last stands for all that
the graph does not know, with empty rows, so that any triple can be asked about.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Triple = tuple[str, str, str]
# Rows, columns and numbers are what the types of scipy cannot say.
Matrix = Any


class KnownGraph(NamedTuple):
    """A graph of n - 1 nodes and r - 1 relations; the last number of either is the unknown one.

    `triples` is (m, 3), sorted, without repeats and loops; `codes` has one sorted
    number for each. `directed` holds one (n, n) matrix of
    0 and 1 for each relation, `adjacency` the undirected graph of them all, `degrees` its numbers
    of neighbours, shape (n,). `classes` is (n, c), or None where no types were given.
    """

    nodes: dict[str, int]
    relations: dict[str, int]
    triples: Ints
    codes: Ints
    directed: tuple[Matrix, ...]
    adjacency: Matrix
    degrees: Floats
    classes: Matrix | None

    @property
    def size(self) -> int:
        """Rows of the matrices: the nodes and the unknown one."""
        return len(self.nodes) + 1


class Asked(NamedTuple):
    """Asked triples by number, shape (k,) each, and what is left out for each.

    `own` says that the triple is among the known ones: it is left out, and where the reverse is
    known too (`mirror`), that as well. `cut` says that its two nodes are then no neighbours.
    """

    heads: Ints
    relations: Ints
    tails: Ints
    own: Bools
    mirror: Bools
    cut: Bools

    def take(self, rows: Any) -> "Asked":
        """The triples at `rows`."""
        return Asked(*(column[rows] for column in self))


def build_graph(
    triples: Iterable[Triple], *, types: Mapping[str, Collection[str]] | None = None
) -> KnownGraph:
    """Number and index known triples; a triple of a node with itself is dropped.

    Args:
        triples: (subject, predicate, object); order and repeats do not matter.
        types: classes of each node, where they are known.
    """
    kept = sorted({triple for triple in triples if triple[0] != triple[2]})
    nodes = _numbers(name for head, _, tail in kept for name in (head, tail))
    relations = _numbers(relation for _, relation, _ in kept)
    rows = [(nodes[head], relations[name], nodes[tail]) for head, name, tail in kept]
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    size = len(nodes) + 1
    directed = tuple(
        _matrix(table[table[:, 1] == number][:, [0, 2]], size)
        for number in range(len(relations) + 1)
    )
    both = np.vstack([table[:, [0, 2]], table[:, [2, 0]]])
    adjacency = _matrix(np.unique(both, axis=0), size)
    return KnownGraph(
        nodes,
        relations,
        table,
        np.sort(_codes(*table.T, size=size)),
        directed,
        adjacency,
        np.asarray(adjacency.sum(axis=1), dtype=np.float64).ravel(),
        None if types is None else _classes(nodes, types),
    )


def find_asked(graph: KnownGraph, asked: Sequence[Triple]) -> Asked:
    """Number the asked triples and find which of them the graph states itself."""
    no_node, no_relation = len(graph.nodes), len(graph.relations)
    heads = np.array([graph.nodes.get(h, no_node) for h, _, _ in asked], dtype=np.int64)
    relations = np.array([graph.relations.get(r, no_relation) for _, r, _ in asked], dtype=np.int64)
    tails = np.array([graph.nodes.get(t, no_node) for _, _, t in asked], dtype=np.int64)
    own = states(graph, heads, relations, tails)
    mirror = own & states(graph, tails, relations, heads)
    between = _pairs(graph, graph.triples[:, 0], graph.triples[:, 2])
    pairs, counts = np.unique(between, return_counts=True)
    links = np.append(counts, 0)[_places(pairs, _pairs(graph, heads, tails))]
    return Asked(heads, relations, tails, own, mirror, own & (links == 1 + mirror))


def states(graph: KnownGraph, heads: Ints, relations: Ints, tails: Ints) -> Bools:
    """Whether the graph states each of the numbered triples."""
    return _places(graph.codes, _codes(heads, relations, tails, size=graph.size)) >= 0


def reverse(graph: KnownGraph, asked: Asked) -> tuple[KnownGraph, Asked]:
    """The same with subjects and objects exchanged."""
    triples = graph.triples[:, [2, 1, 0]]
    turned = graph._replace(
        triples=triples,
        codes=np.sort(_codes(*triples.T, size=graph.size)),
        directed=tuple(matrix.T.tocsr() for matrix in graph.directed),
    )
    return turned, asked._replace(heads=asked.tails, tails=asked.heads)


def entries(matrix: Matrix, rows: Ints, columns: Ints) -> Floats:
    """The values at the given places, as a plain array."""
    found: Matrix = matrix[rows, columns]
    # Which of the two it is depends on scipy's version and the type of the places.
    values = found.toarray() if hasattr(found, "toarray") else found
    return np.asarray(values, dtype=np.float64).ravel()


def _codes(heads: Ints, relations: Ints, tails: Ints, *, size: int) -> Ints:
    codes: Ints = (relations * size + heads) * size + tails
    return codes


def _numbers(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(set(names)))}


def _matrix(pairs: Ints, size: int) -> Matrix:
    ones = np.ones(len(pairs))
    return sparse.csr_array((ones, (pairs[:, 0], pairs[:, 1])), shape=(size, size))


def _classes(nodes: Mapping[str, int], types: Mapping[str, Collection[str]]) -> Matrix:
    classes = _numbers(name for node in nodes for name in types.get(node, ()))
    pairs = np.array(
        sorted({(nodes[node], classes[c]) for node in nodes for c in types.get(node, ())}),
        dtype=np.int64,
    ).reshape(-1, 2)
    shape = (len(nodes) + 1, len(classes))
    return sparse.csr_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=shape)


def _pairs(graph: KnownGraph, ends: Ints, others: Ints) -> Ints:
    """One number for both directions of two nodes."""
    codes: Ints = np.minimum(ends, others) * graph.size + np.maximum(ends, others)
    return codes


def _places(sorted_values: Ints, wanted: Ints) -> Ints:
    """Where each wanted value stands; -1 where it does not."""
    places = np.searchsorted(sorted_values, wanted)
    inside = np.minimum(places, max(0, len(sorted_values) - 1))
    same = sorted_values[inside] == wanted if len(sorted_values) else np.zeros(len(wanted), bool)
    return np.where(same, inside, -1)
