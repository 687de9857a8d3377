import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pystac", reason="the extra tiles brings pystac")

from pystac.validation import validate_dict

from kgpipe.geo.data.crops import CropPixels
from kgpipe.geo.data.cutting import Cutting
from kgpipe.geo.data.extent import box_around
from kgpipe.geo.data.stac_write import write_stac
from kgpipe.geo.data.synthetic import make_synthetic
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.data.tiletable import open_tiles
from kgpipe.tiles import Tile


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    table = make_synthetic(6, side=48)
    assert write_stac(tmp_path, table) == []
    again = open_tiles(tmp_path)
    assert [tile.id for tile in again.tiles] == [tile.id for tile in table.tiles]
    for written, tile in zip(again.tiles, table.tiles, strict=True):
        kept = ("start", "end", "labels", "group", "block", "places")
        assert {name: getattr(written, name) for name in kept} == {
            name: getattr(tile, name) for name in kept
        }
        assert written.box == pytest.approx(tile.box)
        assert (written.lon, written.lat) == pytest.approx((tile.lon, tile.lat))
    for sensor, values in table.read(range(6)).items():
        np.testing.assert_array_equal(again.read(range(6))[sensor], values)


def test_items_are_valid_and_their_hrefs_relative(tmp_path: Path) -> None:
    pytest.importorskip("jsonschema")
    write_stac(tmp_path, make_synthetic(2, side=16))
    paths = sorted(tmp_path.rglob("*.json"))
    assert len(paths) == 3
    for path in paths:
        content = json.loads(path.read_text())
        assert str(tmp_path) not in path.read_text()
        # The schemas of extensions lie on the web; that of STAC itself comes with pystac.
        content.pop("stac_extensions", None)
        validate_dict(content, href=str(path))


def test_an_item_has_what_catalogues_are_searched_by(tmp_path: Path) -> None:
    table = make_synthetic(1, side=16)
    write_stac(tmp_path, table)
    name = table.tiles[0].id
    item = json.loads((tmp_path / name / f"{name}.json").read_text())
    assert item["bbox"] == pytest.approx(list(table.tiles[0].box or ()))
    assert item["geometry"]["type"] == "Polygon"
    properties = item["properties"]
    assert properties["proj:code"] == "EPSG:4326"
    assert properties["start_datetime"] < properties["end_datetime"]
    bands = item["assets"]["S2"].get("bands") or item["assets"]["S2"]["eo:bands"]
    assert {"name": "B08", "common_name": "nir"} in bands
    assert item["assets"]["S1"]["href"] == "./S1.tif"


def test_a_tile_over_the_antimeridian_is_two_polygons_and_comes_back(tmp_path: Path) -> None:
    box = box_around(179.999, -16.5, metres=160)
    tile = Tile(
        id="t", source="", lon=179.999, lat=-16.5, box=box, start="2024-01-01", end="2024-01-02"
    )
    wide = tile.model_copy(update={"id": "u", "box": box_around(180, -16.5, metres=480)})
    pixels = CropPixels({"RGB": np.full((2, 3, 16, 16), 9, np.uint8)}, {"RGB": ("R", "G", "B")})
    table = TileTable([tile, wide], [], make_synthetic(2, side=16).columns, pixels, np.arange(2))
    write_stac(tmp_path, table)
    item = json.loads((tmp_path / "u" / "u.json").read_text())
    assert item["geometry"]["type"] == "MultiPolygon"
    again = open_tiles(tmp_path / "u" / "u.json", cutting=Cutting(side=16))
    assert again.tiles[0].box == pytest.approx(wide.box)


def test_tiles_without_place_or_time_are_counted(tmp_path: Path) -> None:
    table = make_synthetic(3, side=16)
    table.tiles = [
        table.tiles[0],
        table.tiles[1].model_copy(update={"box": None}),
        table.tiles[2].model_copy(update={"start": ""}),
    ]
    rejections = write_stac(tmp_path, table)
    assert [one.reason for one in rejections] == ["no_coordinates", "no_time"]
    assert len(list(tmp_path.rglob("RGB.tif"))) == 1
