from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import shape

from kgpipe.geo.searching.geojson import as_geojson, box_geometry, geometry_of
from kgpipe.geo.searching.hits import Found, Hit
from kgpipe.tiles import Box, Place, Tile

LONGITUDES = st.floats(-180, 180).map(lambda lon: round(lon, 4))
LATITUDES = st.floats(-90, 90).map(lambda lat: round(lat, 4))


def rings_of(geometry: dict[str, Any]) -> list[list[list[float]]]:
    polygons = geometry["coordinates"]
    listed = [polygons] if geometry["type"] == "Polygon" else polygons
    return [ring for polygon in listed for ring in polygon]


@given(LONGITUDES, LATITUDES, LONGITUDES, LATITUDES)
def test_outlines_are_closed_counterclockwise_and_within_the_world(
    west: float, south: float, east: float, north: float
) -> None:
    south, north = sorted((south, north))
    if west == east or south == north or {west, east} == {-180.0, 180.0}:
        return
    geometry = box_geometry(Box(west, south, east, north))
    for ring in rings_of(geometry):
        assert ring[0] == ring[-1]
        assert shapely.is_ccw(shapely.LinearRing(ring))
        assert all(abs(lon) <= 180 and abs(lat) <= 90 for lon, lat in ring)
    width = east - west if west < east else east - west + 360
    assert shape(geometry).area == pytest.approx(width * (north - south), abs=1e-5)


def test_a_tile_over_the_antimeridian_is_cut_in_two() -> None:
    geometry = box_geometry(Box(179.5, -1.0, -179.8, 1.0))
    assert geometry == {
        "type": "MultiPolygon",
        "coordinates": [
            [[[179.5, -1.0], [180.0, -1.0], [180.0, 1.0], [179.5, 1.0], [179.5, -1.0]]],
            [[[-180.0, -1.0], [-179.8, -1.0], [-179.8, 1.0], [-180.0, 1.0], [-180.0, -1.0]]],
        ],
    }
    # What only touches it lies on one side.
    assert box_geometry(Box(180.0, 0.0, -179.0, 1.0))["type"] == "Polygon"
    assert box_geometry(Box(179.0, 0.0, -180.0, 1.0))["type"] == "Polygon"


def test_a_tile_is_drawn_by_what_is_known_of_it() -> None:
    assert geometry_of(Tile(id="t", source="s", lon=-60.0, lat=-5.0)) == {
        "type": "Point", "coordinates": [-60.0, -5.0]
    }  # fmt: skip
    assert geometry_of(Tile(id="t", source="s")) is None


def test_hits_are_features_in_their_order() -> None:
    tile = Tile(id="a", source="s", lon=180.0, lat=0.0, box=Box(179.5, -1, -179.5, 1),
                start="2024-01-01", places=("Fiji",), labels=("mine",))  # fmt: skip
    hits = (
        Hit(rank=1, tile=tile, score=0.75, text=0.25, place=0.5, distance_km=3.0),
        Hit(rank=2, tile=Tile(id="b", source="s"), score=0.5),
    )
    place = Place(name="Fiji", source="geonames", lon=179.0, lat=-17.0)
    collection = as_geojson(
        Found(query="reef", model="m", hits=hits, places=(place,), notes=("n",))
    )
    first, second = collection["features"]
    assert (first["type"], first["id"], first["bbox"]) == ("Feature", "a", [179.5, -1, -179.5, 1])
    assert first["properties"] == {
        "rank": 1, "score": 0.75, "text": 0.25, "place": 0.5, "distance_km": 3.0, "source": "s",
        "start": "2024-01-01", "end": None, "places": ["Fiji"], "stac_item": None,
    }  # fmt: skip
    assert second["geometry"] is None
    assert "bbox" not in second
    assert collection["query"] == "reef"
    assert collection["places"][0].startswith("Fiji: lon 179.00")
