import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.places.layers import read_layer, refuse_exchanged

SQUARE = [[[-61, 4], [-60, 4], [-60, 5], [-61, 5], [-61, 4]]]


def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(rings: Any, **properties: Any) -> dict[str, Any]:
    return feature({"type": "Polygon", "coordinates": rings}, **properties)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(*features: Any, **members: Any) -> Path:
        path = tmp_path / "places.geojson"
        data = {"type": "FeatureCollection", "features": list(features), **members}
        path.write_text(json.dumps(data), encoding="utf-8")
        return path

    return write


def test_all_kinds_of_shapes_are_read(write: Any) -> None:
    path = write(
        polygon(SQUARE, name="Square"),
        feature({"type": "MultiPolygon", "coordinates": [SQUARE]}, name="Squares"),
        feature({"type": "Point", "coordinates": [-60.5, 4.5, 120]}, name="Camp",
                wikidata="http://www.wikidata.org/entity/Q1"),
        feature({"type": "LineString", "coordinates": [[-61, 4], [-60, 5]]}, name="River"),
    )  # fmt: skip
    layer = read_layer(path)
    kinds = [one.shape.geom_type for one in layer.features]
    assert kinds == ["Polygon", "MultiPolygon", "Point", "LineString"]
    assert [one.name for one in layer.features] == ["Square", "Squares", "Camp", "River"]
    assert layer.features[2].identifier == "http://www.wikidata.org/entity/Q1"
    assert layer.source == "places.geojson" and layer.rejections == ()
    assert read_layer(path).digest == layer.digest


def test_a_polygon_that_crosses_itself_is_mended(write: Any) -> None:
    bow = [[[0, 0], [2, 2], [2, 0], [0, 2], [0, 0]]]
    [one] = read_layer(write(polygon(bow, name="Bow"))).features
    assert one.shape.is_valid
    assert one.shape.area == pytest.approx(2.0)


def test_what_cannot_be_used_is_counted(write: Any) -> None:
    layer = read_layer(
        write(
            polygon(SQUARE, name="Square"),
            polygon(SQUARE, name=None),
            feature(None, name="Nowhere"),
            polygon([[[0, 0], [1, 1], [0, 0]]], name="Flat"),
            polygon([[[0, 0], [1, 0], [2, 0], [0, 0]]], name="Line"),
            feature({"type": "Sphere", "coordinates": []}, name="Odd"),
            feature({"type": "Polygon", "coordinates": []}, name="Empty"),
        )
    )
    assert [one.name for one in layer.features] == ["Square"]
    assert [one.reason for one in layer.rejections] == [
        "no_name", "no_geometry", "invalid_geometry", "invalid_geometry", "invalid_geometry",
        "empty_geometry",
    ]  # fmt: skip
    assert "feature 2 (Nowhere)" in layer.rejections[1].item


def test_exchanged_axes_are_refused_where_they_show(write: Any) -> None:
    with pytest.raises(UsageError, match=r"feature 0 \(East\).*exchanged.*longitude first"):
        read_layer(write(feature({"type": "Point", "coordinates": [5, 110]}, name="East")))


def test_metres_are_refused(write: Any) -> None:
    with pytest.raises(UsageError, match=r"feature 0 \(Far\).*projection"):
        read_layer(write(feature({"type": "Point", "coordinates": [371234, 8678901]}, name="Far")))


def test_exchanged_axes_show_beside_tiles(write: Any) -> None:
    lons, lats = np.array([-60.0, -60.1]), np.array([4.0, 4.1])
    right = read_layer(write(polygon(SQUARE, name="Square")))
    refuse_exchanged(right, lons, lats)
    turned = [[[lat, lon] for lon, lat in SQUARE[0]]]
    wrong = read_layer(write(polygon(turned, name="Square")))
    with pytest.raises(UsageError, match="longitude and latitude exchanged some do, such as Squ"):
        refuse_exchanged(wrong, lons, lats)
    # A layer of elsewhere is none of a wrong order.
    far = read_layer(write(feature({"type": "Point", "coordinates": [100, 50]}, name="Far")))
    refuse_exchanged(far, lons, lats)


@pytest.mark.parametrize("name", ["EPSG:3857", "urn:ogc:def:crs:EPSG::32619", None])
def test_another_coordinate_system_is_refused(write: Any, name: str | None) -> None:
    crs = {"type": "name", "properties": {"name": name} if name else {}}
    with pytest.raises(UsageError, match="ogr2ogr"):
        read_layer(write(polygon(SQUARE, name="Square"), crs=crs))


def test_the_old_name_of_degrees_is_taken(write: Any) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(read_layer(write(polygon(SQUARE, name="Square"), crs=crs)).features) == 1


def test_the_property_of_names_is_found_or_named(write: Any) -> None:
    path = write(polygon(SQUARE, terrai_nom="Terra", Name="Square"))
    assert read_layer(path).features[0].name == "Square"
    assert read_layer(path, name_property="terrai_nom").features[0].name == "Terra"
    with pytest.raises(UsageError, match=r"it has code, kind\. Name one with --name-property"):
        read_layer(write(polygon(SQUARE, kind="a", code="b", area=3)))


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "no JSON"), ("[]", "no GeoJSON"), ('{"type": "Topology"}', "no GeoJSON"),
     ('{"type": "FeatureCollection"}', "without a list"),
     ('{"type": "FeatureCollection", "features": []}', "known to hold names")],
)  # fmt: skip
def test_what_is_no_geojson_is_refused(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        read_layer(path)
    with pytest.raises(UsageError, match="Cannot read"):
        read_layer(tmp_path / "none.geojson")


def test_a_polygon_over_the_antimeridian_is_cut(write: Any) -> None:
    ring = [[[179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]]]
    [one] = read_layer(write(polygon(ring, name="Fiji"))).features
    assert one.shape.area == pytest.approx(2.0)
