"""`bench geo`, part `alibi`: does retrieval hold on images larger than those trained on?

Windows of the held-out scene's GeoTIFFs, all around the same centres, so that each size has the
same gallery; each is found by the other sensor among the windows of its scene.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import rasterio
from numpy.typing import NDArray

from kgpipe.bench.geo_encoders import Workshop
from kgpipe.geo.data.bands import S1_BANDS, S2_L1C_BANDS, S2_L2A_BANDS
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.measuring.metrics import chance_recall_at, estimate, pair_ranks
from kgpipe.ports import TileEncoder

# Fixed before the first run. Centres lie one training side apart, so windows of twice the side
# share half of their ground with the next one and those of four times three quarters: some loss is
# due to that, and CROMA's own figures on larger images stay within a few points.
MOST_FALL = 0.10
TIMES = (1, 2, 4)
AT = 5
_REFLECTANCE = 10_000.0
_SEED = 0


def bench_alibi(tiles: TileTable, folder: Path, workshop: Workshop) -> dict[str, Any]:
    """Train without each scene in turn, on its neighbours' 32 px crops, and read its GeoTIFFs.

    Args:
        tiles: the crops, whose side is the training side.
        folder: that holds `terramind_examples` and `sen1floods11_sample`.
        workshop: trains encoders.
    """
    scenes = np.array([tile.group for tile in tiles.tiles])
    side = int(tiles.read([0])["S1"].shape[-1])
    hits: dict[int, list[float]] = {times: [] for times in TIMES}
    owners: list[str] = []
    chances: list[float] = []
    for place, scene in enumerate(sorted(set(scenes.tolist()))):
        rest = np.flatnonzero(scenes != scene)
        encoder = workshop.train(f"s1s2-full-{place}", tiles.take(rest))
        radar, optical = read_scene(folder, scene)
        centres = list_centres(radar.shape[-1], side)
        owners += [scene] * len(centres)
        chances += [chance_recall_at(len(centres), AT)] * len(centres)
        for times in TIMES:
            ranks = _find_pairs(encoder, radar, optical, centres, side * times)
            hits[times] += (ranks <= AT).astype(float).tolist()
    report: dict[str, Any] = {
        "training_side": side,
        "windows": len(owners),
        "by_chance": round(float(np.mean(chances)), 4),
        "most_fall_fixed_before": MOST_FALL,
    }
    first = np.array(hits[TIMES[0]])
    for times in TIMES:
        report[f"recall_at_{AT}_at_{times}_times"] = _mean(np.array(hits[times]))
    owner = np.array(owners)
    report["by_scene"] = {
        scene: {
            f"{times}_times": round(float(np.array(hits[times])[owner == scene].mean()), 4)
            for times in TIMES
        }
        for scene in sorted(set(owners))
    }
    falls = {times: float(first.mean() - np.mean(hits[times])) for times in TIMES[1:]}
    report["fall"] = {f"{times}_times": round(fall, 4) for times, fall in falls.items()}
    report["within"] = max(falls.values()) <= MOST_FALL
    return report


def _mean(values: NDArray[np.float64]) -> dict[str, Any]:
    found = estimate(lambda rows: float(values[rows].mean()), range(len(values)), seed=_SEED)
    return found.model_dump(mode="json")


def list_centres(size: int, side: int) -> list[tuple[int, int]]:
    """Row and column of the centres, a side apart, around which the largest window fits."""
    half = side * TIMES[-1] // 2
    line = range(half, size - half + 1, side)
    return [(row, column) for row in line for column in line]


def read_scene(folder: Path, scene: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Radar in dB (2, height, width) and reflectance (12, height, width) of a scene.

    Args:
        folder: as for `bench_alibi`.
        scene: "SET/NAME", as the crops name it.
    """
    name = scene.rpartition("/")[2]
    if scene.startswith("terramesh"):
        examples = folder / "terramind_examples" / "examples"
        radar, optical = examples / "S1RTC" / f"{name}.tif", examples / "S2L2A" / f"{name}.tif"
        order: Sequence[str] = S2_L2A_BANDS
    else:
        sample = folder / "sen1floods11_sample" / "sample"
        radar, optical = sample / "S1" / f"{name}_S1Hand.tif", sample / "S2" / f"{name}_S2Hand.tif"
        order = S2_L1C_BANDS
    with rasterio.open(radar) as file:
        seen = file.read(out_dtype="float32")[: len(S1_BANDS)]
    with rasterio.open(optical) as file:
        bands = file.read(out_dtype="float32")
    places = [list(order).index(band) for band in S2_L2A_BANDS]
    return np.where(np.isfinite(seen), seen, np.nan), bands[places] / _REFLECTANCE


def _find_pairs(
    encoder: TileEncoder, radar: NDArray[np.float32], optical: NDArray[np.float32],
    centres: Sequence[tuple[int, int]], side: int,
) -> NDArray[np.int64]:  # fmt: skip
    """Rank of each centre's optical window for its radar window."""
    half = side // 2

    def windows(image: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.stack(
            [image[:, row - half : row + half, column - half : column + half]
             for row, column in centres]
        )  # fmt: skip

    return pair_ranks(
        encoder.embed_tiles({"S1": windows(radar)}), encoder.embed_tiles({"S2": windows(optical)})
    )
