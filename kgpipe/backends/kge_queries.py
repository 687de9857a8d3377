"""The questions that a graph answers: which objects has a subject under a relation, and back.

A question backwards, (?, relation, object), is asked of the relation's inverse, whose number is
that of the relation plus the count of relations: (object, relation + count, ?).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]


class Queries(NamedTuple):
    """Distinct (subject, relation) pairs, sorted, with all known objects of each.

    Shapes: subjects and relations (n,), starts (n + 1,), objects (m,); the objects of query i are
    objects[starts[i]:starts[i + 1]].
    """

    subjects: Ints
    relations: Ints
    starts: Ints
    objects: Ints


def with_inverses(triples: Ints, *, relations: int) -> Ints:
    """The triples, (n, 3), followed by their inverses: (2n, 3)."""
    return np.concatenate([triples, triples[:, [2, 1, 0]] + np.array([0, relations, 0])])


def group_queries(triples: Ints, *, relations: int) -> Queries:
    """The questions, in both directions, that the triples, (n, 3), answer."""
    facts = np.unique(with_inverses(triples, relations=relations), axis=0)
    pairs, starts = np.unique(facts[:, :2], axis=0, return_index=True)
    return Queries(pairs[:, 0], pairs[:, 1], np.append(starts, len(facts)), facts[:, 2])


def known_objects(queries: Queries, rows: Ints, *, entities: int) -> Floats:
    """1 for each known object of the queries `rows`, else 0: (len(rows), entities)."""
    known = np.zeros((len(rows), entities), dtype=np.float32)
    counts = queries.starts[rows + 1] - queries.starts[rows]
    # Positions in `objects`: each query's start, then one by one.
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    objects = queries.objects[np.repeat(queries.starts[rows], counts) + offsets]
    known[np.repeat(np.arange(len(rows)), counts), objects] = 1
    return known


def find_queries(queries: Queries, subjects: Ints, relations: Ints) -> Ints:
    """The row of each pair, (n,), or -1 where the graph answers no such question."""
    # Pairs sort as these numbers do.
    width = int(max(queries.relations.max(initial=0), relations.max(initial=0))) + 1
    keys = queries.subjects * width + queries.relations
    wanted = subjects * width + relations
    places = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[places] == wanted, places, -1)
