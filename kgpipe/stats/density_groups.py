"""Groups of points by adaptive density, without a preset number of groups.

The group identification of "Identify Then Recommend" (arXiv 2410.23757, section 3.1), with what its
script leaves open or does otherwise settled: a point is no neighbour of itself, the random numbers
have a seed, every point is visited, and one that nobody joins is a group of its own.
"""

import heapq
import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

# The paper's own.
RADII = (0.1, 0.2, 0.3)
_ROWS_AT_ONCE = 1_000


class Density(NamedTuple):
    """Of each point the largest density over the radii, and the radius that gives it."""

    density: NDArray[np.float64]
    radius: NDArray[np.float64]


def density_groups(
    points: Floats,
    *,
    rng: np.random.Generator,
    radii: Sequence[float] = RADII,
    max_steps: int | None = None,
) -> Ints:
    """Number the group of each point; groups are numbered in the order of their first points.

    Points are visited from the densest on. A visit either merges the point with its mutual
    neighbours (each within the other's radius) that have no group yet, or explores: the midpoint
    between the point and the last group's centre becomes a candidate, to be visited by its own
    density. The chance to explore is exp(-explored^2 / visited), so it falls with each time.

    Args:
        points: shape (n, d). Time grows with n^2, memory with n.
        rng: decides where to explore.
        radii: shares of the way from a point's nearest to its farthest other point.
        max_steps: visits after which the rest stay by themselves (the script has 20); None for no
            limit.
    """
    lengths = np.linalg.norm(points, axis=1, keepdims=True)
    points = np.asarray(points / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)
    found = find_densities(points, points, radii=radii, is_self=True)
    groups = np.full(len(points), -1, dtype=np.int64)
    # (-density, number): numbers from len(points) on are midpoints.
    queue = [(-density, row) for row, density in enumerate(found.density.tolist())]
    heapq.heapify(queue)
    midpoints: list[tuple[Floats, float]] = []
    centre: Floats | None = None
    explored = visited = count = 0
    while queue and (max_steps is None or visited < max_steps):
        density, number = heapq.heappop(queue)
        is_midpoint = number >= len(points)
        if not is_midpoint and groups[number] >= 0:
            continue
        visited += 1
        here, radius = (
            midpoints[number - len(points)]
            if is_midpoint
            else (points[number], float(found.radius[number]))
        )
        if centre is not None and rng.random() < math.exp(-(explored**2) / visited):
            explored += 1
            middle = _unit(here + centre)
            own = find_densities(middle[None], points, radii=radii)
            heapq.heappush(queue, (-float(own.density[0]), len(points) + len(midpoints)))
            midpoints.append((middle, float(own.radius[0])))
            # The point itself waits for its next turn.
            if not is_midpoint:
                heapq.heappush(queue, (density, number))
            continue
        members = _mutual_neighbours(here, radius, points, found.radius, groups)
        if not is_midpoint:
            members = np.union1d(members, [number])
        if len(members):
            groups[members] = count
            count += 1
            centre = _unit(points[members].mean(axis=0))
    alone = np.flatnonzero(groups < 0)
    groups[alone] = count + np.arange(len(alone))
    return _in_order_of_first(groups)


def find_densities(
    queries: Floats, points: Floats, *, radii: Sequence[float], is_self: bool = False
) -> Density:
    """Neighbours a unit of area around each query, at the radius where they are densest.

    Args:
        queries: unit vectors, shape (m, d).
        points: unit vectors, shape (n, d).
        radii: as in `density_groups`.
        is_self: the queries are the points, and none is its own neighbour.
    """
    density, radius = np.zeros(len(queries)), np.zeros(len(queries))
    if len(points) - is_self < 1:
        return Density(density, radius)
    for at in range(0, len(queries), _ROWS_AT_ONCE):
        part = slice(at, min(at + _ROWS_AT_ONCE, len(queries)))
        distances = _distances(queries[part], points)
        rows = np.arange(len(distances))
        if is_self:
            distances[rows, at + rows] = np.inf
        nearest = distances.min(axis=1)
        farthest = np.where(np.isinf(distances), -np.inf, distances).max(axis=1)
        for share in radii:
            # Where all points are one, any radius holds them all.
            wide = np.maximum(nearest + share * (farthest - nearest), np.finfo(np.float32).eps)
            inside = (distances < wide[:, None]).sum(axis=1) / (math.pi * wide**2)
            better = inside > density[part]
            density[part] = np.where(better, inside, density[part])
            radius[part] = np.where(better, wide, radius[part])
    return Density(density, radius)


def _mutual_neighbours(
    here: Floats, radius: float, points: Floats, radii: NDArray[np.float64], groups: Ints
) -> Ints:
    free = np.flatnonzero(groups < 0)
    distances = _distances(here[None], points[free])[0]
    mutual: Ints = free[(distances < radius) & (distances <= radii[free])]
    return mutual


def _distances(left: Floats, right: Floats) -> Floats:
    # Products of equal vectors may exceed 1 by a hair.
    distances: Floats = np.maximum(1 - left @ right.T, 0)
    return distances


def _unit(vector: Floats) -> Floats:
    length = float(np.linalg.norm(vector))
    return np.asarray(vector / length if length else vector, dtype=np.float32)


def _in_order_of_first(groups: Ints) -> Ints:
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[inverse], dtype=np.int64)
