"""Names joined and kept apart as people decided, before the cascade may join what is left.

Decisions come first; then names of one form, then names that stand for one name, each unless that
would put names together that must stay apart: also by way of a third.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from kgpipe.decisions import Constraints


class Join(NamedTuple):
    """Two names that became one, the main one first."""

    left: str
    right: str


class _Clusters:
    """Clusters of names, each with the blocks of decisions that it touches."""

    def __init__(self, names: Iterable[str], constraints: Constraints) -> None:
        self._constraints = constraints
        self._cluster = {name: [name] for name in names}
        self._blocks = {
            name: set() if (block := constraints.block(name)) is None else {block}
            for name in self._cluster
        }
        self.joins: list[Join] = []

    def join(self, left: str, right: str) -> bool:
        """Make two names one; False if they must stay apart."""
        ours, theirs = self._cluster[left], self._cluster[right]
        if ours is theirs:
            return True
        if self._constraints.separate(self._blocks[ours[0]], self._blocks[theirs[0]]):
            return False
        self._blocks[ours[0]] |= self._blocks[theirs[0]]
        ours += theirs
        self._cluster.update(dict.fromkeys(theirs, ours))
        self.joins.append(Join(left, right))
        return True

    def join_to_first(self, names: Iterable[str]) -> list[str]:
        """Join each name to the first before it that it may be one with; return those left."""
        heads: list[str] = []
        for name in names:
            if not any(self.join(head, name) for head in heads):
                heads.append(name)
        return heads

    def clusters(self) -> list[list[str]]:
        return list({id(cluster): cluster for cluster in self._cluster.values()}.values())


def join_names(
    nodes: Sequence[Sequence[Sequence[str]]],
    constraints: Constraints,
    *,
    rank: Callable[[str], tuple[int, int, str]],
) -> tuple[list[list[str]], list[Join]]:
    """Cluster the names of nodes that decisions touch.

    Args:
        nodes: of each, its groups; of each group, names of one form, the main one first.
        constraints: what people decided.
        rank: the lower, the more a name is the main one; no two names have the same.

    Returns:
        Clusters of names, the main one first, in its order; and the joins that made them, one less
        than names in each cluster.
    """
    names = [name for node in nodes for group in node for name in group]
    clusters = _Clusters(names, constraints)
    _join_decided(clusters, sorted(names, key=rank), constraints, rank=rank)
    for node in nodes:
        heads = [head for group in node for head in clusters.join_to_first(group)]
        clusters.join_to_first(sorted(heads, key=rank))
    found = [sorted(cluster, key=rank) for cluster in clusters.clusters()]
    return sorted(found, key=lambda cluster: rank(cluster[0])), clusters.joins


def _join_decided(
    clusters: _Clusters,
    names: Sequence[str],
    constraints: Constraints,
    *,
    rank: Callable[[str], tuple[int, int, str]],
) -> None:
    """Join the names of each block: spellings, then decided pairs, then what is joined by both."""
    spellings: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        if constraints.block(name) is not None:
            spellings[constraints.term_of(name)].append(name)
    blocks: defaultdict[int, list[str]] = defaultdict(list)
    for term, found in spellings.items():
        clusters.join_to_first(found)
        blocks[constraints.block_of[term]].append(found[0])
    for left, right in constraints.same:
        if left in spellings and right in spellings:
            first, second = sorted((spellings[left][0], spellings[right][0]), key=rank)
            clusters.join(first, second)
    for heads in blocks.values():
        clusters.join_to_first(heads)
