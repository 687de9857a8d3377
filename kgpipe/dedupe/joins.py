"""Joins of names by rule, beside those by similarity: the records, and the clusters that grow."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import networkx as nx

from kgpipe.types import Kind

Key = tuple[str, ...]


class Written(NamedTuple):
    """How a name is written, most frequent first, its kind, its cluster, and its mentions.

    `listed` tells that an alias table holds it as a name of its own; `blocks` are those of the
    decisions about its names.
    """

    names: Sequence[str]
    kind: Kind
    listed: bool
    cluster: int
    mentions: int
    blocks: frozenset[int] = frozenset()


class Join(NamedTuple):
    """Rows of a short name and of the longer one that it stands for, and why."""

    short: int
    long: int
    reason: str


class Clusters:
    """The cluster of each name, by row: `of` changes with every merge.

    Args:
        names: of a corpus.
        separate: whether decisions keep any of some blocks apart from any of others.
    """

    def __init__(
        self,
        names: Sequence[Written],
        *,
        separate: Callable[[Iterable[int], Iterable[int]], bool] = lambda _, __: False,
    ) -> None:
        self.of = [name.cluster for name in names]
        self._separate = separate
        self._members: defaultdict[int, list[int]] = defaultdict(list)
        self._blocks: defaultdict[int, set[int]] = defaultdict(set)
        for row, (cluster, name) in enumerate(zip(self.of, names, strict=True)):
            self._members[cluster].append(row)
            self._blocks[cluster] |= name.blocks

    def merge(self, left: int, right: int) -> bool:
        """Put the clusters of two rows together; false if they were one or must stay apart."""
        target, source = self.of[right], self.of[left]
        if target == source or self._separate(self._blocks[target], self._blocks[source]):
            return False
        self._blocks[target] |= self._blocks.pop(source)
        for row in self._members.pop(source):
            self.of[row] = target
            self._members[target].append(row)
        return True


def join_clusters(clusters: Sequence[Sequence[int]], joins: Iterable[Join]) -> list[list[int]]:
    """The clusters with what joins them, each sorted, by first row."""
    graph: nx.Graph[int] = nx.Graph()
    for cluster in clusters:
        nx.add_path(graph, cluster)
    graph.add_edges_from((join.short, join.long) for join in joins)
    return sorted(sorted(part) for part in nx.connected_components(graph))
