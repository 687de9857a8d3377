import networkx
from hypothesis import given, settings
from hypothesis import strategies as st

from kgpipe.verify.least_cost_flow import Augmentation, augment_cheapest

SIZE = 6
ENDS = st.integers(0, SIZE - 1)
# Capacity and cost by tail and head; networkx needs whole numbers.
ARCS = st.dictionaries(
    st.tuples(ENDS, ENDS).filter(lambda pair: pair[0] != pair[1]),
    st.tuples(st.integers(0, 9), st.integers(0, 9)),
    max_size=24,
)


def test_the_cheaper_of_two_paths_is_filled_first() -> None:
    arcs = [(0, 2, 3.0, 5.0), (2, 1, 2.0, 0.0), (0, 3, 4.0, 1.0), (3, 1, 9.0, 2.0)]
    found = list(augment_cheapest(arcs, size=4, source=0, sink=1))
    assert found == [Augmentation(4, 3), Augmentation(2, 5)]


def test_a_bottleneck_is_shared_by_taking_flow_back() -> None:
    # All flow goes first by 2 and 3, then half of it turns: 0-3 enters what 2-1 leaves.
    arcs = [
        (0, 2, 1.0, 1.0),
        (2, 3, 1.0, 1.0),
        (3, 1, 1.0, 1.0),
        (0, 3, 1.0, 4.0),
        (2, 1, 1.0, 5.0),
    ]
    found = list(augment_cheapest(arcs, size=4, source=0, sink=1))
    assert found == [Augmentation(1, 3), Augmentation(1, 4 - 1 + 5)]


def test_nothing_flows_into_a_dead_end() -> None:
    assert not list(augment_cheapest([(0, 2, 1.0, 1.0)], size=3, source=0, sink=1))


@settings(derandomize=True, deadline=None, max_examples=200)
@given(ARCS)
def test_amount_and_cost_are_those_of_networkx(
    arcs: dict[tuple[int, int], tuple[int, int]],
) -> None:
    graph: networkx.DiGraph[int] = networkx.DiGraph()
    graph.add_nodes_from(range(SIZE))
    for (tail, head), (capacity, cost) in arcs.items():
        graph.add_edge(tail, head, capacity=capacity, weight=cost)
    reference = networkx.max_flow_min_cost(graph, 0, 1)
    asked = [
        (tail, head, float(capacity), float(cost))
        for (tail, head), (capacity, cost) in arcs.items()
    ]
    found = list(augment_cheapest(asked, size=SIZE, source=0, sink=1))
    arrived = sum(flows.get(1, 0) for flows in reference.values()) - sum(reference[1].values())
    assert sum(step.amount for step in found) == arrived
    total = sum(step.amount * step.cost for step in found)
    assert total == networkx.cost_of_flow(graph, reference)
    assert [step.cost for step in found] == sorted(step.cost for step in found)
