"""`bench geo`, part `speed`: tiles embedded in a second."""

import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from kgpipe.bench.geo_encoders import Workshop
from kgpipe.bench.geo_gpu import rate_on_gpu
from kgpipe.geo.data.table import TileTable

_TILES = 1024
_ROUNDS = 3


def bench_speed(tiles: TileTable, workshop: Workshop) -> dict[str, Any]:
    """Embed real tiles with an encoder of the default size, one step old: speed needs no more.

    The best of three rounds, pixels in memory, reading not counted; and on a GPU if there is one.
    """
    rows = np.arange(min(_TILES, len(tiles.tiles)))
    encoder = workshop.train(
        "speed", tiles.take(rows), changes={"steps": 1, "epochs": 0, "weights": _ONE_LOSS}
    )
    pixels = tiles.read(rows.tolist())
    report: dict[str, Any] = {
        "tiles": len(rows),
        "shape": {sensor: list(one.shape[1:]) for sensor, one in pixels.items()},
        "processor_cores": os.cpu_count(),
        "tiles_per_second_on_the_processor": round(
            _rate(lambda: encoder.embed_tiles(pixels), len(rows)), 1
        ),
    }
    found = rate_on_gpu(workshop.folder / "speed")
    return report | ({"gpu": found} if found else {"gpu": "none is here"})


def _rate(run: Callable[[], object], tiles: int) -> float:
    run()
    best = float("inf")
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - started)
    return tiles / best


# The cheapest training that gives an encoder.
_ONE_LOSS = {
    "reconstruction": 0.0, "inter": 0.0, "intra": 1.0, "labels": 0.0, "location": 0.0, "text": 0.0,
    "points": 0.0,
}  # fmt: skip
