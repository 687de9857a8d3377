"""Which tiles a search may return, by place and time. What passes is exact, never approximated.

A tile lies where its centre is, and passes no filter that asks for what is unknown of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias
from zipfile import BadZipFile

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from kgpipe.errors import KgpipeError
from kgpipe.geo.data.extent import centre_of
from kgpipe.geo.places.shapes import distance_km
from kgpipe.tiles import Box, Tile

Mask = NDArray[np.bool_]
Degrees = NDArray[np.float64]
Days = NDArray[np.datetime64]
# Characters of an ISO date; what follows is a time of day.
_DATE = 10


class Circle(NamedTuple):
    """All within so many kilometres of a point."""

    lon: float
    lat: float
    km: float


# A shapely polygon, or several, in degrees; RFC 7946 cuts those over the antimeridian in two.
Area: TypeAlias = Box | Circle | Any


@dataclass(frozen=True)
class TileFilter:
    """What a tile must meet, all of it.

    Attributes:
        areas: the tile's centre lies in each; the border counts.
        start: first day, as an ISO date, or "".
        end: the day after the last one, or "". A tile passes if its own days overlap these.
    """

    areas: tuple[Area, ...] = ()
    start: str = ""
    end: str = ""

    @property
    def is_open(self) -> bool:
        """Whether every tile passes."""
        return not (self.areas or self.start or self.end)


EVERYTHING = TileFilter()


@dataclass(frozen=True)
class Ground:
    """Where and when tiles are, as columns; NaN or NaT where that is unknown.

    Attributes:
        lon: of the centres.
        lat: of the centres.
        boxes: shape (tiles, 4): west, south, east, north.
        start: first days.
        end: the days after the last ones.
    """

    lon: Degrees
    lat: Degrees
    boxes: Degrees
    start: Days
    end: Days

    @property
    def placed(self) -> Mask:
        """Which tiles have coordinates."""
        return np.asarray(np.isfinite(self.lon) & np.isfinite(self.lat))


def survey(tiles: Sequence[Tile]) -> Ground:
    """Read the columns off tiles.

    A tile without a centre has that of its box, and one with one day alone is of that day.

    Raises:
        KgpipeError: a date is none.
    """
    boxes, centres = np.full((len(tiles), 4), np.nan), np.full((len(tiles), 2), np.nan)
    days: tuple[list[str], list[str]] = [], []
    # Once through: tiles may be read from a file one by one.
    for row, tile in enumerate(tiles):
        if tile.box:
            boxes[row] = tile.box
        centres[row] = _centre(tile)
        days[0].append(tile.start[:_DATE])
        days[1].append(tile.end[:_DATE])
    start, end = (_read_days(tiles, dates) for dates in days)
    day = np.timedelta64(1, "D")
    return Ground(
        lon=centres[:, 0], lat=centres[:, 1], boxes=boxes,
        start=np.where(np.isnat(start), end - day, start),
        end=np.where(np.isnat(end), start + day, end),
    )  # fmt: skip


def passing(wanted: TileFilter, ground: Ground) -> Mask:
    """Tell for each tile whether it passes."""
    passes = np.ones(len(ground.lon), dtype=np.bool_)
    for area in wanted.areas:
        passes &= _lies_in(area, ground)
    # Comparisons with NaT are false.
    if wanted.start:
        passes &= ground.end > np.datetime64(wanted.start, "D")
    if wanted.end:
        passes &= ground.start < np.datetime64(wanted.end, "D")
    return passes


def holding(lon: float, lat: float, ground: Ground) -> Mask:
    """Tell for each tile whether its box holds a point."""
    west, south, east, north = ground.boxes.T
    return np.asarray(between_meridians(lon, west, east) & (lat >= south) & (lat <= north))


def between_meridians(lons: ArrayLike, west: ArrayLike, east: ArrayLike) -> Mask:
    """Whether longitudes lie from `west` eastward to `east`, the two included; NaN never does."""
    lon, first, last = np.asarray(lons), np.asarray(west), np.asarray(east)
    apart = (lon >= first) & (lon <= last)
    around = (lon >= first) | (lon <= last)
    # -180 and 180 are one meridian.
    edge = (np.abs(lon) == 180) & ((np.abs(first) == 180) | (np.abs(last) == 180))
    return np.asarray(np.where(first > last, around, apart) | edge)


def _lies_in(area: Area, ground: Ground) -> Mask:
    lon, lat = ground.lon, ground.lat
    if isinstance(area, Box):
        in_rows = (lat >= area.south) & (lat <= area.north)
        return np.asarray(in_rows & between_meridians(lon, area.west, area.east))
    if isinstance(area, Circle):
        return np.asarray(distance_km(area.lon, area.lat, lon, lat) <= area.km)
    shapely.prepare(area)
    inside = np.zeros(len(lon), dtype=np.bool_)
    inside[ground.placed] = shapely.intersects_xy(area, lon[ground.placed], lat[ground.placed])
    return inside


def _centre(tile: Tile) -> tuple[float, float]:
    if tile.lon is not None and tile.lat is not None:
        return tile.lon, tile.lat
    return centre_of(tile.box) if tile.box else (np.nan, np.nan)


def _read_days(tiles: Sequence[Tile], dates: Sequence[str]) -> Days:
    try:
        return np.array(dates, dtype="datetime64[D]")
    except ValueError:
        for tile, date in zip(tiles, dates, strict=True):
            try:
                np.datetime64(date, "D")
            except ValueError as error:
                raise KgpipeError(
                    f"The tile {tile.id} has {date!r} for a date. Write dates as YYYY-MM-DD "
                    "in its set, and embed it again."
                ) from error
        raise


def save_ground(ground: Ground, path: Path, *, digest: str) -> None:
    """Keep the columns, at once, with the digest of the tiles that they were read off.

    Raises:
        OSError: the file cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            np.savez(file, of=np.array(digest), **vars(ground))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def load_ground(path: Path, *, digest: str) -> Ground | None:
    """The columns of these tiles; None where the file is of others, damaged or not there."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            if str(kept["of"]) != digest:
                return None
            return Ground(**{field.name: kept[field.name] for field in fields(Ground)})
    except (OSError, ValueError, KeyError, BadZipFile):
        return None
