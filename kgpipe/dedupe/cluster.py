"""Clusters of names: the transitive closure of accepted pairs, as far as no veto stands in it."""

from collections.abc import Callable, Sequence


def cluster_pairs(
    count: int,
    pairs: Sequence[tuple[float, int, int]],
    *,
    conflicts: Callable[[int, int], bool],
) -> tuple[list[list[int]], list[tuple[float, int, int]]]:
    """Join items by falling score, refusing a union that would put a conflicting pair together.

    The outcome depends on scores and item numbers alone, not on the order of `pairs`.

    Args:
        count: items are 0 to count - 1.
        pairs: (score, left, right).
        conflicts: whether two items must never share a cluster; symmetric.

    Returns:
        The clusters, each sorted, by first item; and the pairs that joined them, a spanning tree
        of each.
    """
    cluster_of = list(range(count))
    members = [[item] for item in range(count)]
    joined = []
    for score, left, right in sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2])):
        small, large = sorted((cluster_of[left], cluster_of[right]), key=lambda c: len(members[c]))
        if small == large:
            continue
        if any(conflicts(a, b) for a in members[small] for b in members[large]):
            continue
        joined.append((score, left, right))
        for item in members[small]:
            cluster_of[item] = large
        members[large] += members[small]
        members[small] = []
    return sorted(sorted(cluster) for cluster in members if cluster), joined
