"""Shapes on the globe in CRS84 degrees: boxes, discs, distances, and what crosses the antimeridian.

Distances are those of a sphere, which is wrong by .5 % at the most; shapes are compared in degrees
of longitude scaled to their latitude, which is good enough for what is as small as a tile.
"""

import math

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import LineString, MultiPolygon, Polygon
from shapely.affinity import translate
from shapely.geometry.base import BaseGeometry

from kgpipe.tiles import Box

Floats = NDArray[np.float64]

# Mean radius of the Earth (IUGG), and what it makes of a degree.
EARTH_KM = 6371.0088
KM_PER_DEGREE = math.pi * EARTH_KM / 180
# Nearer to a pole a degree of longitude is next to nothing.
_LEAST_COSINE = 0.01
_QUARTER = 16


def distance_km(lon: Floats | float, lat: Floats | float, lon2: Floats, lat2: Floats) -> Floats:
    """Great-circle distances (haversine) between places in degrees."""
    one, two = np.radians(lat), np.radians(lat2)
    half = np.sin((two - one) / 2) ** 2
    half = half + np.cos(one) * np.cos(two) * np.sin(np.radians(lon2 - lon) / 2) ** 2
    distances: Floats = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return distances


def box_around(lon: float, lat: float, *, side_km: float) -> Box:
    """The extent of a square of the ground around its centre."""
    high = side_km / 2 / KM_PER_DEGREE
    wide = high / max(math.cos(math.radians(lat)), _LEAST_COSINE)
    return Box(wrap(lon - wide), max(lat - high, -90.0), wrap(lon + wide), min(lat + high, 90.0))


def wrap(lon: float) -> float:
    """The same meridian between -180 and 180."""
    return lon if -180 <= lon <= 180 else (lon + 180) % 360 - 180


def box_shape(box: Box) -> BaseGeometry:
    """The box as a polygon, as two where it crosses the antimeridian."""
    if box.west <= box.east:
        return shapely.box(*box)
    return MultiPolygon(
        [shapely.box(box.west, box.south, 180, box.north),
         shapely.box(-180, box.south, box.east, box.north)]
    )  # fmt: skip


def disc_shape(lon: float, lat: float, *, radius_km: float) -> BaseGeometry:
    """All that is within `radius_km` of a place, as a polygon; a point where that is 0."""
    if radius_km <= 0:
        return shapely.Point(lon, lat)
    high = radius_km / KM_PER_DEGREE
    wide = high / max(math.cos(math.radians(lat)), _LEAST_COSINE)
    ring = shapely.Point(0, 0).buffer(1, quad_segs=_QUARTER)
    points = shapely.get_coordinates(ring) * (wide, high) + np.array((lon, lat))
    points[:, 1] = points[:, 1].clip(-90, 90)
    return split_at_antimeridian(Polygon(points))


def unwrap(points: Floats) -> Floats:
    """Longitudes of a ring or line continued beyond 180 where it leaps from one edge to the other.

    A side of more than half the globe is taken for one that crosses the antimeridian (RFC 7946,
    section 3.1.9, asks for two parts there, but not every file has them).
    """
    leaps = np.diff(points[:, 0], prepend=points[0, 0])
    turns = np.cumsum(np.where(leaps < -180, 360.0, np.where(leaps > 180, -360.0, 0.0)))
    continued = points.copy()
    continued[:, 0] += turns
    return continued


def split_at_antimeridian(shape: BaseGeometry) -> BaseGeometry:
    """A shape whose longitudes leave -180 to 180, cut and moved back into them."""
    west, _, east, _ = shape.bounds
    if west >= -180 and east <= 180:
        return shape
    parts = []
    for turn in (-360, 0, 360):
        inside = shape.intersection(shapely.box(-180 + turn, -90, 180 + turn, 90))
        if not inside.is_empty:
            parts.append(translate(inside, xoff=-turn))
    return shapely.union_all(parts)


def unwrap_shape(shape: BaseGeometry) -> BaseGeometry:
    """The shape with its parts that cross the antimeridian cut there."""
    if shape.geom_type == "Polygon":
        rings = [
            unwrap(shapely.get_coordinates(ring)) for ring in (shape.exterior, *shape.interiors)
        ]
        shell = rings[0]
        # A hole stands on the same side as the shell that it is cut out of.
        middle = shell[:, 0].mean()
        holes = [np.add(ring, (360.0 * round((middle - ring[:, 0].mean()) / 360), 0.0))
                 for ring in rings[1:]]  # fmt: skip
        whole = Polygon(shell, holes)
        west, _, east, _ = whole.bounds
        if west >= -180 and east <= 180:
            return shape
        return split_at_antimeridian(whole if whole.is_valid else shapely.make_valid(whole))
    if shape.geom_type == "LineString":
        line = LineString(unwrap(shapely.get_coordinates(shape)))
        return shape if line.equals(shape) else split_at_antimeridian(line)
    if hasattr(shape, "geoms"):
        own = list(shape.geoms)
        parts = [unwrap_shape(part) for part in own]
        # Joined only where a part was cut: a union is another shape.
        if any(new is not old for new, old in zip(parts, own, strict=True)):
            return shapely.union_all(parts)
    return shape


def centre_of(shape: BaseGeometry) -> tuple[float, float]:
    """Its centre where that lies in it, else a point of it; longitude and latitude."""
    point = shape.centroid
    if not shape.covers(point):
        point = shape.representative_point()
    return round(float(point.x), 6), round(float(point.y), 6)


def reach_km(shape: BaseGeometry, lon: float, lat: float) -> float:
    """How far a shape reaches from a place at the most."""
    points = shapely.get_coordinates(shape)
    return round(float(distance_km(lon, lat, points[:, 0], points[:, 1]).max()), 3)


def distances_to(shape: BaseGeometry, lons: Floats, lats: Floats) -> Floats:
    """From a shape to places, in km; 0 inside of it. Shape (places,)."""
    nearest = np.full(len(lons), np.inf)
    # Across the antimeridian the nearest part may be a turn away.
    for turn in (0.0, 360.0, -360.0):
        places = shapely.points(lons + turn, lats)
        ends = shapely.get_coordinates(shapely.shortest_line(shape, places)).reshape(-1, 2, 2)
        found = distance_km(ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1])
        nearest = np.minimum(nearest, found)
    return nearest


def share_inside(shape: BaseGeometry, extent: BaseGeometry) -> float:
    """How much of the extent lies in the shape; of a smaller shape, how much of it in the extent.

    Points and lines lie in it where they meet it.
    """
    if shape.area == 0 or extent.area == 0:
        return float(shape.intersects(extent))
    common = shape.intersection(extent).area
    return float(min(1.0, common / min(shape.area, extent.area)))
