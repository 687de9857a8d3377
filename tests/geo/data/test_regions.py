import json
from pathlib import Path

import numpy as np
import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.data.regions import AMAZON, read_regions


def _write(path: Path, *features: dict[str, object]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def _feature(kind: str, coordinates: object, **properties: object) -> dict[str, object]:
    geometry = {"type": kind, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def test_positions_lie_in_the_outline(tmp_path: Path) -> None:
    triangle = [[[-60, 0], [-59, 0], [-60, 1], [-60, 0]]]
    path = _write(
        tmp_path / "a.geojson",
        _feature("Polygon", triangle, name="T", country="Guyana"),
        _feature("Point", [10, 20]),
    )
    polygon, point = read_regions(path)
    rng = np.random.default_rng(0)
    assert (polygon.name, polygon.country) == ("T", "Guyana")
    assert all(polygon.contains(*polygon.draw_position(rng)) for _ in range(20))
    lon, lat = point.draw_position(rng)
    assert abs(lon - 10) < 0.2
    assert abs(lat - 20) < 0.2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "no GeoJSON"), ("[]", "no GeoJSON"), ('{"type": "FeatureCollection"}', "no GeoJSON"),
        ('{"type": "FeatureCollection", "features": []}', "no feature"),
    ],
)  # fmt: skip
def test_what_is_no_geojson_is_refused(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.geojson").write_text(content)
    with pytest.raises(UsageError, match=message):
        read_regions(tmp_path / "a.geojson")


def test_swapped_axes_are_named(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.geojson", _feature("Point", [4.7, -122.0]))
    with pytest.raises(UsageError, match="swapped"):
        read_regions(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        read_regions(tmp_path / "a.geojson")


def test_the_default_regions_lie_in_the_amazon() -> None:
    for region in AMAZON:
        assert -80 < region.outline.centroid.x < -50
        assert -16 < region.outline.centroid.y < 9
