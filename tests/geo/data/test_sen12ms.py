from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("rasterio", reason="the extra tiles brings rasterio")

from kgpipe.errors import UsageError
from kgpipe.geo.data.bands import S1_BANDS, S2_L1C_BANDS
from kgpipe.geo.data.tiletable import open_tiles
from tests.geo.geotiff import plain, truncate, write_raster

SIDE = 16


def _write_patch(root: Path, season: str, scene: int, patch: int, *, cover: int = 17) -> None:
    """A patch as the archives hold it, but smaller; the northern half is evergreen forest."""
    classes = plain(4, SIDE, cover)
    classes[0, : SIDE // 2] = 2
    for sensor, values in (
        ("s1", plain(2, SIDE, -11.0, "float32")),
        ("s2", plain(13, SIDE, 1200)),
        ("lc", classes),
    ):
        name = f"{season}_{sensor}_{scene}_p{patch}.tif"
        write_raster(root / season / f"{sensor}_{scene}" / name, values)


def test_a_patch_is_a_tile_with_its_land_cover(tmp_path: Path) -> None:
    _write_patch(tmp_path, "ROIs1158_spring", 1, 30)
    _write_patch(tmp_path, "ROIs1868_summer", 7, 5, cover=12)
    table = open_tiles(tmp_path)
    assert [tile.id for tile in table.tiles] == ["ROIs1158_spring_1_p30", "ROIs1868_summer_7_p5"]
    assert table.bands == {"S1": S1_BANDS, "S2": S2_L1C_BANDS}
    assert [tile.group for tile in table.tiles] == ["ROIs1158_spring_1", "ROIs1868_summer_7"]
    assert [tile.labels for tile in table.tiles] == [
        ("evergreen_broadleaf_forest", "water"), ("evergreen_broadleaf_forest", "cropland"),
    ]  # fmt: skip
    assert table.fractions["water"].tolist() == [0.5, 0]
    values = table.read([0, 1])
    np.testing.assert_allclose(values["S1"], -11)
    np.testing.assert_allclose(values["S2"], 0.12, rtol=1e-5)


def test_archives_with_a_folder_a_sensor_are_read_too(tmp_path: Path) -> None:
    _write_patch(tmp_path / "x", "ROIs1158_spring", 1, 30)
    for sensor in ("s1", "s2", "lc"):
        target = tmp_path / f"ROIs1158_spring_{sensor}"
        target.mkdir()
        (tmp_path / "x" / "ROIs1158_spring" / f"{sensor}_1").rename(target / f"{sensor}_1")
    table = open_tiles(tmp_path)
    assert [tile.id for tile in table.tiles] == ["ROIs1158_spring_1_p30"]


def test_a_patch_that_lacks_a_sensor_or_is_cut_short_is_counted(tmp_path: Path) -> None:
    for patch in (1, 2, 3, 4, 5):
        _write_patch(tmp_path, "ROIs1158_spring", 1, patch)
    scene = tmp_path / "ROIs1158_spring"
    (scene / "s1_1" / "ROIs1158_spring_s1_1_p2.tif").unlink()
    truncate(scene / "lc_1" / "ROIs1158_spring_lc_1_p3.tif")
    truncate(scene / "s2_1" / "ROIs1158_spring_s2_1_p4.tif")
    table = open_tiles(tmp_path)
    assert [tile.id for tile in table.tiles] == ["ROIs1158_spring_1_p1", "ROIs1158_spring_1_p5"]
    assert {one.item[-2:]: one.reason for one in table.rejections} == {
        "p2": "missing_bands", "p3": "unreadable_raster", "p4": "unreadable_raster",
    }  # fmt: skip


def test_without_patches_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ROIs1158_spring").mkdir()
    with pytest.raises(UsageError, match="no SEN12MS patch"):
        open_tiles(tmp_path)
