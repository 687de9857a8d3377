"""Regions that synthetic tiles are put into: where gold is dug in the Amazon, or the user's own."""

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
from shapely import Point, contains_xy
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from kgpipe.errors import ItemError, UsageError
from kgpipe.geo.data.extent import check_position

# Degrees around a point that has no outline: about 20 km.
_AROUND = 0.18
# Properties that GeoJSON files name their features by, the first that is there.
_NAME_KEYS = ("name", "Name", "NAME", "name_field", "nombre", "nome", "title")


class Region(NamedTuple):
    """A named piece of the earth; its outline is in degrees, longitude first."""

    name: str
    country: str
    outline: BaseGeometry

    def contains(self, lon: float, lat: float) -> bool:
        """Return whether a position lies in the outline, which may run over 180 degrees."""
        return bool(contains_xy(self.outline, [lon, lon + 360, lon - 360], [lat] * 3).any())

    def draw_position(self, rng: np.random.Generator) -> tuple[float, float]:
        """Draw a position in the outline; the one inside it that shapely finds if chance fails."""
        west, south, east, north = self.outline.bounds
        for lon, lat in rng.uniform((west, south), (east, north), size=(100, 2)):
            if self.contains(lon, lat):
                return float(lon), float(lat)
        inside = self.outline.representative_point()
        return float(inside.x), float(inside.y)


def _around(name: str, country: str, lon: float, lat: float) -> Region:
    return Region(name, country, Point(lon, lat).buffer(_AROUND))


# Well-known fields of artisanal gold mining; the positions are round.
AMAZON = (
    _around("Madre de Dios", "Peru", -70.3, -12.9),
    _around("Tapajós", "Brazil", -57.0, -6.3),
    _around("Upper Mucajaí", "Brazil", -63.0, 2.8),
    _around("Southern Pará", "Brazil", -51.5, -7.8),
    _around("Arco Minero del Orinoco", "Venezuela", -62.0, 7.0),
    _around("Mazaruni", "Guyana", -59.7, 6.1),
    _around("Lawa", "Suriname", -54.2, 3.6),
    _around("Napo", "Ecuador", -77.7, -1.1),
    _around("Puré", "Colombia", -69.9, -2.1),
    _around("Beni", "Bolivia", -67.3, -14.0),
)


def read_regions(path: Path) -> tuple[Region, ...]:
    """Read the features of a GeoJSON file: polygons, or points with about 20 km around them.

    Raises:
        UsageError: no such file, no GeoJSON, no features, or positions that are none on earth.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        features = content["features"] if content["type"] == "FeatureCollection" else [content]
        regions = tuple(_read_feature(feature) for feature in features if feature.get("geometry"))
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist.") from error
    except ItemError as error:
        raise UsageError(f"{path}: {error.detail}") from error
    except (ValueError, KeyError, TypeError, AttributeError, ShapelyError) as error:
        raise UsageError(f"{path} is no GeoJSON with features: {error!r}") from error
    if not regions:
        raise UsageError(f"{path} has no feature with a geometry.")
    return regions


def _read_feature(feature: dict[str, object]) -> Region:
    outline = shape(feature["geometry"])
    if outline.is_empty:
        raise ItemError("bad_coordinates", "a feature has an empty geometry.")
    west, south, east, north = outline.bounds
    check_position(west, south)
    check_position(east, north)
    properties = feature.get("properties")
    known = properties if isinstance(properties, dict) else {}
    name = next(
        (str(known[key]) for key in _NAME_KEYS if known.get(key)), str(feature.get("id", ""))
    )
    if outline.area == 0:
        outline = outline.buffer(_AROUND)
    return Region(name, str(known.get("country") or ""), outline)
