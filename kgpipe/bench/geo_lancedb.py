"""The same vectors in LanceDB, where it is installed: what a user would store tiles in instead."""

import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kgpipe.geo.searching.cells import share_found

Floats = NDArray[np.float32]

# Partitions of its own default index (IVF_PQ) that a query looks at, and how many times as many
# vectors as are asked for are compared again with all digits.
_PROBES, _REFINE = (8, 32, 128), 10
_WRITTEN_AT_ONCE = 50_000


def is_installed() -> bool:
    """Whether LanceDB can be imported."""
    return find_spec("lancedb") is not None


def measure_lancedb(
    folder: Path, vectors: Floats, queries: Floats, truth: Floats
) -> list[dict[str, Any]]:
    """Load and index the vectors, then ask; one figure for each number of partitions looked at.

    Args:
        folder: for the database.
        vectors: of all tiles.
        queries: shape (queries, dimensions).
        truth: scores of the true nearest, shape (queries, k).

    Returns:
        Seconds of loading and indexing, milliseconds of a query, recall of the true nearest.
    """
    import lancedb  # noqa: PLC0415 - not a part of kgpipe
    import pyarrow as pa  # noqa: PLC0415
    from lancedb.index import IvfPq  # noqa: PLC0415

    dimensions = vectors.shape[1]
    schema = pa.schema([("row", pa.int64()), ("vector", pa.list_(pa.float32(), dimensions))])

    def batches() -> Iterator[Any]:
        for at in range(0, len(vectors), _WRITTEN_AT_ONCE):
            part = np.ascontiguousarray(vectors[at : at + _WRITTEN_AT_ONCE])
            rows = pa.array(np.arange(at, at + len(part)))
            lists = pa.FixedSizeListArray.from_arrays(pa.array(part.ravel()), dimensions)
            yield pa.record_batch([rows, lists], schema=schema)

    started = time.perf_counter()
    table = lancedb.connect(str(folder)).create_table("tiles", batches(), schema=schema)
    table.create_index("vector", config=IvfPq(distance_type="cosine"))
    seconds = time.perf_counter() - started
    figures = []
    for probes in _PROBES:
        found, taken = [], []
        for query in queries:
            asked = table.search(query).distance_type("cosine").nprobes(probes)
            began = time.perf_counter()
            rows = asked.refine_factor(_REFINE).limit(truth.shape[1]).to_arrow()["row"]
            taken.append(1000 * (time.perf_counter() - began))
            found.append(rows.to_numpy())
        figures.append(
            {
                "probes": probes,
                "build_seconds": seconds,
                "query_ms_median": float(np.median(taken)),
                "query_ms_p95": float(np.percentile(taken, 95)),
                "recall_at_10": share_found(found, queries, vectors, truth),
            }
        )
    return figures
