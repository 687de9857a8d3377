"""Points, circles, boxes and days as people write them on a command line."""

import math
import re
from datetime import date, timedelta

from kgpipe.errors import UsageError
from kgpipe.geo.searching.filters import Circle
from kgpipe.tiles import Box

# "00" is no month and no day.
_DATE = re.compile(r"(\d{4})(?:-(?!00)(\d{2})(?:-(?!00)(\d{2}))?)?")
_MONTHS = 12
_EXAMPLES = {2: "-58.1,-6.3", 3: "-58.1,-6.3,50", 4: "-58.5,-6.5,-57.5,-6.0"}
# Half the way around the earth.
_FURTHEST_KM = 20_038.0


def read_point(written: str, *, option: str = "--point") -> tuple[float, float]:
    """Read "LON,LAT" in degrees.

    Raises:
        UsageError: it is none; says so where the two seem to be swapped.
    """
    lon, lat = _numbers(written, 2, f"{option} LON,LAT")
    _check_point(lon, lat, option)
    return lon, lat


def read_circle(written: str, *, option: str = "--near") -> Circle:
    """Read "LON,LAT,KM".

    Raises:
        UsageError: it is none.
    """
    lon, lat, km = _numbers(written, 3, f"{option} LON,LAT,KM")
    _check_point(lon, lat, option)
    if not 0 < km <= _FURTHEST_KM:
        raise UsageError(f"{option} {written}: {km:g} is no radius in kilometres.")
    return Circle(lon, lat, km)


def read_box(written: str, *, option: str = "--box") -> Box:
    """Read "W,S,E,N"; the west is greater than the east where it crosses the antimeridian.

    Raises:
        UsageError: it is none.
    """
    west, south, east, north = _numbers(written, 4, f"{option} W,S,E,N")
    for lon, lat in ((west, south), (east, north)):
        _check_point(lon, lat, option)
    if south > north:
        raise UsageError(
            f"{option} {written}: the south ({south:g}) lies above the north ({north:g}). Write "
            "west, south, east, north."
        )
    return Box(west, south, east, north)


def read_days(first: str | None, last: str | None) -> tuple[str, str]:
    """Read --from and --to: a day, a month or a year each, all of it included.

    Returns:
        The first day and the day after the last one, as ISO dates; "" for what is not given.

    Raises:
        UsageError: one is no date, or the last comes before the first.
    """
    start = _span(first, "--from")[0] if first else ""
    end = _span(last, "--to")[1] if last else ""
    if start and end and start >= end:
        raise UsageError(f"--from {first} comes after --to {last}: no day lies between them.")
    return start, end


def _numbers(written: str, count: int, usage: str) -> list[float]:
    parts = written.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        example = _EXAMPLES[count]
        raise UsageError(
            f"{usage} takes {count} numbers with commas between them and no blanks, such as "
            f"{example}; {written!r} is something else."
        )
    return numbers


def _check_point(lon: float, lat: float, option: str) -> None:
    if abs(lat) <= 90 and abs(lon) <= 180:
        return
    if abs(lat) <= 180 and abs(lon) <= 90:
        raise UsageError(
            f"{option}: {lat:g} is no latitude, but it would be a longitude. Write the longitude "
            f"first: {lat:g},{lon:g}"
        )
    raise UsageError(
        f"{option}: longitude {lon:g}, latitude {lat:g} is nowhere on earth. Longitudes go from "
        "-180 to 180, latitudes from -90 to 90."
    )


def _span(written: str, option: str) -> tuple[str, str]:
    """First day, and the day after the last one, of a day, a month or a year."""
    match = _DATE.fullmatch(written.strip())
    year, month, day = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    try:
        first = date(year, month or 1, day or 1)
        if day:
            after = first + timedelta(days=1)
        elif month:
            after = date(year + month // _MONTHS, month % _MONTHS + 1, 1)
        else:
            after = date(year + 1, 1, 1)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{option} {written!r} is no date. Write 2024-05-31, 2024-05 or 2024."
        ) from error
    return first.isoformat(), after.isoformat()
