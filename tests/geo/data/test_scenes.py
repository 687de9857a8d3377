from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rasterio", reason="the extra tiles brings rasterio")

from kgpipe.errors import KgpipeError
from kgpipe.geo.data.cutting import Cutting
from kgpipe.geo.data.scene_pixels import Layer, Scene
from kgpipe.geo.data.scenes import open_scenes
from tests.geo.geotiff import NORTH, WEST, plain, ramp, truncate, write_raster


def _optical(folder: Path, name: str, value: float = 1000, side: int = 16) -> Scene:
    path = write_raster(folder / f"{name}.tif", plain(2, side, value))
    return Scene(name, [Layer("B04", str(path), 1), Layer("B08", str(path), 2)])


def test_a_raster_is_cut_into_whole_tiles_from_the_north_west(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", ramp(20))
    table = open_scenes(
        [Scene("a", [Layer("B04", str(path))])], cutting=Cutting(side=8), root=tmp_path
    )
    assert [tile.id for tile in table.tiles] == ["a_0_0", "a_0_1", "a_1_0", "a_1_1"]
    assert {tile.source for tile in table.tiles} == {"a.tif"}
    values = table.read([3, 0])["S2"]
    expected = ramp(20)[0] / 10_000
    np.testing.assert_allclose(values[:, 0], [expected[8:16, 8:16], expected[:8, :8]], rtol=1e-5)
    first, below = table.tiles[0], table.tiles[2]
    assert first.lat is not None
    assert below.lat is not None
    assert first.lat > below.lat
    assert first.group == "a"


def test_layers_of_other_grids_are_put_on_the_finest(tmp_path: Path) -> None:
    fine = write_raster(tmp_path / "fine.tif", plain(1, 32, 2000))
    # Half of the raster reflects nothing, at three times the size of a pixel.
    steps = np.repeat(np.array([[1, 5000]], dtype="uint16"), 6, axis=1)[None].repeat(12, axis=1)
    coarse = write_raster(tmp_path / "coarse.tif", steps, pixel=30)
    table = open_scenes(
        [Scene("a", [Layer("B11", str(coarse)), Layer("B04", str(fine))])],
        cutting=Cutting(side=32), root=tmp_path,
    )  # fmt: skip
    assert table.bands == {"S2": ("B04", "B11")}
    values = table.read([0])["S2"][0]
    np.testing.assert_allclose(values[0], 0.2)
    assert values[1, :, :15].max() < 0.01
    np.testing.assert_allclose(values[1, :, 22:], 0.5)


def test_a_layer_in_another_coordinate_system_lies_on_the_same_ground(tmp_path: Path) -> None:
    fine = write_raster(tmp_path / "fine.tif", plain(1, 32, 2000))
    lonlat = write_raster(
        tmp_path / "lonlat.tif", plain(1, 64, -12.5, "float32"), crs="EPSG:4326",
        corner=(-63.001, -13.56), pixel=0.0001,
    )  # fmt: skip
    table = open_scenes(
        [Scene("a", [Layer("B04", str(fine)), Layer("VV", str(lonlat))])],
        cutting=Cutting(side=32, largest_nodata=1), root=tmp_path,
    )  # fmt: skip
    radar = table.read([0])["S1"][0, 0]
    # The raster in degrees ends before the tile does: there nothing was seen.
    assert np.isnan(radar).any()
    np.testing.assert_allclose(radar[np.isfinite(radar)], -12.5)


def test_nodata_is_nan_and_much_of_it_rejects_the_tile(tmp_path: Path) -> None:
    values = plain(1, 32, 300)
    values[0, :16, :16] = 7
    values[0, 20, 20] = 7
    path = write_raster(tmp_path / "a.tif", values, nodata=7)
    table = open_scenes(
        [Scene("a", [Layer("B04", str(path))])], cutting=Cutting(side=16), root=tmp_path
    )
    assert [tile.id for tile in table.tiles] == ["a_0_1", "a_1_0", "a_1_1"]
    assert [(one.item, one.reason) for one in table.rejections] == [("a_0_0", "nodata")]
    seen = table.read([2])["S2"][0, 0]
    assert np.isnan(seen[4, 4])
    assert np.isnan(seen).sum() == 1


def test_nan_and_zero_in_all_bands_are_unseen(tmp_path: Path) -> None:
    values = plain(2, 16, 0.25, "float32")
    values[0, 3, 3] = np.nan
    values[:, 5, 5] = 0
    path = write_raster(tmp_path / "a.tif", values)
    layers = [Layer("B04", str(path), 1), Layer("B08", str(path), 2)]
    table = open_scenes([Scene("a", layers)], cutting=Cutting(side=16), root=tmp_path)
    seen = table.read([0])["S2"][0]
    assert np.argwhere(np.isnan(seen)).tolist() == [[0, 3, 3], [0, 5, 5], [1, 5, 5]]


@pytest.mark.parametrize(
    ("stored", "radar", "expected"),
    [(0.01, "auto", -20), (-7.5, "auto", -7.5), (0.01, "db", 0.01), (10, "power", 10)],
)
def test_power_becomes_decibels(tmp_path: Path, stored: float, radar: str, expected: float) -> None:
    path = write_raster(tmp_path / "a.tif", plain(1, 16, stored, "float32"))
    table = open_scenes(
        [Scene("a", [Layer("VV", str(path))])],
        cutting=Cutting.model_validate({"side": 16, "radar": radar}), root=tmp_path,
    )  # fmt: skip
    np.testing.assert_allclose(table.read([0])["S1"], expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("dtype", "value", "cutting", "expected"),
    [
        ("uint16", 2500, Cutting(side=16), 0.25),
        ("uint16", 3500, Cutting(side=16, offset=-1000), 0.25),
        ("float32", 0.25, Cutting(side=16), 0.25),
        ("float32", 2500, Cutting(side=16, scale=10_000), 0.25),
        ("uint8", 64, Cutting(side=16, scale=256), 0.25),
    ],
)
def test_reflectance_has_a_unit(
    tmp_path: Path, dtype: str, value: float, cutting: Cutting, expected: float
) -> None:
    path = write_raster(tmp_path / "a.tif", plain(1, 16, value, dtype))
    table = open_scenes([Scene("a", [Layer("B04", str(path))])], cutting=cutting, root=tmp_path)
    np.testing.assert_allclose(table.read([0])["S2"], expected, rtol=1e-5)


def test_a_scale_in_the_file_is_obeyed(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", plain(1, 16, 500), scale=0.001)
    table = open_scenes(
        [Scene("a", [Layer("B04", str(path))])], cutting=Cutting(side=16), root=tmp_path
    )
    np.testing.assert_allclose(table.read([0])["S2"], 0.5, rtol=1e-5)


def test_a_scale_that_nothing_tells_is_not_guessed(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", plain(1, 16, 2500, "float32"))
    with pytest.raises(KgpipeError, match=r"1 unknown_scale.*--raster scale=10000"):
        open_scenes([Scene("a", [Layer("B04", str(path))])], cutting=Cutting(), root=tmp_path)


def test_bad_scenes_are_counted_and_cost_no_other(tmp_path: Path) -> None:
    scenes = [
        _optical(tmp_path, "good"),
        _optical(tmp_path, "small", side=8),
        _optical(tmp_path, "short", side=200),
        _optical(tmp_path, "also_good"),
        Scene("red", _optical(tmp_path, "x").layers[:1]),
        Scene("twice", [*_optical(tmp_path, "y").layers, *_optical(tmp_path, "z").layers]),
        Scene("gone", [Layer("B04", str(tmp_path / "gone.tif")), Layer("B08", "gone.tif")]),
    ]
    truncate(tmp_path / "short.tif")
    table = open_scenes(scenes, cutting=Cutting(side=16), root=tmp_path)
    assert [tile.id for tile in table.tiles] == ["good", "also_good"]
    assert {one.item: one.reason for one in table.rejections} == {
        "small": "smaller_than_tile", "short": "unreadable_raster", "red": "missing_bands",
        "twice": "repeated_band", "gone": "unreadable_raster",
    }  # fmt: skip


def test_whole_scenes_are_tiles_where_they_have_the_size_of_most(tmp_path: Path) -> None:
    scenes = [
        _optical(tmp_path, name, side=side) for name, side in (("a", 12), ("b", 9), ("c", 12))
    ]
    table = open_scenes(scenes, cutting=Cutting(side=None), root=tmp_path)
    assert [tile.id for tile in table.tiles] == ["a", "c"]
    assert [(one.item, one.reason) for one in table.rejections] == [("b", "other_size")]
    assert table.read([1])["S2"].shape == (1, 2, 12, 12)


def test_a_file_that_changes_between_readings_is_an_error(tmp_path: Path) -> None:
    table = open_scenes([_optical(tmp_path, "a")], cutting=Cutting(side=16), root=tmp_path)
    (tmp_path / "a.tif").unlink()
    with pytest.raises(KgpipeError, match="a has changed"):
        table.read([0])


def test_a_coarser_resolution_shows_the_same_ground(tmp_path: Path) -> None:
    scene = _optical(tmp_path, "a", side=32)
    fine = open_scenes([scene], cutting=Cutting(side=32), root=tmp_path)
    coarse = open_scenes([scene], cutting=Cutting(side=16, resolution=20), root=tmp_path)
    assert coarse.tiles[0].box == pytest.approx(fine.tiles[0].box)
    np.testing.assert_allclose(coarse.read([0])["S2"], 0.1, rtol=1e-5)


def test_corners_are_those_of_the_file(tmp_path: Path) -> None:
    table = open_scenes([_optical(tmp_path, "a")], cutting=Cutting(side=16), root=tmp_path)
    (tile,) = table.tiles
    assert tile.box is not None
    # On the central meridian the latitude follows from the length of the meridian alone:
    # 111,132.954 d - 16,038.509 sin 2d + 16.833 sin 4d metres from the equator, here to scale.
    assert WEST == 500_000
    arc = (10_000_000 - NORTH) / 0.9996
    d = -tile.box.north
    length = 111_132.954 * d - 16_038.509 * np.sin(np.radians(2 * d))
    length += 16.833 * np.sin(np.radians(4 * d))
    assert tile.box.west == pytest.approx(-63, abs=1e-6)
    assert length == pytest.approx(arc, abs=1)
