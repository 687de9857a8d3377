from pathlib import Path

import numpy as np
import pytest

from kgpipe.bench.geo_index import MadeTiles, jitter, run, spread_of
from kgpipe.geo.searching import index as index_module
from tests.geo.made_tiles import made_vectors


def test_jitter_moves_by_about_the_distance_of_real_vectors() -> None:
    real = made_vectors(300, dimensions=32)
    real[7] = real[8]
    reach = spread_of(real, seed=0)
    assert 0.5 < reach < 1.4
    moved = jitter(real, 500, reach=0.1, generator=np.random.default_rng(0))
    assert np.linalg.norm(moved, axis=1) == pytest.approx(np.ones(500), abs=1e-5)
    nearest = np.sqrt(2 - 2 * (moved @ real.T).max(axis=1))
    assert np.median(nearest) == pytest.approx(0.1, rel=0.1)


def test_tiles_are_made_when_looked_at() -> None:
    tiles = MadeTiles(3)
    assert [tile.id for tile in tiles] == ["tile-0000000", "tile-0000001", "tile-0000002"]
    assert tiles[1:][0] == tiles[1]
    assert -80 <= (tiles[0].lon or 0) <= -35


@pytest.mark.slow
def test_the_index_is_measured(tmp_path: Path) -> None:
    real = made_vectors(400, dimensions=16)
    real[3] = np.nan
    count = index_module.MAX_EXACT + 5_000
    report = run(real, tmp_path, count=count, queries=30)
    assert report["vectors"] == count
    assert report["recall_at_10"] >= 0.9
    assert 0 < report["query_ms"]["median"] <= report["query_ms"]["p95"]
    assert report["index_mb"] > 1
    assert report["tiles_within_radius"] > 0
    assert list(tmp_path.iterdir()) == []
