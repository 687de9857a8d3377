import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kgpipe.stats.density_groups import density_groups, find_densities


def _blobs(*sizes: int, spread: float = 0.05, seed: int = 3) -> NDArray[np.float32]:
    """Unit vectors around as many centres that stand at right angles."""
    rng = np.random.default_rng(seed)
    centres = np.repeat(np.eye(16, dtype=np.float32)[: len(sizes)], sizes, axis=0)
    points = centres + spread * rng.normal(size=centres.shape)
    return np.asarray(points / np.linalg.norm(points, axis=1, keepdims=True), dtype=np.float32)


def _groups(points: NDArray[np.float32], seed: int = 0, max_steps: int | None = None) -> list[int]:
    rng = np.random.default_rng(seed)
    return [int(group) for group in density_groups(points, rng=rng, max_steps=max_steps)]


def test_groups_of_different_sizes_are_found_without_their_number() -> None:
    groups = _groups(_blobs(12, 7, 3, 5))
    assert groups == [0] * 12 + [1] * 7 + [2] * 3 + [3] * 5


def test_density_is_the_largest_over_the_radii() -> None:
    # Distances from the first: .02, .02 and 1. At a radius of .02 + .1 * .98 two are inside.
    angle = np.arccos(0.98)
    points = np.array(
        [[1, 0, 0], [np.cos(angle), np.sin(angle), 0], [np.cos(angle), -np.sin(angle), 0],
         [0, 0, 1]], dtype=np.float32,
    )  # fmt: skip
    found = find_densities(points, points, radii=(0.1, 0.2, 0.3), is_self=True)
    assert found.radius[0] == pytest.approx(0.118, abs=1e-4)
    assert found.density[0] == pytest.approx(2 / (np.pi * 0.118**2), rel=1e-3)
    # All others are equally far from the last, so none is near it.
    assert found.density[3] == 0


def test_what_no_step_reaches_is_a_group_of_its_own() -> None:
    points = _blobs(4, 4, 4, 4)
    assert len(set(_groups(points))) == 4
    # The first visit always merges; the rest of the points stay alone.
    assert len(set(_groups(points, max_steps=1))) == 13
    assert _groups(points, max_steps=0) == list(range(16))


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_few_or_equal_points(count: int) -> None:
    points = np.ones((count, 3), dtype=np.float32)
    assert _groups(points) == [0] * count
    assert len(_groups(np.zeros((count, 3), dtype=np.float32))) == count


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.integers(0, 99))
@settings(derandomize=True, deadline=None, max_examples=40)
def test_every_point_has_a_group_and_a_seed_repeats_it(sizes: list[int], seed: int) -> None:
    points = _blobs(*sizes, spread=0.3, seed=seed)
    groups = _groups(points, seed)
    assert groups == _groups(points, seed)
    assert sorted(set(groups)) == list(range(max(groups) + 1))
    firsts = [groups.index(group) for group in range(max(groups) + 1)]
    assert firsts == sorted(firsts)
