"""How usual a triple is for its relation: frequent ends, fitting classes, one value where one fits.

Every count leaves the asked triple (and its reverse, where both are known) out, exactly.
"""

import numpy as np
from scipy import sparse

from kgpipe.verify.known_graph import (
    Asked,
    Bools,
    Floats,
    Ints,
    KnownGraph,
    Matrix,
    entries,
    states,
)

# What is added to the count of cases of a rule (Meilicke et al. 2019, section 4): a rule seen to
# hold once of once is no certain one.
_UNSEEN_CASES = 5.0


def tail_frequency(graph: KnownGraph, asked: Asked) -> Floats:
    """P(t | r): the share of the relation's triples that have this object."""
    totals = np.array([matrix.sum() for matrix in graph.directed])
    objects = np.zeros(len(asked.heads))
    for relation, rows in _by_relation(asked):
        objects[rows] = _sums(graph.directed[relation], axis=0)[asked.tails[rows]]
    left = totals[asked.relations] - asked.own - asked.mirror
    return _shares(objects - asked.own, left)


def domain_violation(graph: KnownGraph, asked: Asked) -> Floats:
    """1 - the share of the relation's subjects that have the subject's most usual class.

    Classes are the types given with the graph, or else, as classes induced from use, the roles
    (subject or object of a relation) that a node has besides the asked one. Both ends of the asked
    triple are no witnesses; 0 where none is left, 1 where no witness shares a class.
    """
    violations = np.zeros(len(asked.heads))
    classes = _roles(graph) if graph.classes is None else graph.classes
    for relation, rows in _by_relation(asked):
        heads, tails = asked.heads[rows], asked.tails[rows]
        members = (_sums(graph.directed[relation], axis=1) > 0).astype(np.float64)
        of_heads, of_tails = classes[heads].toarray(), classes[tails].toarray()
        inside, apart = members[heads, None], members[tails, None] * (heads != tails)[:, None]
        counts = members @ classes - inside * of_heads - apart * of_tails
        witnesses = members.sum() - inside - apart
        if graph.classes is None:
            of_heads[:, relation] = 0
            # Left out, the reverse does not make the subject an object of the relation.
            objects = _sums(graph.directed[relation], axis=0)[heads]
            of_heads[:, len(graph.directed) + relation] *= objects > asked.mirror[rows]
        best = (_shares(counts, witnesses) * of_heads).max(axis=1, initial=0.0)
        violations[rows] = np.where(witnesses[:, 0] > 0, 1 - best, 0.0)
    return violations


def functionality_violation(graph: KnownGraph, asked: Asked) -> Floats:
    """How surely the relation has one object, where the subject has another one; else 0.

    Surely: the share of subjects with one object, among those that are no end of the asked triple.
    """
    violations = np.zeros(len(asked.heads))
    for relation, rows in _by_relation(asked):
        objects = _sums(graph.directed[relation], axis=1)
        heads, tails = asked.heads[rows], asked.tails[rows]
        numbers = np.full(len(rows), relation, dtype=np.int64)
        another = objects[heads] - states(graph, heads, numbers, tails) > 0
        apart = (heads != tails).astype(np.float64)
        single = (objects == 1).sum() - (objects[heads] == 1) - apart * (objects[tails] == 1)
        subjects = (objects > 0).sum() - (objects[heads] > 0) - apart * (objects[tails] > 0)
        violations[rows] = another * _shares(single, subjects)
    return violations


def rule_confidence(graph: KnownGraph, asked: Asked) -> Floats:
    """Confidence of the best rule "who has (s, x) has (r, t)" among all that the subject has.

    Rules of one atom with a constant (Meilicke et al. 2019, AnyBURL, section 3); s is taken in
    either direction. A rule's cases are the relation's subjects that have (s, x), the ends of the
    asked triple aside.
    """
    best = np.zeros(len(asked.heads))
    traits = sparse.hstack([side for m in graph.directed for side in (m, m.T)], format="csr")
    for relation, rows in _by_relation(asked):
        own_traits = 2 * relation * graph.size + asked.tails[rows]
        best[rows] = _best_rules(graph.directed[relation], traits, asked.take(rows), own_traits)
    return best


def _best_rules(facts: Matrix, traits: Matrix, asked: Asked, own_traits: Ints) -> Floats:
    """`asked` are of one relation; `own_traits` the columns of (r, t), those of reverses follow."""
    members = (_sums(facts, axis=1) > 0).astype(np.float64)
    cases = members @ traits
    tails, places = np.unique(asked.tails, return_inverse=True)
    held = (facts[:, tails].T @ traits).tocsr()
    applying = traits[asked.heads].multiply(held[places]).tocoo()
    row, trait = applying.coords
    of_tail = entries(traits, asked.tails[row], trait)
    apart = members[asked.tails] * (asked.heads != asked.tails)
    others = cases[trait] - members[asked.heads[row]] - apart[row] * of_tail
    confidence = (applying.data - asked.own[row]) / (others + _UNSEEN_CASES)
    reverses = own_traits + facts.shape[0]
    left_out = (trait == own_traits[row]) | (asked.mirror[row] & (trait == reverses[row]))
    best = np.zeros(len(asked.heads))
    np.maximum.at(best, row, np.where(left_out, 0.0, confidence))
    return best


def _roles(graph: KnownGraph) -> Matrix:
    """Whether each node is a subject, then whether an object, of each relation: (n, 2 r)."""
    columns = [_sums(m, axis=axis) > 0 for axis in (1, 0) for m in graph.directed]
    return sparse.csr_array(np.column_stack(columns).astype(np.float64))


def _by_relation(asked: Asked) -> list[tuple[int, Ints]]:
    numbers = np.unique(asked.relations).tolist()
    return [(number, np.flatnonzero(asked.relations == number)) for number in numbers]


def _sums(matrix: Matrix, *, axis: int) -> Floats:
    return np.asarray(matrix.sum(axis=axis), dtype=np.float64).ravel()


def _shares(parts: Floats | Bools, wholes: Floats) -> Floats:
    shares: Floats = np.where(wholes > 0, parts / np.maximum(wholes, 1.0), 0.0)
    return shares
