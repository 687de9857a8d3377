from pathlib import Path

import numpy as np
import pytest

from kgpipe.bench.geo_lancedb import measure_lancedb
from kgpipe.geo.searching.cells import exact_nearest
from tests.geo.made_tiles import made_vectors

pytest.importorskip("lancedb", reason="LanceDB is compared with where it is installed")


def test_what_it_finds_is_measured(tmp_path: Path) -> None:
    vectors, queries = made_vectors(2_000), made_vectors(5, seed=1)
    truth = exact_nearest(queries, vectors, limit=10, rows=np.arange(len(vectors)))
    figures = measure_lancedb(tmp_path, vectors, queries, truth)
    assert [one["probes"] for one in figures] == sorted(one["probes"] for one in figures)
    assert all(0 < one["query_ms_median"] <= one["query_ms_p95"] for one in figures)
    assert figures[-1]["recall_at_10"] > 0.5
