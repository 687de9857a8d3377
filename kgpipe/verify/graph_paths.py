"""Which paths of relations join two nodes, and how far those tell that a relation does.

A path has one or two steps; a step is a relation taken forwards or backwards. For each relation
the paths are weighed on all pairs of its known subjects with its known objects: the pairs that are
known facts against all corrupted ones, so that nothing is drawn at random.
"""

from typing import NamedTuple

import numpy as np
from scipy import sparse

from kgpipe.stats.logistic import fit_logistic
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

# Pairs to weigh the paths of one relation on; beyond it every second, third, ... subject counts.
_MAX_PAIRS = 400_000
# Pairs of nodes whose paths are listed at once.
_CHUNK = 20_000
# A path seen at fewer pairs says nothing, and the regression takes the most telling ones.
_MIN_PAIRS, _MAX_PATHS = 3, 100
_PENALTY = 1.0


class Sample(NamedTuple):
    """The pairs that paths of a relation are weighed on: `paths` (n, p) of 0 and 1, and facts."""

    heads: Ints
    tails: Ints
    facts: Bools
    paths: Matrix


class PathScores(NamedTuple):
    """Both scores of each asked triple, shape (k,)."""

    npmi: Floats
    predpath: Floats


def score_paths(graph: KnownGraph, asked: Asked) -> PathScores:
    """COPAAL's and PredPath's score of each asked triple; 0 where the relation is unknown."""
    scores = PathScores(np.zeros(len(asked.heads)), np.zeros(len(asked.heads)))
    walker = Walker(graph)
    for relation in np.unique(asked.relations).tolist():
        rows = np.flatnonzero(asked.relations == relation)
        sample = draw_sample(graph, walker, relation)
        if not sample.facts.any():
            continue
        some = asked.take(rows)
        paths = walker.paths(some.heads, some.tails, relation, mirror=some.mirror)
        inside = np.isin(some.heads, sample.heads) & np.isin(some.tails, sample.tails)
        inside &= some.heads != some.tails
        scores.npmi[rows] = corroboration(sample, paths, inside=inside, own=some.own)
        scores.predpath[rows] = regression(sample, paths, inside=inside, own=some.own)
    return scores


