"""How specific the paths between two nodes are: through few hubs, and many at once."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from kgpipe.verify.graph_neighbours import degrees_left
from kgpipe.verify.known_graph import Asked, Floats, Ints, KnownGraph, Matrix, entries, states
from kgpipe.verify.least_cost_flow import Arc, augment_cheapest

# Sources of one search: bounds its memory to this many rows of distances.
_CHUNK = 256


def knowledge_linker(graph: KnownGraph, asked: Asked) -> Floats:
    """1 / (1 + sum of log degree of the nodes between), of the best path; 0 without one.

    Ciampaglia et al. 2015, equation 2: a path says the more, the less general its nodes are; two
    nodes joined by another relation have 1.
    """
    # A node costs what it takes to enter it; a leaf is entered as an end only, and the cost of the
    # end is taken off again, so that any positive number does.
    costs = np.where(graph.degrees > 1, np.log(np.maximum(graph.degrees, 2.0)), 1.0)
    arcs = _entering(graph.adjacency, costs)
    distances = np.full(len(asked.heads), np.inf)
    plain = np.flatnonzero(~asked.cut)
    sources, places = np.unique(asked.heads[plain], return_inverse=True)
    for start in range(0, len(sources), _CHUNK):
        rows = np.flatnonzero((places >= start) & (places < start + _CHUNK))
        found = dijkstra(arcs, indices=sources[start : start + _CHUNK])
        distances[plain[rows]] = found[places[rows] - start, asked.tails[plain[rows]]]
    for row in np.flatnonzero(asked.cut):
        distances[row] = _without_edge(arcs, int(asked.heads[row]), int(asked.tails[row]))
    # Of a node with itself, and of two unknown ones, which share a number, there is no path.
    distances[asked.heads == asked.tails] = np.inf
    specificity: Floats = 1 / (1 + np.maximum(distances - costs[asked.tails], 0.0))
    return specificity


def _entering(adjacency: Matrix, costs: Floats) -> Matrix:
    values = costs[adjacency.indices]
    return csr_array((values, adjacency.indices, adjacency.indptr), shape=adjacency.shape)


def _without_edge(arcs: Matrix, head: int, tail: int) -> float:
    """Cheapest way that does not take the edge itself; the way back is on no cheapest way."""
    row = slice(arcs.indptr[head], arcs.indptr[head + 1])
    at = arcs.indptr[head] + int(np.flatnonzero(arcs.indices[row] == tail)[0])
    cost = arcs.data[at]
    arcs.data[at] = np.inf
    distance = float(dijkstra(arcs, indices=np.array([head]))[0, tail])
    arcs.data[at] = cost
    return distance


def knowledge_stream(graph: KnownGraph, asked: Asked) -> Floats:
    """Flow of knowledge from head to tail over all ways with at most two nodes between.

    Shiralkar et al. 2017, sections 3.1 to 3.4: the greatest flow of least cost. To enter a node
    costs the log of its degree; an edge's capacity is the likeness of its relation to the asked one
    over 1 + log degree of the node that it enters. What flows over a path counts times
    1 / (1 + cost of the nodes between).

    The paper bounds no path. Two nodes between keep the search small in a large graph. Measured on
    the valid triples of CoDEx-S, with one node between, with two, without a bound: area under the
    curve .636, .808, .724; mean of the areas by relation .703, .699, .635; accuracy with thresholds
    by relation, held out, .803, .794, .786; of the stack of all graph scores .839, .842, .843.
    """
    likeness = relation_likeness(graph)
    logs = np.log(np.maximum(graph.degrees, 1.0))
    tails_left = np.log(np.maximum(degrees_left(graph, asked)[1], 1.0))
    flows: Floats = _direct(graph, asked, likeness) / (1 + tails_left)
    edges = _edge_numbers(graph)
    for relation in np.unique(asked.relations):
        alike = _alike_edges(graph, edges, likeness[relation])
        # Of a node with itself, and of two unknown ones, which share a number, there is no path.
        for row in np.flatnonzero((asked.relations == relation) & (asked.heads != asked.tails)):
            head, tail = int(asked.heads[row]), int(asked.tails[row])
            size, arcs = _arcs_between(alike, logs, head, tail, log_tail=float(tails_left[row]))
            flows[row] += sum(
                found.amount / (1 + found.cost)
                for found in augment_cheapest(arcs, size=size, source=0, sink=1)
            )
    return flows


def _arcs_between(
    alike: Matrix, logs: Floats, head: int, tail: int, *, log_tail: float
) -> tuple[int, list[Arc]]:
    """The ways over one or two nodes between, as a network of so many nodes; 0 head, 1 tail.

    A neighbour of both stands twice, among the first nodes between and among the last. To change
    from one to the other is free: the short way and the long ones then share the edge to the tail.
    """
    firsts, to_firsts = _others(alike, head, tail)
    lasts, to_tail = _others(alike, tail, head)
    first_nodes = 2 + np.arange(len(firsts))
    last_nodes = 2 + len(firsts) + np.arange(len(lasts))
    links = alike[firsts][:, lasts].tocoo()
    entered = lasts[links.col]
    _, leave, enter = np.intersect1d(firsts, lasts, assume_unique=True, return_indices=True)
    groups = (
        (np.zeros_like(firsts), first_nodes, to_firsts / (1 + logs[firsts]), logs[firsts]),
        (
            first_nodes[links.row],
            last_nodes[links.col],
            links.data / (1 + logs[entered]),
            logs[entered],
        ),
        (first_nodes[leave], last_nodes[enter], np.full(len(leave), np.inf), np.zeros(len(leave))),
        (last_nodes, np.ones_like(lasts), to_tail / (1 + log_tail), np.zeros(len(lasts))),
    )
    columns = (np.concatenate(column).tolist() for column in zip(*groups, strict=True))
    return 2 + len(firsts) + len(lasts), list(zip(*columns, strict=True))


def _others(alike: Matrix, node: int, without: int) -> tuple[Ints, Floats]:
    """Neighbours of a node but one, and the values of the edges."""
    row = slice(alike.indptr[node], alike.indptr[node + 1])
    kept = alike.indices[row] != without
    return alike.indices[row][kept].astype(np.int64), alike.data[row][kept]


def relation_likeness(graph: KnownGraph) -> Floats:
    """Cosine of relations by which relations they share nodes with, weighted by TF-IDF.

    Shiralkar et al. 2017, section 3.4, on the contracted line graph: the entry of two relations is
    log(1 + times that their edges meet). Shape (r, r); the unknown relation is like none.
    """
    touched = np.column_stack([
        np.asarray(matrix.sum(axis=0)).ravel() + np.asarray(matrix.sum(axis=1)).ravel()
        for matrix in graph.directed
    ])  # fmt: skip
    meets = touched.T @ touched
    meets[np.diag_indices(len(meets))] -= touched.sum(axis=0)
    present = (meets > 0).sum(axis=0)
    rarity = np.log(len(graph.relations) / np.maximum(present, 1)) if len(graph.relations) else 0.0
    # A relation that meets all others still tells something, hence the one.
    profile = np.log1p(meets) * (1 + rarity)
    norms = np.sqrt((profile**2).sum(axis=1))
    norms = np.where(norms > 0, norms, np.inf)
    cosine: Floats = (profile @ profile.T) / np.outer(norms, norms)
    return cosine


def _direct(graph: KnownGraph, asked: Asked, likeness: Floats) -> Floats:
    """Likeness of the most alike relation that joins head and tail without the asked triple."""
    best = np.zeros(len(asked.heads))
    for relation in range(len(graph.relations)):
        numbers = np.full(len(best), relation, dtype=np.int64)
        left_out = asked.own & (asked.relations == relation)
        joined = states(graph, asked.heads, numbers, asked.tails)
        joined |= states(graph, asked.tails, numbers, asked.heads)
        value = likeness[asked.relations, relation]
        best = np.where(joined & ~left_out, np.maximum(best, value), best)
    return best


def _edge_numbers(graph: KnownGraph) -> Ints:
    """The place in the adjacency's data of each triple in either direction, shape (2, m)."""
    numbered = graph.adjacency.copy()
    numbered.data = np.arange(1, numbered.nnz + 1, dtype=np.float64)
    heads, tails = graph.triples[:, 0], graph.triples[:, 2]
    pairs = ((heads, tails), (tails, heads))
    places = np.array([entries(numbered, ends, others) for ends, others in pairs])
    return places.astype(np.int64) - 1


def _alike_edges(graph: KnownGraph, edges: Ints, likeness: Floats) -> Matrix:
    """The undirected graph; an edge's value is the likeness of its most alike relation."""
    values = np.zeros(graph.adjacency.nnz)
    for places in edges:
        np.maximum.at(values, places, likeness[graph.triples[:, 1]])
    shape = graph.adjacency.shape
    return csr_array((values, graph.adjacency.indices, graph.adjacency.indptr), shape=shape)
