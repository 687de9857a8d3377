from pathlib import Path

import numpy as np
import pytest

rasterio = pytest.importorskip("rasterio", reason="the extra tiles brings rasterio")

from kgpipe.geo.data.cutting import Cutting  # noqa: E402
from kgpipe.geo.data.grid import make_grid  # noqa: E402
from kgpipe.geo.data.scene_pixels import Layer, Scene, find_units, open_layers  # noqa: E402
from tests.geo.geotiff import plain, ramp, write_raster  # noqa: E402


def test_layers_share_files_and_grid(tmp_path: Path) -> None:
    both = write_raster(tmp_path / "both.tif", plain(2, 16, 100))
    coarse = write_raster(tmp_path / "coarse.tif", ramp(8), pixel=20)
    scene = Scene(
        "a", [Layer("B04", str(both), 1), Layer("B08", str(both), 2), Layer("B11", str(coarse))]
    )
    with rasterio.open(both) as dataset:
        grid = make_grid(dataset, resolution=None)
    with open_layers(scene, grid) as layers:
        assert {band: index for band, (_, index) in layers.items()} == {
            "B04": 1, "B08": 2, "B11": 1,
        }  # fmt: skip
        assert layers["B04"][0] is layers["B08"][0]
        assert {dataset.shape for dataset, _ in layers.values()} == {(16, 16)}


def test_units_are_found_in_a_sample_of_a_big_raster(tmp_path: Path) -> None:
    values = np.full((1, 600, 600), 0.02, dtype="float32")
    values[0, 300:, :] = -3
    path = write_raster(tmp_path / "a.tif", values)
    scene = Scene("a", [Layer("VH", str(path))])
    with rasterio.open(path) as dataset:
        grid = make_grid(dataset, resolution=None)
    with open_layers(scene, grid) as layers:
        assert find_units(scene, layers, {"S1": ("VH",)}, Cutting()) == ("db", 1.0)
