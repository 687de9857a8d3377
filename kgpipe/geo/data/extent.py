"""Positions and extents in degrees (CRS84: longitude first), over the antimeridian too."""

import math

from kgpipe.errors import ItemError
from kgpipe.tiles import Box

# One degree of a great circle of the WGS 84 ellipsoid's equator.
METRES_PER_DEGREE = 111_319.49
# A split by place keeps the tiles of such a cell together.
BLOCK_DEGREES = 0.5
# A degree of longitude shrinks to nothing at the poles; no box gets wider than at this latitude.
_HIGHEST_LATITUDE = 89.0


def wrap_longitude(degrees: float) -> float:
    """The same meridian from -180 up to, but not including, 180."""
    return (degrees + 180.0) % 360.0 - 180.0


def check_position(lon: float, lat: float) -> None:
    """Refuse what is no position on earth.

    Raises:
        ItemError: `swapped_coordinates` where the two are right the other way round, else
            `bad_coordinates`.
    """
    if not (math.isfinite(lon) and math.isfinite(lat)):
        raise ItemError("bad_coordinates", f"longitude {lon}, latitude {lat} are no numbers.")
    if abs(lat) > 90 and abs(lon) <= 90 and abs(lat) <= 180:
        raise ItemError(
            "swapped_coordinates",
            f"latitude {lat} is beyond 90 degrees while longitude is {lon}: the two look swapped. "
            "kgpipe reads longitude before latitude (CRS84).",
        )
    if abs(lat) > 90 or abs(lon) > 180:
        raise ItemError("bad_coordinates", f"longitude {lon}, latitude {lat} is no place on earth.")


def box_around(lon: float, lat: float, *, metres: float) -> Box:
    """The extent of a square of `metres` a side around its centre."""
    north_south = metres / 2 / METRES_PER_DEGREE
    parallel = math.cos(math.radians(min(abs(lat), _HIGHEST_LATITUDE)))
    east_west = north_south / parallel
    return Box(
        wrap_longitude(lon - east_west),
        max(lat - north_south, -90.0),
        wrap_longitude(lon + east_west),
        min(lat + north_south, 90.0),
    )


def centre_of(box: Box) -> tuple[float, float]:
    """Longitude and latitude of the middle of a box."""
    width = (box.east - box.west) % 360.0
    return wrap_longitude(box.west + width / 2), (box.south + box.north) / 2


def block_of(lon: float, lat: float) -> str:
    """The half degree cell of a position: "ROW_COLUMN", counted from 0, 0."""
    return f"{math.floor(lat / BLOCK_DEGREES)}_{math.floor(lon / BLOCK_DEGREES)}"
