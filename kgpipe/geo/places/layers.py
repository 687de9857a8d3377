"""The user's own places: features of a GeoJSON file (RFC 7946) with a name each.

Coordinates are CRS84, longitude first. A file in another system, or with its axes exchanged, is
refused: silently read, its places would lie elsewhere. A feature whose shape cannot be used is left
out and counted.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape as read_shape
from shapely.geometry.base import BaseGeometry

from kgpipe.errors import UsageError
from kgpipe.geo.places.shapes import Floats, distance_km, unwrap_shape
from kgpipe.ids import content_digest
from kgpipe.types import Rejection

# Names that the readers and writers of GeoJSON give to CRS84. EPSG:4326 has latitude first by its
# book, but in GeoJSON it is written with longitude first.
_CRS84 = {
    "urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:OGC::CRS84", "OGC:CRS84", "CRS84",
    "EPSG:4326", "urn:ogc:def:crs:EPSG::4326", "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
}  # fmt: skip
# Properties that hold a name, the likeliest first; others come behind them.
_NAME_PROPERTIES = (
    "name", "name_en", "name_field", "nombre", "nome", "nom", "title", "label", "shapename",
    "territory", "country",
)  # fmt: skip
_IDENTIFIERS = ("iri", "uri", "sameas", "wikidata", "url")
# A layer further than this from all tiles may be about other tiles, or have its axes exchanged.
_NEAR_KM = 500.0


@dataclass(frozen=True)
class Feature:
    """A named place; `identifier` is an IRI or ""."""

    name: str
    shape: BaseGeometry
    identifier: str = ""


@dataclass(frozen=True)
class Layer:
    """The usable features of a file, its digest, and what was left out."""

    source: str
    digest: str
    features: tuple[Feature, ...]
    rejections: tuple[Rejection, ...] = ()


def read_layer(path: Path, *, name_property: str | None = None) -> Layer:
    """Read a GeoJSON file.

    Args:
        path: a FeatureCollection or a Feature.
        name_property: that holds the names; by default one of the usual ones.

    Raises:
        UsageError: no GeoJSON, another coordinate system, coordinates out of range, or no names.
    """
    content, data = _load(path)
    _refuse_crs(data, path)
    features = data["features"] if data.get("type") == "FeatureCollection" else [data]
    key = name_property or _find_name_property(features, path)
    usable: list[Feature] = []
    rejections: list[Rejection] = []
    for number, feature in enumerate(features):
        name = str((feature.get("properties") or {}).get(key) or "").strip()
        place = f"{path.name}, feature {number}{f' ({name})' if name else ''}"
        if not name:
            rejections.append(_reject(place, "no_name", f"Its property {key!r} is empty."))
            continue
        geometry = feature.get("geometry")
        if not geometry:
            rejections.append(_reject(place, "no_geometry", "It has no geometry."))
            continue
        try:
            shape = _read_geometry(geometry, place)
        except (ValueError, TypeError, KeyError, AttributeError, ShapelyError) as error:
            rejections.append(_reject(place, "invalid_geometry", f"It cannot be read: {error}"))
            continue
        if shape.is_empty:
            rejections.append(_reject(place, "empty_geometry", "Nothing is left of its shape."))
            continue
        usable.append(Feature(name, shape, _identifier(feature.get("properties") or {})))
    if not usable and not rejections:
        raise UsageError(f"{path} has no features.")
    return Layer(path.name, content_digest(content), tuple(usable), tuple(rejections))


def refuse_exchanged(layer: Layer, lons: Floats, lats: Floats) -> None:
    """Stop where a layer would lie among the tiles only with its axes exchanged.

    Args:
        layer: of places.
        lons: of tiles, shape (tiles,).
        lats: as `lons`.

    Raises:
        UsageError: it would.
    """
    centres = np.array([shapely.get_coordinates(one.shape.centroid)[0] for one in layer.features])
    if not len(centres) or not len(lons) or _any_near(centres, lons, lats):
        return
    exchanged = centres[:, ::-1]
    # A latitude beyond the poles is none.
    exchanged = exchanged[np.abs(exchanged[:, 1]) <= 90]
    if len(exchanged) and _any_near(exchanged, lons, lats):
        raise UsageError(
            f"No place of {layer.source} lies within {_NEAR_KM:.0f} km of a tile, but with "
            f"longitude and latitude exchanged some do, such as {layer.features[0].name}. GeoJSON "
            "has longitude first: exchange the axes of the file."
        )


def _any_near(centres: Floats, lons: Floats, lats: Floats) -> bool:
    return any(
        bool((distance_km(lon, lat, lons, lats) <= _NEAR_KM).any()) for lon, lat in centres.tolist()
    )


def _load(path: Path) -> tuple[bytes, dict[str, Any]]:
    try:
        content = path.read_bytes()
        data = json.loads(content)
    except OSError as error:
        raise UsageError(f"Cannot read the places {path}: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"The places {path} are no JSON: {error}.") from error
    if not isinstance(data, dict) or data.get("type") not in ("FeatureCollection", "Feature"):
        raise UsageError(f"{path} is no GeoJSON FeatureCollection.")
    features = data.get("features") if data["type"] == "FeatureCollection" else [data]
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise UsageError(f"{path} is a FeatureCollection without a list of features.")
    return content, data


def _refuse_crs(data: Mapping[str, Any], path: Path) -> None:
    """RFC 7946 has no member `crs`; older files say by it what they are in."""
    if (crs := data.get("crs")) is None:
        return
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if name not in _CRS84:
        raise UsageError(
            f"{path} is in the coordinate system {name or crs}, but places are read in CRS84 "
            f"(degrees, longitude first). Convert it: ogr2ogr -t_srs OGC:CRS84 OUT.geojson {path}"
        )


def _find_name_property(features: Sequence[Any], path: Path) -> str:
    """The property that most features have a text in, the usual ones first."""
    counts: dict[str, int] = {}
    for feature in features:
        for key, value in (feature.get("properties") or {}).items():
            if isinstance(value, str) and value.strip():
                counts[key] = counts.get(key, 0) + 1
    for usual in _NAME_PROPERTIES:
        for key in counts:
            if key.casefold() == usual:
                return key
    raise UsageError(
        f"None of the properties of {path} is known to hold names; it has "
        f"{', '.join(sorted(counts)) or 'none with text'}. Name one with --name-property."
    )


def _read_geometry(geometry: Mapping[str, Any], place: str) -> BaseGeometry:
    """The shape, mended where it crosses itself.

    Raises:
        UsageError: coordinates are out of range.
    """
    shape = shapely.force_2d(read_shape(geometry))
    if shape.is_empty:
        return shape
    points = shapely.get_coordinates(shape)
    if not np.isfinite(points).all():
        raise ValueError("a coordinate is no number")
    for lon, lat in points.tolist():
        if abs(lon) <= 180 and abs(lat) <= 90:
            continue
        hint = (
            "Longitude and latitude seem to be exchanged: GeoJSON has longitude first."
            if abs(lat) <= 180 and abs(lon) <= 90
            else "Places are read in degrees (CRS84); is the file in metres of a projection?"
        )
        raise UsageError(f"{place}: ({lon:g}, {lat:g}) is no longitude and latitude. {hint}")
    return unwrap_shape(shape if shape.is_valid else _mend(shape))


def _mend(shape: BaseGeometry) -> BaseGeometry:
    """A valid shape of the same dimension; what else `make_valid` leaves over goes."""
    # A ring that crosses the antimeridian crosses itself only as long as it is not unwrapped.
    unwrapped = unwrap_shape(shape)
    mended = shapely.make_valid(unwrapped)
    if "Polygon" not in shape.geom_type:
        return mended
    parts = [part for part in _parts(mended) if part.geom_type == "Polygon"]
    if not parts:
        raise ValueError("its rings enclose nothing")
    return shapely.union_all(parts)


def _parts(shape: BaseGeometry) -> Iterator[BaseGeometry]:
    if hasattr(shape, "geoms"):
        for part in shape.geoms:
            yield from _parts(part)
    else:
        yield shape


def _identifier(properties: Mapping[str, Any]) -> str:
    for key, value in properties.items():
        if key.casefold() in _IDENTIFIERS and isinstance(value, str) and "://" in value:
            return value
    return ""


def _reject(item: str, reason: str, detail: str) -> Rejection:
    return Rejection(stage="places", item=item, reason=reason, detail=detail)
