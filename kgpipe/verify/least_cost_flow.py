"""The greatest flow between two nodes of a small network, at the least cost."""

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

# Real capacities that cancel leave about 1e-16 behind, which is no way to go.
_NOTHING = 1e-12
Arc = tuple[int, int, float, float]


class Augmentation(NamedTuple):
    """So much more flow, each unit of it at this cost."""

    amount: float
    cost: float


class _Residual(NamedTuple):
    """What can still flow: slot 2i is the arc i, and slot 2i + 1 takes its flow back.

    `leaving` holds the slots that leave each node; `heads`, `free` (capacity left) and `prices`
    are by slot.
    """

    leaving: list[list[int]]
    heads: list[int]
    free: list[float]
    prices: list[float]


def augment_cheapest(
    arcs: Iterable[Arc], *, size: int, source: int, sink: int
) -> Iterator[Augmentation]:
    """Fill the cheapest way that is left until none is: the greatest flow of least cost.

    Successive shortest paths with potentials (Ahuja, Magnanti and Orlin, "Network Flows", 1993,
    section 9.7). Costs never fall from one to the next; how much flows at which cost does not
    depend on which of several equally cheap ways is filled first.

    Args:
        arcs: (tail, head, capacity, cost), neither negative; each way of an edge is an arc.
        size: nodes are numbered below this.
        source: where the flow starts, another node than `sink`.
        sink: where it ends.
    """
    residual = _without_flow(arcs, size)
    # What the rest of a way costs at least; no arc that is left then has a negative reduced cost.
    potentials = _costs_to(residual, sink)
    while slots := _cheapest_way(residual, potentials, source, sink):
        amount = min(residual.free[slot] for slot in slots)
        for slot in slots:
            residual.free[slot] -= amount
            residual.free[slot ^ 1] += amount
        yield Augmentation(amount, potentials[source])


def _without_flow(arcs: Iterable[Arc], size: int) -> _Residual:
    residual = _Residual([[] for _ in range(size)], [], [], [])
    for tail, head, capacity, cost in arcs:
        residual.leaving[tail].append(len(residual.heads))
        residual.leaving[head].append(len(residual.heads) + 1)
        residual.heads.extend((head, tail))
        residual.free.extend((capacity, 0.0))
        residual.prices.extend((cost, -cost))
    return residual


def _costs_to(residual: _Residual, sink: int) -> list[float]:
    """Cost of the cheapest way from each node to the sink; infinite without one."""
    leaving, heads, free, prices = residual
    costs = [float("inf")] * len(leaving)
    costs[sink] = 0.0
    queue = [(0.0, sink)]
    while queue:
        cost, node = heappop(queue)
        if cost > costs[node]:
            continue
        for slot in leaving[node]:
            # The arc that enters here by the slot that would take its flow back.
            tail = heads[slot]
            if free[slot ^ 1] > _NOTHING and cost + prices[slot ^ 1] < costs[tail]:
                costs[tail] = cost + prices[slot ^ 1]
                heappush(queue, (costs[tail], tail))
    return costs


def _cheapest_way(
    residual: _Residual, potentials: list[float], source: int, sink: int
) -> list[int]:
    """Slots of the cheapest way, last one first, and none without a way; raises the potentials."""
    leaving, heads, free, prices = residual
    reached = [float("inf")] * len(leaving)
    entered_by = [-1] * len(leaving)
    reached[source] = 0.0
    queue = [(0.0, source)]
    settled = []
    while queue:
        distance, node = heappop(queue)
        if distance > reached[node]:
            continue
        if node == sink:
            break
        settled.append(node)
        start = distance - potentials[node]
        for slot in leaving[node]:
            head = heads[slot]
            if free[slot] > _NOTHING and distance < reached[head]:
                # Rounding must not lead back in front of what is settled.
                length = max(start + prices[slot] + potentials[head], distance)
                # Nothing behind the sink is on a way to it.
                if length < reached[head] and length < reached[sink]:
                    reached[head] = length
                    entered_by[head] = slot
                    heappush(queue, (length, head))
    if entered_by[sink] < 0:
        return []
    for node in settled:
        potentials[node] += reached[sink] - reached[node]
    slots, node = [], sink
    while node != source:
        slots.append(entered_by[node])
        node = heads[entered_by[node] ^ 1]
    return slots
