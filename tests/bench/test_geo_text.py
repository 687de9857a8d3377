import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from shapely.geometry import box

pytest.importorskip("torch", reason="PyTorch is an extra")

from kgpipe.bench.geo_text import (
    Territory,
    ask_territories,
    find_territories,
    mark_relevant,
)
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.data.tileset import Pixels
from kgpipe.tiles import Tile
from tests.bench.made_geo import make_table

EAST = Territory("Eastland", "Brazil", box(-50, -5, -49, -4))
WEST = Territory("Westland", "Peru", box(-70, -5, -69, -4))


def _tiles() -> TileTable:
    """Twenty tiles in either territory and sixty without a place, their number in the pixels."""
    tiles = []
    for row in range(100):
        inside = EAST if row < 20 else WEST
        where = inside.shape.centroid
        known = row < 40
        tiles.append(
            Tile(
                id=f"t{row}", source="made", labels=("mine",),
                lon=where.x if known else None, lat=where.y if known else None,
                places=(inside.country, inside.name) if known else (),
            )
        )  # fmt: skip
    numbers = np.arange(100, dtype=np.float32)[:, None, None, None] * np.ones((1, 3, 8, 8))
    return make_table(tiles, {"RGB": numbers.astype(np.float32)}, bands={"RGB": ("R", "G", "B")})


class _Encoder:
    """Knows Eastland's tiles by text, and those of neither territory by location."""

    name = "made"
    bands: Mapping[str, tuple[str, ...]] = {"RGB": ("R", "G", "B")}

    def embed_tiles(self, pixels: Pixels) -> NDArray[np.float32]:
        numbers = pixels["RGB"][:, 0, 0, 0]
        return np.stack([numbers < 20, numbers >= 40], axis=1).astype(np.float32)

    def embed_points(self, pixels: Pixels, offsets: NDArray[np.float32]) -> NDArray[np.float32]:
        raise NotImplementedError

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        assert texts == ["gold mine in Eastland, Brazil", "gold mine in Westland, Peru"]
        return np.array([[1, 0], [0, 1]], dtype=np.float32)

    def embed_locations(self, lonlat: NDArray[np.float64]) -> NDArray[np.float32]:
        return np.array([[0, 1]] * len(lonlat), dtype=np.float32)


def test_each_system_is_asked_for_each_territory() -> None:
    rows = ask_territories(_Encoder(), _tiles(), [EAST, WEST])
    assert [row["relevant"] for row in rows] == [20, 20]
    assert rows[0]["found"] == {
        "text": 10, "location_by_model": 0, "text_and_location_by_model": 10,
        "nearest_known_position": 10,
    }  # fmt: skip
    assert rows[1]["found"]["text"] == 0
    assert rows[0]["chance"] == pytest.approx(0.2)


def test_a_tile_near_the_outline_counts_and_one_further_does_not() -> None:
    # 0.04 degrees are 4.4 km, 0.06 are 6.7 km.
    tiles = [
        Tile(id=f"t{row}", source="made", lon=lon, lat=-4.5)
        for row, lon in enumerate((-50.04, -50.06, -49.5))
    ]
    pixels = np.ones((3, 3, 8, 8), dtype=np.float32)
    table = make_table(tiles, {"RGB": pixels}, bands={"RGB": ("R", "G", "B")})
    lons = np.array([tile.lon for tile in tiles], dtype=np.float64)
    lats = np.full(3, -4.5)
    assert mark_relevant(table, EAST, lons, lats).tolist() == [True, False, True]


def test_territories_are_those_that_tiles_name(tmp_path: Path) -> None:
    features = [
        {"type": "Feature", "properties": {"name_field": one.name},
         "geometry": one.shape.__geo_interface__}
        for one in (EAST, WEST, Territory("Nowhere", "", box(0, 0, 1, 1)))
    ]  # fmt: skip
    path = tmp_path / "layer.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    found = find_territories(_tiles(), path)
    assert [(one.name, one.country) for one in found] == [
        ("Eastland", "Brazil"), ("Westland", "Peru"),
    ]  # fmt: skip
