from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.dedupe.cluster import cluster_pairs

COUNT = 8
ITEM = st.integers(0, COUNT - 1)
PAIRS = st.lists(
    st.tuples(st.sampled_from([0.85, 0.9, 0.95]), ITEM, ITEM).filter(lambda p: p[1] < p[2]),
    unique_by=lambda pair: pair[1:],
)
CONFLICTS = st.sets(st.tuples(ITEM, ITEM).filter(lambda p: p[0] < p[1]), max_size=6)


def test_closure_is_transitive() -> None:
    clusters, joined = cluster_pairs(
        4, [(0.9, 0, 1), (0.95, 1, 2), (0.86, 0, 2)], conflicts=lambda a, b: False
    )
    assert clusters == [[0, 1, 2], [3]]
    assert joined == [(0.95, 1, 2), (0.9, 0, 1)]


def test_a_bridge_does_not_join_what_a_veto_separates() -> None:
    """0 and 2 are two things that 1 resembles: the closer one gets it."""
    clusters, _ = cluster_pairs(
        3, [(0.9, 0, 1), (0.95, 1, 2)], conflicts=lambda a, b: {a, b} == {0, 2}
    )
    assert clusters == [[0], [1, 2]]


@given(PAIRS, CONFLICTS, st.randoms(use_true_random=False))
@settings(derandomize=True, deadline=None, max_examples=300)
def test_partition_without_conflicts_whatever_the_order(
    pairs: list[tuple[float, int, int]], apart: set[tuple[int, int]], random: Random
) -> None:
    def conflicts(left: int, right: int) -> bool:
        return (min(left, right), max(left, right)) in apart

    clusters, joined = cluster_pairs(COUNT, pairs, conflicts=conflicts)
    assert sorted(item for cluster in clusters for item in cluster) == list(range(COUNT))
    assert not [(a, b) for c in clusters for a in c for b in c if a < b and conflicts(a, b)]
    assert len(joined) == COUNT - len(clusters)
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert cluster_pairs(COUNT, shuffled, conflicts=conflicts) == (clusters, joined)
