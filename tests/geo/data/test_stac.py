import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rasterio", reason="the extra tiles brings rasterio")

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.cutting import Cutting
from kgpipe.geo.data.tiletable import open_tiles
from tests.geo.geotiff import plain, write_raster


def _item(folder: Path, name: str, assets: dict[str, Any], **properties: Any) -> dict[str, Any]:
    item: dict[str, Any] = {
        "type": "Feature", "stac_version": "1.0.0", "id": name, "geometry": None,
        "properties": {"datetime": "2024-08-01T14:30:00Z"} | properties,
        "assets": assets, "links": [],
    }  # fmt: skip
    (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / name / f"{name}.json").write_text(json.dumps(item))
    return item


def _raster(folder: Path, name: str, file: str, value: float = 1000, bands: int = 1) -> str:
    write_raster(folder / name / file, plain(bands, 48, value))
    return f"./{file}"


def _catalogue(folder: Path, *names: str) -> Path:
    links = [{"rel": "item", "href": f"./{name}/{name}.json"} for name in names]
    content = {
        "type": "Catalog", "stac_version": "1.0.0", "id": "c", "description": "d", "links": links,
    }  # fmt: skip
    (folder / "catalog.json").write_text(json.dumps(content))
    return folder / "catalog.json"


def test_bands_are_told_by_name_common_name_key_or_file(tmp_path: Path) -> None:
    write_raster(tmp_path / "i" / "many.tif", plain(2, 48, 500), bands=("B8A", "B12"))
    assets = {
        "asset1": {
            "href": _raster(tmp_path, "i", "b4.tif", 400),
            "eo:bands": [{"name": "x", "common_name": "red"}],
        },
        "asset2": {
            "href": _raster(tmp_path, "i", "b3.tif", 300), "bands": [{"name": "B03"}],
        },
        "nir": {"href": _raster(tmp_path, "i", "n.tif", 800)},
        "data": {"href": "./many.tif"},
        "visual": {"href": _raster(tmp_path, "i", "tci.tif"), "eo:bands": [{"name": "B02"}]},
        "preview": {"href": "https://example.org/p.jpg", "roles": ["thumbnail"]},
        "metadata": {"href": "./metadata.xml"},
    }  # fmt: skip
    _item(tmp_path, "i", assets)
    table = open_tiles(tmp_path / "i" / "i.json")
    assert table.bands == {"S2": ("B03", "B04", "B08", "B8A", "B12")}
    means = table.read([0])["S2"].mean(axis=(0, 2, 3))
    np.testing.assert_allclose(means, [0.03, 0.04, 0.08, 0.05, 0.05], rtol=1e-5)


def test_records_keep_item_time_and_what_its_properties_tell(tmp_path: Path) -> None:
    for name, properties in (
        ("day", {}),
        ("period", {
            "datetime": None, "start_datetime": "2024-08-01T00:00:00Z",
            "end_datetime": "2024-10-31T23:59:59Z",
        }),
        ("midnight", {
            "datetime": None, "start_datetime": "2024-08-01T00:00:00Z",
            "end_datetime": "2024-11-01T00:00:00Z",
        }),
    ):  # fmt: skip
        assets = {"red": {"href": _raster(tmp_path, name, "r.tif")}}
        _item(tmp_path, name, assets, **{"eo:cloud_cover": 3.5, **properties})
    table = open_tiles(_catalogue(tmp_path, "day", "period", "midnight"))
    day, period, midnight = table.tiles
    assert (day.start, day.end) == ("2024-08-01", "2024-08-02")
    assert (period.start, period.end) == ("2024-08-01", "2024-11-01")
    assert (midnight.start, midnight.end) == ("2024-08-01", "2024-11-01")
    assert (day.item, day.source) == ("day/day.json", "day/r.tif")
    assert table.columns["eo:cloud_cover"].tolist() == [3.5] * 3


def test_missing_broken_and_remote_things_are_counted(tmp_path: Path) -> None:
    _item(tmp_path, "good", {"red": {"href": _raster(tmp_path, "good", "r.tif")}})
    _item(tmp_path, "gone", {"red": {"href": "./r.tif"}})
    _item(tmp_path, "web", {"red": {"href": "https://example.org/r.tif"}})
    _item(tmp_path, "none", {})
    (tmp_path / "text").mkdir()
    (tmp_path / "text" / "text.json").write_text("{")
    table = open_tiles(_catalogue(tmp_path, "good", "gone", "web", "none", "text", "absent"))
    assert [tile.id for tile in table.tiles] == ["good"]
    reasons = {Path(one.item).stem: one.reason for one in table.rejections}
    assert reasons == {
        "gone": "missing_asset", "web": "remote_asset", "none": "no_assets",
        "text": "unreadable_item", "absent": "unreadable_item",
    }  # fmt: skip


def test_collections_below_a_catalogue_and_saved_searches_are_read(tmp_path: Path) -> None:
    item = _item(tmp_path / "c", "i", {"red": {"href": _raster(tmp_path / "c", "i", "r.tif")}})
    collection = {
        "type": "Collection", "stac_version": "1.0.0", "id": "c", "description": "d",
        "license": "other", "links": [{"rel": "item", "href": "./i/i.json"}],
        "extent": {
            "spatial": {"bbox": [[-180, -90, 180, 90]]}, "temporal": {"interval": [[None, None]]},
        },
    }  # fmt: skip
    (tmp_path / "c" / "collection.json").write_text(json.dumps(collection))
    catalogue = json.loads(_catalogue(tmp_path).read_text())
    catalogue["links"] = [{"rel": "child", "href": "./c/collection.json"}]
    (tmp_path / "catalog.json").write_text(json.dumps(catalogue))
    item["assets"]["red"]["href"] = "c/i/r.tif"
    search = {"type": "FeatureCollection", "features": [item]}
    (tmp_path / "found.json").write_text(json.dumps(search))
    for path in (tmp_path, tmp_path / "c" / "collection.json", tmp_path / "found.json"):
        assert [tile.id for tile in open_tiles(path).tiles] == ["i"]


@pytest.mark.parametrize("content", ["{", "[]", '{"type": "Feature"}', '{"type": "Topology"}'])
def test_what_is_no_stac_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(UsageError, match="no STAC file"):
        open_tiles(tmp_path / "a.json")


def test_an_empty_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KgpipeError, match="holds no tiles"):
        open_tiles(_catalogue(tmp_path), cutting=Cutting())
