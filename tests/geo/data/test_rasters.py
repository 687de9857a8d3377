from pathlib import Path

import numpy as np
import pytest

rasterio = pytest.importorskip("rasterio", reason="the extra tiles brings rasterio")

from rasterio.enums import ColorInterp  # noqa: E402

from kgpipe.errors import ItemError, KgpipeError, UsageError  # noqa: E402
from kgpipe.geo.data.bands import S2_L1C_BANDS, S2_L2A_BANDS  # noqa: E402
from kgpipe.geo.data.cutting import Cutting  # noqa: E402
from kgpipe.geo.data.rasters import name_layers, open_rasters  # noqa: E402
from kgpipe.geo.data.tiletable import open_tiles  # noqa: E402
from tests.geo.geotiff import plain, truncate, write_raster  # noqa: E402


def _bands(path: Path, *lists: tuple[str, ...]) -> dict[str, int]:
    return {layer.band: layer.index for layer in name_layers(path, lists)}


def test_descriptions_name_bands_and_others_are_left_out(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", plain(3, 8, 1), bands=("B8A", "SCL", "swir16"))
    assert _bands(path) == {"B8A": 1, "B11": 3}


def test_descriptions_that_say_nothing_give_way_to_what_does(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "S1RTC" / "a.tif", plain(2, 8, 1), bands=("bands", "bands"))
    assert _bands(path) == {"VV": 1, "VH": 2}


@pytest.mark.parametrize(
    ("name", "count", "expected"),
    [
        ("S2L2A/a.tif", 12, S2_L2A_BANDS), ("S2L1C/a.tif", 13, S2_L1C_BANDS),
        ("Spain_1_S2Hand.tif", 13, S2_L1C_BANDS), ("Spain_1_S1Hand.tif", 2, ("VV", "VH")),
        ("T20LKK_20240801_B8A.tif", 1, ("B8A",)), ("x_vh.tif", 1, ("VH",)),
    ],
)  # fmt: skip
def test_known_layouts_name_bands(
    tmp_path: Path, name: str, count: int, expected: tuple[str, ...]
) -> None:
    path = write_raster(tmp_path / name, plain(count, 8, 1))
    assert tuple(_bands(path)) == expected


def test_lists_name_bands_of_files_with_as_many(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", plain(2, 8, 1))
    assert _bands(path, ("B02", "B03", "B04"), ("B08", "B04")) == {"B08": 1, "B04": 2}


def test_a_picture_is_known_by_its_colours(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", plain(3, 48, 51, "uint8"))
    with rasterio.open(path, "r+") as dataset:
        dataset.colorinterp = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
    table = open_rasters(path, cutting=Cutting())
    assert table.bands == {"RGB": ("R", "G", "B")}
    np.testing.assert_allclose(table.read([0])["RGB"], 0.2, rtol=1e-5)


def test_bands_that_nothing_tells_are_not_guessed(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "a.tif", plain(12, 48, 1))
    with pytest.raises(ItemError, match="--raster bands="):
        name_layers(path)
    with pytest.raises(
        KgpipeError, match=r"1 unnamed_bands.*12 bands and does not say which.*--raster bands="
    ):
        open_tiles(path)
    table = open_tiles(path, cutting=Cutting(bands=(S2_L2A_BANDS,)))
    assert table.bands == {"S2": S2_L2A_BANDS}


def test_files_of_one_place_are_one_scene(tmp_path: Path) -> None:
    for place in ("p", "q"):
        write_raster(tmp_path / "set" / "S1GRD" / f"{place}.tif", plain(2, 48, -9, "float32"))
        write_raster(
            tmp_path / "set" / "S2L2A" / f"{place}.tif", plain(12, 48, 1000),
            tags={"TIFFTAG_DATETIME": "2024:08:01 14:00:00"},
        )  # fmt: skip
    write_raster(tmp_path / "set" / "DEM" / "p.tif", plain(1, 48, 100))
    write_raster(tmp_path / "set" / "S2L2A" / "r.tif", plain(12, 48, 1000))
    table = open_rasters(tmp_path, cutting=Cutting())
    assert [tile.id for tile in table.tiles] == ["p", "q"]
    assert {tile.group for tile in table.tiles} == {"p", "q"}
    assert {(tile.start, tile.end) for tile in table.tiles} == {("2024-08-01", "2024-08-02")}
    assert {sensor: len(bands) for sensor, bands in table.bands.items()} == {"S1": 2, "S2": 12}
    assert {one.item: one.reason for one in table.rejections} == {
        "set/DEM/p.tif": "unnamed_bands",
        "r": "missing_bands",
    }


def test_bands_in_files_of_their_own_are_joined(tmp_path: Path) -> None:
    for band, value in (("B04", 1000), ("B08", 4000)):
        write_raster(tmp_path / f"T20LKK_20240801_{band}.tif", plain(1, 48, value))
    table = open_rasters(tmp_path, cutting=Cutting())
    assert [tile.id for tile in table.tiles] == ["T20LKK_20240801"]
    np.testing.assert_allclose(table.read([0])["S2"].mean(axis=(0, 2, 3)), [0.1, 0.4], rtol=1e-5)


def test_a_truncated_file_is_a_rejection(tmp_path: Path) -> None:
    for place in ("p", "q"):
        write_raster(tmp_path / "S2L2A" / f"{place}.tif", plain(12, 48, 1000))
    truncate(tmp_path / "S2L2A" / "q.tif")
    table = open_rasters(tmp_path, cutting=Cutting())
    assert [tile.id for tile in table.tiles] == ["p"]
    assert [one.reason for one in table.rejections] == ["unreadable_raster"]
    truncate(tmp_path / "S2L2A" / "p.tif")
    with pytest.raises(KgpipeError, match="2 unreadable_raster"):
        open_rasters(tmp_path, cutting=Cutting())


def test_a_folder_without_rasters_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no GeoTIFF"):
        open_rasters(tmp_path, cutting=Cutting())


@pytest.mark.shared
def test_the_real_rasters_hold_the_real_crops(shared_data: Path) -> None:
    geo = shared_data / "geo"
    for rasters, crops in (
        ("terramind_examples", "terramesh_245"), ("sen1floods11_sample", "sen1floods11_256")
    ):  # fmt: skip
        cut = open_tiles(geo / rasters, cutting=Cutting(side=32))
        known = open_tiles(geo / "s1s2_multilabel" / f"{crops}.csv")
        assert len(cut) == len(known)
        place = {(round(t.lon or 0, 3), round(t.lat or 0, 3)): i for i, t in enumerate(known.tiles)}
        pairs = [
            (i, place[key])
            for i, t in enumerate(cut.tiles)
            if (key := (round(t.lon or 0, 3), round(t.lat or 0, 3))) in place
        ]
        assert len(pairs) > 0.8 * len(cut)
        ours, theirs = (list(places) for places in zip(*pairs, strict=True))
        np.testing.assert_allclose(cut.read(ours)["S2"], known.read(theirs)["S2"], rtol=1e-6)
        # The crops keep dB in half precision.
        np.testing.assert_allclose(cut.read(ours)["S1"], known.read(theirs)["S1"], atol=0.02)
