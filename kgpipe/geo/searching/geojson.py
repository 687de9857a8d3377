"""Hits as GeoJSON (RFC 7946): longitude first, outer rings counterclockwise, nothing across 180."""

from typing import Any

from kgpipe.geo.searching.hits import Found, Hit, describe_places
from kgpipe.tiles import Box, Tile

# A seventh decimal of a degree is a centimetre.
_DECIMALS = 7
_EDGE = 180.0


def as_geojson(found: Found) -> dict[str, Any]:
    """A FeatureCollection with one feature a hit, best first.

    What the whole search says stands in its foreign members `query`, `model`, `places`, `notes`.
    """
    return {
        "type": "FeatureCollection",
        "features": [as_feature(hit) for hit in found.hits],
        "query": found.query,
        "model": found.model,
        "places": describe_places(found.places),
        "notes": list(found.notes),
    }


def as_feature(hit: Hit) -> dict[str, Any]:
    """A hit with the extent of its tile, its centre where no extent is known, else nowhere."""
    tile = hit.tile
    properties = {
        "rank": hit.rank,
        "score": hit.score,
        **hit.parts,
        "distance_km": hit.distance_km,
        "source": tile.source,
        "start": tile.start or None,
        "end": tile.end or None,
        "places": list(tile.places),
        "stac_item": tile.item or None,
    }
    feature: dict[str, Any] = {
        "type": "Feature", "id": tile.id, "geometry": geometry_of(tile), "properties": properties
    }  # fmt: skip
    if tile.box:
        # Section 5.2: the west is greater than the east across the antimeridian.
        feature["bbox"] = [round(number, _DECIMALS) for number in tile.box]
    return feature


def geometry_of(tile: Tile) -> dict[str, Any] | None:
    """A Polygon, a MultiPolygon where the tile crosses the antimeridian, a Point, or None."""
    if tile.box:
        return box_geometry(tile.box)
    if tile.lon is None or tile.lat is None:
        return None
    return {"type": "Point", "coordinates": _position(tile.lon, tile.lat)}


def box_geometry(box: Box) -> dict[str, Any]:
    """The outline of a box, cut in two at the antimeridian where it crosses it (section 3.1.9)."""
    if box.west <= box.east:
        return {"type": "Polygon", "coordinates": [_ring(box)]}
    halves = [box._replace(east=_EDGE), box._replace(west=-_EDGE)]
    # A box that begins or ends at the antimeridian lies on one side of it.
    rings = [[_ring(half)] for half in halves if half.west < half.east]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def _ring(box: Box) -> list[list[float]]:
    """Counterclockwise from the south west, the first position again at the end."""
    west, south, east, north = box
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return [_position(lon, lat) for lon, lat in corners]


def _position(lon: float, lat: float) -> list[float]:
    return [round(lon, _DECIMALS), round(lat, _DECIMALS)]
