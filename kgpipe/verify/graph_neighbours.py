"""How near two nodes are in the undirected graph of known triples, whatever the relations are.

Scores of link prediction (Liben-Nowell and Kleinberg 2007, section 3.2); common neighbours of two
nodes are never affected by an edge between the two, so leaving that out is exact throughout.
"""

from collections.abc import Iterator

import numpy as np

from kgpipe.verify.known_graph import Asked, Floats, KnownGraph, Matrix, entries

# The middle one of the values that Liben-Nowell and Kleinberg tried.
_KATZ_DAMPING = 0.005
# Rows at a time: bounds the memory of walks of two steps, which are dense.
_CHUNK = 1024


def degrees_left(graph: KnownGraph, asked: Asked) -> tuple[Floats, Floats]:
    """Neighbours of heads and of tails without the asked triple, shape (k,) each."""
    return graph.degrees[asked.heads] - asked.cut, graph.degrees[asked.tails] - asked.cut


def degree_product(graph: KnownGraph, asked: Asked) -> Floats:
    """Preferential attachment: the product of both numbers of neighbours."""
    heads, tails = degrees_left(graph, asked)
    return heads * tails


def jaccard(graph: KnownGraph, asked: Asked) -> Floats:
    """Common neighbours among all neighbours of either; 0 where there are none."""
    shared = _common(graph, asked, np.ones(graph.size))
    heads, tails = degrees_left(graph, asked)
    return shared / np.maximum(heads + tails - shared, 1.0)


def adamic_adar(graph: KnownGraph, asked: Asked) -> Floats:
    """Common neighbours z, each counting 1 / log of its number of neighbours."""
    # A common neighbour has two neighbours at least; others never count.
    return _common(graph, asked, 1 / np.log(np.maximum(graph.degrees, 2.0)))


def katz(graph: KnownGraph, asked: Asked) -> Floats:
    """Walks of one, two and three steps between both, damped by each step (Katz 1953)."""
    two, three = np.zeros(len(asked.heads)), np.zeros(len(asked.heads))
    for rows in _chunks(asked):
        tails = graph.adjacency[asked.tails[rows]]
        walks = graph.adjacency[asked.heads[rows]] @ graph.adjacency
        two[rows] = _row_sums(graph.adjacency[asked.heads[rows]].multiply(tails))
        three[rows] = _row_sums(walks.multiply(tails))
    edges = entries(graph.adjacency, asked.heads, asked.tails)
    # Walks of three steps that pass the cut edge: there and back at either end, or thrice over it.
    passing = graph.degrees[asked.heads] + graph.degrees[asked.tails] - 1
    beta = _KATZ_DAMPING
    sums: Floats = (
        beta * (edges - asked.cut) + beta**2 * two + beta**3 * (three - asked.cut * passing)
    )
    return sums


def _common(graph: KnownGraph, asked: Asked, weights: Floats) -> Floats:
    """Sum of the weights of common neighbours."""
    sums = np.zeros(len(asked.heads))
    for rows in _chunks(asked):
        heads, tails = graph.adjacency[asked.heads[rows]], graph.adjacency[asked.tails[rows]]
        sums[rows] = heads.multiply(tails) @ weights
    return sums


def _chunks(asked: Asked) -> Iterator[slice]:
    return (slice(at, at + _CHUNK) for at in range(0, len(asked.heads), _CHUNK))


def _row_sums(matrix: Matrix) -> Floats:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
