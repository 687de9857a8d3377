import numpy as np
import pytest
from numpy.typing import NDArray

from kgpipe.dedupe import block
from kgpipe.dedupe.block import NEIGHBOURS, find_pairs


def _vectors(count: int, *, copies: int = 2) -> NDArray[np.float32]:
    """Random unit vectors, each with near copies beside it."""
    rng = np.random.default_rng(7)
    base = np.repeat(rng.normal(size=(count // copies, 32)), copies, axis=0)
    noisy = base + 0.05 * rng.normal(size=base.shape)
    return np.asarray(noisy / np.linalg.norm(noisy, axis=1, keepdims=True), dtype=np.float32)


def _all_pairs(vectors: NDArray[np.float32], threshold: float) -> set[tuple[int, int]]:
    left, right = np.nonzero(np.triu(vectors @ vectors.T, k=1) >= threshold)
    return set(zip(left.tolist(), right.tolist(), strict=True))


def test_pairs_are_those_of_the_full_matrix() -> None:
    vectors = _vectors(400)
    pairs = list(find_pairs(vectors, threshold=0.9))
    assert {(left, right) for _, left, right in pairs} == _all_pairs(vectors, 0.9)
    assert len(pairs) >= 190
    assert pairs == sorted(pairs, key=lambda pair: (-pair[0], pair[1], pair[2]))


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two(count: int) -> None:
    assert not list(find_pairs(np.ones((count, 4), dtype=np.float32), threshold=0.5))


def test_equal_vectors_meet_any_threshold() -> None:
    vectors = _vectors(2)[[0, 0]]
    assert [(left, right) for _, left, right in find_pairs(vectors, threshold=1.0)] == [(0, 1)]


def test_pairs_of_a_crowd_are_bounded() -> None:
    vectors = _vectors(600, copies=600)
    assert len(list(find_pairs(vectors, threshold=0.5))) <= 600 * NEIGHBOURS


def test_index_finds_nearly_what_exact_search_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = _vectors(4000)
    exact = {pair[1:] for pair in find_pairs(vectors, threshold=0.9)}
    monkeypatch.setattr(block, "MAX_EXACT", 1000)
    found = list(find_pairs(vectors, threshold=0.9))
    assert found == list(find_pairs(vectors, threshold=0.9))
    indexed = {pair[1:] for pair in found}
    assert indexed <= exact
    assert len(indexed) >= 0.95 * len(exact)
