import sys
from pathlib import Path

import numpy as np
import pytest

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.sheets import write_sheet
from kgpipe.geo.data.synthetic import write_synthetic
from kgpipe.geo.data.tiletable import open_tiles


def _sheet(folder: Path, *, tiles: int = 4) -> None:
    folder.mkdir(exist_ok=True)
    write_sheet(folder / "a.png", np.full((tiles, 3, 48, 48), 50, np.uint8), columns=2)


def test_sheets_lie_beside_the_csv_or_where_they_are_said_to(tmp_path: Path) -> None:
    path = tmp_path / "tiles.csv"
    path.write_text("tile_id,sheet,row,col\nt,a.png,1,1\nu,a.png,7,0\n")
    _sheet(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="--sheets"):
        open_tiles(path)
    table = open_tiles(path, sheets=tmp_path / "elsewhere")
    assert [tile.id for tile in table.tiles] == ["t"]
    assert [rejection.reason for rejection in table.rejections] == ["outside_sheet"]
    _sheet(tmp_path / "sheets")
    assert open_tiles(path).bands == {"RGB": ("R", "G", "B")}
    assert open_tiles(tmp_path).tiles == table.tiles


def test_when_every_sheet_is_missing_the_set_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tiles.csv").write_text("tile_id,sheet,row,col\nt,b.png,0,0\nu,b.png,0,1\n")
    _sheet(tmp_path / "sheets")
    with pytest.raises(KgpipeError, match=r"2 missing_sheet.*b\.png does not exist"):
        open_tiles(tmp_path / "tiles.csv")


def test_a_csv_without_pixels_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tiles.csv").write_text("tile_id,lon,lat\nt,1,2\n")
    with pytest.raises(UsageError, match=r"tiles\.npz"):
        open_tiles(tmp_path / "tiles.csv")


def test_crops_of_which_little_was_seen_are_left_out(tmp_path: Path) -> None:
    s2 = np.full((2, 12, 8, 8), 900, dtype=np.int16)
    s2[1, :, :3] = 0
    np.savez(tmp_path / "a.npz", s2=s2)
    (tmp_path / "a.csv").write_text("id\nt\nu\n")
    table = open_tiles(tmp_path / "a.csv")
    assert [tile.id for tile in table.tiles] == ["t"]
    assert [(one.item, one.reason) for one in table.rejections] == [("u", "nodata")]


def test_crops_and_sheets_must_be_of_one_size(tmp_path: Path) -> None:
    path = write_synthetic(tmp_path, 2, side=32)
    name = next((tmp_path / "sheets").iterdir())
    write_sheet(name, np.full((2, 3, 48, 48), 50, np.uint8), columns=2)
    with pytest.raises(UsageError, match="differ in size"):
        open_tiles(path)


@pytest.mark.parametrize("name", ["gone.csv", "gone"])
def test_what_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        open_tiles(tmp_path / name)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(UsageError, match="no set of tiles"):
        open_tiles(tmp_path / "a.txt")


def test_a_missing_library_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    for name in [name for name in sys.modules if name.startswith("kgpipe.geo.")]:
        if name.rsplit(".", 1)[1] in {"rasters", "scenes", "scene_pixels", "grid"}:
            monkeypatch.delitem(sys.modules, name)
    with pytest.raises(UsageError, match=r"rasterio is missing: pip install 'kgpipe\[tiles\]'"):
        open_tiles(tmp_path)


@pytest.mark.shared
def test_the_amazon_mining_tiles(shared_data: Path) -> None:
    table = open_tiles(shared_data / "geo" / "amazon_mining_s2" / "tiles.csv")
    assert len(table) == 10_148
    assert table.rejections == []
    assert sum(tile.lon is not None for tile in table.tiles) == (table.columns["lon"] < 0).sum()
    values = table.read([0, 5000, 10_147])["RGB"]
    assert values.shape == (3, 3, 48, 48)
    assert np.nanstd(values) > 0.02


@pytest.mark.shared
def test_the_real_crops(shared_data: Path) -> None:
    folder = shared_data / "geo" / "s1s2_multilabel"
    mesh, floods = (
        open_tiles(folder / "terramesh_245.csv"),
        open_tiles(folder / "sen1floods11_256.csv"),
    )
    assert (len(mesh), len(floods)) == (245, 256)
    assert (len(mesh.bands["S2"]), len(floods.bands["S2"])) == (12, 13)
    assert len({tile.group for tile in mesh.tiles}) == 5
    # One of the scenes is all snow: bright in blue, dark in the short-wave infrared.
    snow = [place for place, tile in enumerate(mesh.tiles) if tile.labels == ("snow_ice",)]
    blue, short_wave = (mesh.bands["S2"].index(band) for band in ("B02", "B11"))
    seen = mesh.read(snow)["S2"]
    assert seen[:, blue].mean() > 2 * seen[:, short_wave].mean()
    # Water is dark to the radar.
    water = (floods.fractions["water"] > 0.9).to_numpy()
    vv = floods.read(range(256))["S1"][:, 0].mean(axis=(1, 2))
    assert vv[water].mean() < vv[~water].mean() - 3