def draw_sample(graph: KnownGraph, walker: "Walker", relation: int) -> Sample:
    """All pairs of subjects and objects of a relation, or of every n-th subject."""
    facts = graph.triples[graph.triples[:, 1] == relation]
    heads, tails = np.unique(facts[:, 0]), np.unique(facts[:, 2])
    step = max(1, -(-len(heads) * len(tails) // _MAX_PAIRS))
    heads = heads[::step]
    first, second = np.repeat(heads, len(tails)), np.tile(tails, len(heads))
    apart = first != second
    first, second = first[apart], second[apart]
    known = states(graph, first, np.full(len(first), relation), second)
    return Sample(first, second, known, walker.paths(first, second, relation))


class Walker:
    """Lists the paths between pairs of nodes.

    An ordered pair of neighbours has a set of steps; equal sets have one number, so that the paths
    through a node between depend on two such numbers.
    """

    def __init__(self, graph: KnownGraph) -> None:
        relations = len(graph.directed)
        self.steps = 2 * relations
        heads, names, tails = graph.triples.T
        # A step is the relation's number, plus the number of relations for its reverse.
        ends = np.concatenate([heads, tails]) * graph.size + np.concatenate([tails, heads])
        pairs, places = np.unique(ends, return_inverse=True)
        taken = np.concatenate([names, names + relations])
        of_pair = sparse.csr_array(
            (np.ones(len(taken)), (places, taken)), shape=(len(pairs), self.steps)
        )
        rows = [tuple(row) for row in np.split(of_pair.indices, of_pair.indptr[1:-1])]
        sets = sorted(set(rows)) if len(pairs) else []
        numbers = {steps: number for number, steps in enumerate(sets, start=1)}
        self.sets = [np.array(steps, dtype=np.int64) for steps in sets]
        self.numbered = sparse.csr_array(
            (
                np.array([numbers[row] for row in rows] if sets else [], dtype=np.float64),
                (pairs // graph.size, pairs % graph.size),
            ),
            shape=graph.adjacency.shape,
        )
        self.linked = graph.adjacency
        self.half = relations

    def paths(
        self, heads: Ints, tails: Ints, relation: int, *, mirror: Bools | None = None
    ) -> Matrix:
        """0 or 1 for each pair and path, shape (n, s + s * s) with s steps.

        The asked relation itself, as one step forwards, is no path; nor is it backwards where
        `mirror` leaves that out.
        """
        chunks = [
            self._chunk(heads[at : at + _CHUNK], tails[at : at + _CHUNK])
            for at in range(0, len(heads), _CHUNK)
        ]
        width = self.steps * (self.steps + 1)
        if not chunks:
            return sparse.csr_array((0, width))
        paths = sparse.vstack(chunks, format="csr")
        columns = paths.indices
        rows = np.repeat(np.arange(len(heads)), np.diff(paths.indptr))
        left_out = columns == relation
        if mirror is not None:
            left_out |= (columns == relation + self.half) & mirror[rows]
        paths.data = np.where(left_out, 0.0, 1.0)
        paths.eliminate_zeros()
        return paths

    def _chunk(self, heads: Ints, tails: Ints) -> Matrix:
        # Neighbours of both: the set from the head to them, and that from the tail to them.
        out = self.numbered[heads].multiply(self.linked[tails]).tocsr()
        back = self.linked[heads].multiply(self.numbered[tails]).tocsr()
        out.sort_indices()
        back.sort_indices()
        base = len(self.sets) + 1
        rows = np.repeat(np.arange(len(heads)), np.diff(out.indptr))
        keys = out.data.astype(np.int64) * base + back.data.astype(np.int64)
        direct = entries(self.numbered, heads, tails).astype(np.int64)
        joined = np.flatnonzero(direct)
        # A set alone has no second one: its key is below the base.
        keys = np.concatenate([keys, direct[joined]])
        rows = np.concatenate([rows, joined])
        kinds, places = np.unique(keys, return_inverse=True)
        expanded = [self._expand(*divmod(key, base)) for key in kinds.tolist()]
        lengths = np.array([len(columns) for columns in expanded], dtype=np.int64)
        width = self.steps * (self.steps + 1)
        spelled = sparse.csr_array(
            (
                np.ones(int(lengths.sum())),
                np.concatenate([*expanded, np.zeros(0, dtype=np.int64)]),
                np.concatenate([[0], np.cumsum(lengths)]),
            ),
            shape=(len(kinds), width),
        )
        taken = sparse.csr_array(
            (np.ones(len(rows)), (rows, places)), shape=(len(heads), len(kinds))
        )
        return taken @ spelled

    def _expand(self, out: int, back: int) -> Ints:
        """The columns of all paths of one step, or of two steps through one node."""
        if not out:
            return self.sets[back - 1]
        # From the tail to the node between, so the second step is the reverse.
        second = (self.sets[back - 1] + self.half) % self.steps
        columns: Ints = (
            self.steps * (1 + np.add.outer(self.sets[out - 1], np.zeros_like(second))) + second
        ).ravel()
        return columns


def corroboration(sample: Sample, paths: Matrix, *, inside: Bools, own: Bools) -> Floats:
    """1 - product of (1 - NPMI) over the paths that join the pair and speak for the relation.

    Syed et al. 2019 (COPAAL), equations 6 and 7, with counts in place of their estimates: a path's
    normalised pointwise mutual information with the relation, over all pairs of the sample. An
    asked pair that is `inside` the sample is left out of the counts.
    """
    facts = float(sample.facts.sum())
    of_path = np.asarray(sample.paths.sum(axis=0)).ravel()
    both = np.asarray(sample.facts.astype(np.float64) @ sample.paths).ravel()
    row = np.repeat(np.arange(paths.shape[0]), np.diff(paths.indptr))
    less, less_facts = inside[row], (inside & own)[row]
    total = len(sample.facts) - less
    joint = both[paths.indices] - less_facts
    expected = (facts - less_facts) * (of_path[paths.indices] - less)
    speaks = (joint > 0) & (joint < total) & (joint * total > expected)
    safe = np.where(speaks, joint, 1.0)
    whole = np.where(speaks, total, 2.0)
    information = np.log(safe * whole / np.where(speaks, expected, 1.0)) / -np.log(safe / whole)
    # A path that goes with every fact and no other pair would leave no doubt at all.
    doubt = np.log1p(-np.minimum(np.where(speaks, information, 0.0), 1 - 1e-9))
    return -np.expm1(np.bincount(row, weights=doubt, minlength=paths.shape[0]))


def regression(sample: Sample, paths: Matrix, *, inside: Bools, own: Bools) -> Floats:
    """Log-odds of the relation from the paths that join the pair.

    Shi and Weninger 2016 (PredPath), section 4: discriminative paths and a logistic regression,
    facts and corrupted pairs of equal total weight. What an asked pair of the sample has itself
    taught is taken back by one step of Newton's method (Pregibon 1981, section 5).
    """
    columns = _telling(sample)
    shown = paths[:, columns].toarray()
    if not len(columns) or sample.facts.all():
        return np.zeros(paths.shape[0])
    taught = sample.paths[:, columns].toarray().astype(np.uint8)
    kinds, places = np.unique(np.packbits(taught, axis=1), axis=0, return_inverse=True)
    design = np.unpackbits(kinds, axis=1, count=len(columns)).astype(np.float64)
    fact_weight = 1.0
    other_weight = float(sample.facts.sum() / (~sample.facts).sum())
    places = places.ravel()
    weighed = np.where(sample.facts, fact_weight, other_weight)
    sizes: Floats = np.bincount(places, weights=weighed, minlength=len(kinds)).astype(np.float64)
    outcomes = np.bincount(places, weights=sample.facts, minlength=len(kinds)) / sizes
    penalties = np.full(len(columns), _PENALTY)
    weights = fit_logistic(design, outcomes, penalties=penalties, sizes=sizes)
    odds = shown @ weights[:-1] + weights[-1]
    full = np.column_stack([design, np.ones(len(design))])
    spread = _spread(full @ weights) * sizes
    curvature = (full * spread[:, None]).T @ full + np.diag(np.append(penalties, 1e-6))
    asked = np.column_stack([shown, np.ones(len(shown))])
    reach = np.einsum("ij,ij->i", asked, np.linalg.solve(curvature, asked.T).T)
    weight = np.where(own, fact_weight, other_weight) * inside
    chance = 1 / (1 + np.exp(-odds))
    taken_back = reach * weight * (own - chance) / (1 - reach * weight * _spread(odds))
    left_out: Floats = odds - taken_back
    return left_out


def _spread(odds: Floats) -> Floats:
    chance = 1 / (1 + np.exp(-odds))
    spread: Floats = chance * (1 - chance)
    return spread


def _telling(sample: Sample) -> Ints:
    """Columns of the paths that differ most between facts and other pairs, by chi-square."""
    count = np.asarray(sample.paths.sum(axis=0)).ravel()
    columns = np.flatnonzero(count >= _MIN_PAIRS)
    both = (sample.facts.astype(np.float64) @ sample.paths)[columns]
    total, facts, count = len(sample.facts), float(sample.facts.sum()), count[columns]
    gap = both - count * facts / total
    chi = gap**2 / np.maximum(count * (total - count), 1.0)
    # Rounded, so that the order of summing never decides.
    best: Ints = columns[np.argsort(-chi.round(12), kind="stable")[:_MAX_PATHS]]
    return np.sort(best)
