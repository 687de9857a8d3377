import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("rasterio", reason="the extra tiles brings rasterio")

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.bands import S1_BANDS, S2_L2A_BANDS
from kgpipe.geo.data.bigearthnet import open_bigearthnet
from kgpipe.geo.data.tiletable import open_tiles
from tests.geo.geotiff import plain, write_raster

pytest.importorskip("pyarrow")

SCENE = "S2A_MSIL2A_20170613T101031_N9999_R022_T33UUP"
OTHER = "S2B_MSIL2A_20180506T105029_N9999_R051_T31UER"
# Metres of a pixel; a patch of 120 pixels of 10 m becomes one of 12.
PIXELS = {10: 12, 20: 6, 60: 2}
COARSE = {"B01": 60, "B09": 60, **dict.fromkeys(("B05", "B06", "B07", "B8A", "B11", "B12"), 20)}


def _write_patch(root: Path, patch: str, radar: str) -> None:
    for number, band in enumerate(S2_L2A_BANDS, start=1):
        metres = COARSE.get(band, 10)
        scene = patch.rsplit("_", 2)[0]
        path = root / "BigEarthNet-S2" / scene / patch / f"{patch}_{band}.tif"
        write_raster(path, plain(1, PIXELS[metres], 100 * number), pixel=metres)
    for band in S1_BANDS:
        path = root / "BigEarthNet-S1" / radar.rsplit("_", 3)[0] / radar / f"{radar}_{band}.tif"
        write_raster(path, plain(1, 12, -9.5, "float32"))


def _write(root: Path) -> Path:
    rows = []
    for scene, cell, split, country in (
        (SCENE, "26_57", "train", "Austria"), (SCENE, "26_58", "test", "Austria"),
        (OTHER, "01_02", "train", "Belgium"),
    ):  # fmt: skip
        radar = f"S1A_IW_GRDH_1SDV_20170613T165043_{scene[-5:]}_{cell}"
        _write_patch(root, f"{scene}_{cell}", radar)
        rows.append(
            {
                "patch_id": f"{scene}_{cell}",
                "labels": ["Arable land", "Mixed forest"],
                "split": split,
                "country": country,
                "s1_name": radar,
                "contains_cloud_or_shadow": False,
            }
        )
    pd.DataFrame(rows).to_parquet(root / "metadata.parquet")
    return root


def test_patches_have_all_bands_on_the_finest_grid(tmp_path: Path) -> None:
    table = open_tiles(_write(tmp_path))
    assert table.bands == {"S1": S1_BANDS, "S2": S2_L2A_BANDS}
    values = table.read([0])
    assert values["S2"].shape == (1, 12, 12, 12)
    means = values["S2"].mean(axis=(0, 2, 3))
    np.testing.assert_allclose(means, np.arange(1, 13) / 100, rtol=1e-4)
    np.testing.assert_allclose(values["S1"], -9.5)


def test_records_tell_labels_day_country_and_the_square_of_the_scene(tmp_path: Path) -> None:
    table = open_tiles(_write(tmp_path))
    tile = table.tiles[0]
    assert tile.id == f"{SCENE}_26_57"
    assert tile.labels == ("Arable land", "Mixed forest")
    assert (tile.start, tile.end) == ("2017-06-13", "2017-06-14")
    assert (tile.group, tile.places) == ("T33UUP", ("Austria",))
    assert table.columns["split"].tolist() == ["train", "test", "train"]


def test_splits_countries_and_a_limit_choose_patches(tmp_path: Path) -> None:
    root = _write(tmp_path)
    assert len(open_bigearthnet(root, split="train")) == 2
    assert len(open_bigearthnet(root, split="train", countries=["Belgium"])) == 1
    assert [tile.id[-5:] for tile in open_bigearthnet(root, limit=1).tiles] == ["26_57"]
    with pytest.raises(UsageError, match="no such patch"):
        open_bigearthnet(root, countries=["Atlantis"])


def test_without_metadata_the_optical_patches_are_read(tmp_path: Path) -> None:
    root = _write(tmp_path)
    (root / "metadata.parquet").unlink()
    table = open_tiles(root)
    assert len(table) == 3
    assert list(table.bands) == ["S2"]
    assert {tile.labels for tile in table.tiles} == {()}
    with pytest.raises(UsageError, match="tells the split"):
        open_bigearthnet(root, split="train")


def test_missing_patches_are_counted(tmp_path: Path) -> None:
    root = _write(tmp_path)
    shutil.rmtree(root / "BigEarthNet-S2" / OTHER)
    (root / "BigEarthNet-S2" / SCENE / f"{SCENE}_26_58" / f"{SCENE}_26_58_B02.tif").unlink()
    table = open_tiles(root)
    assert [tile.id[-5:] for tile in table.tiles] == ["26_57"]
    assert [one.reason for one in table.rejections] == ["unreadable_raster"] * 2
    shutil.rmtree(root / "BigEarthNet-S2" / SCENE)
    with pytest.raises(KgpipeError, match="3 unreadable_raster"):
        open_tiles(root)


def test_broken_metadata_is_named(tmp_path: Path) -> None:
    root = _write(tmp_path)
    (root / "metadata.parquet").write_bytes(b"no parquet")
    with pytest.raises(UsageError, match=r"metadata\.parquet cannot be read"):
        open_tiles(root)
