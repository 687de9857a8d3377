"""Coordinates that a text states: degrees with fractions, or with minutes and seconds.

Read are coordinates with hemispheres (4°46'36.7" N, 61°28'58" W; 4.7769 S 61.48 O), with words
(lat -12.593, lon: -69.189), and bare signed pairs behind a word such as "coordinates". A bare pair
does not say which number is the latitude: both readings are told where both are possible, none is
guessed. "O" is west (oeste, ouest) in the languages that are read here; in German it would be east.
Coordinates of a projection, such as UTM, are not read.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

# A number in degrees: "4", "4.7769", "4,7769".
_NUMBER = r"\d{1,3}(?:[.,]\d+)?"
_DEGREE = r"\s*[°º˚]\s*"
# Primes, and what stands for them: U+2032, U+2019, U+00B4; U+2033, U+201D, U+201C.
_MINUTE = "\\s*['`\u2032\u2019\u00b4]\\s*"
_SECOND = "\\s*(?:[\"\u2033\u201d\u201c]|['`\u2032\u2019\u00b4]{2})\\s*"
# A hyphen, and the minus sign and dash that typesetters put in its place.
_SIGN = "[-+\u2212\u2013]?"
# Groups are numbered, since a pattern has two of each.
_ANGLE = (
    rf"(?P<d@>{_NUMBER})(?:{_DEGREE}(?:(?P<m@>\d{{1,2}}(?:[.,]\d+)?){_MINUTE}"
    rf"(?:(?P<s@>\d{{1,2}}(?:[.,]\d+)?){_SECOND})?)?)?"
)
_NORTH = r"(?P<h@>[NS])(?:orth|outh|orte|ur|ul|ord|ud)?"
_EAST = r"(?P<h@>[EWOL])(?:ast|est|ste|este|uest)?"
_BETWEEN = r"\s*(?:[,;/]|\by\b|\be\b|\band\b|\bet\b)?\s*"
_LATITUDE, _LONGITUDE = r"lat(?:itude?|\.)?", r"lon(?:gitude?|g|\.)?"
_SIGNED = rf"(?P<@>{_SIGN}\d{{1,3}}[.,]\d+|{_SIGN}\d{{1,3}})"
_IS = r"\s*(?:[:=]|is|es|é|est)?\s*"


def _hemispheres(first: str, second: str) -> Iterator[re.Pattern[str]]:
    """The hemisphere behind each angle, or before each."""
    one, two = first.replace("@", "1"), second.replace("@", "2")
    angle, other = _ANGLE.replace("@", "1"), _ANGLE.replace("@", "2")
    yield re.compile(rf"(?<![\w.,-]){angle}\s*{one}\b\.?{_BETWEEN}{other}\s*{two}\b")
    yield re.compile(rf"\b{one}\s*{angle}{_BETWEEN}\b{two}\s*{other}(?!\w)")


_WITH_HEMISPHERES = (*_hemispheres(_NORTH, _EAST), *_hemispheres(_EAST, _NORTH))
_lat, _lon = _SIGNED.replace("@", "lat"), _SIGNED.replace("@", "lon")
_FINE = rf"{_SIGN}\d{{1,3}}\.\d{{2,}}"
_WITH_WORDS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"\b{_LATITUDE}{_IS}{_lat}\s*°?{_BETWEEN}{_LONGITUDE}{_IS}{_lon}(?!\.?\d)",
        rf"\b{_LONGITUDE}{_IS}{_lon}\s*°?{_BETWEEN}{_LATITUDE}{_IS}{_lat}(?!\.?\d)",
        rf"\b{_LATITUDE}\s*[/,]\s*{_LONGITUDE}\.?{_IS}\(?{_lat}\s*[,;/ ]\s*{_lon}(?!\.?\d)",
        rf"\b{_LONGITUDE}\s*[/,]\s*{_LATITUDE}\.?{_IS}\(?{_lon}\s*[,;/ ]\s*{_lat}(?!\.?\d)",
    )
)
# Two decimals at least: "1.5, 2.5" is more often something else.
_BARE = re.compile(
    r"(?:coord[ei]n\w*|gps|position|posici[oó]n|posi[cç][aã]o|ubica\w*|localiza\w*|located at)"
    rf"[^\d\n]{{0,30}}?(?P<pair>(?P<a>{_FINE})\s*[,;/ ]\s*(?P<b>{_FINE}))"
    r"(?!\.?\d)",
    re.IGNORECASE,
)
_KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Coordinates:
    """What a text states about a location: `text[start:end]`.

    Attributes:
        start: of its span.
        end: of its span.
        readings: (longitude, latitude) in degrees; two where the order is not told.
        radius_km: half a unit of the last digit, which is how precise they are.
    """

    start: int
    end: int
    readings: tuple[tuple[float, float], ...]
    radius_km: float


def find_coordinates(text: str) -> list[Coordinates]:
    """All coordinates in a text, in its order; what is out of range is no coordinate."""
    found: list[Coordinates] = []
    for one in (*_read_hemispheres(text), *_read_words(text), *_read_bare(text)):
        # The first forms say most; a later one inside their span is a part of them.
        if not any(one.start < other.end and other.start < one.end for other in found):
            found.append(one)
    return sorted(found, key=lambda one: one.start)


def _read_hemispheres(text: str) -> Iterator[Coordinates]:
    for pattern in _WITH_HEMISPHERES:
        for match in pattern.finditer(text):
            first, second = _degrees(match, 1), _degrees(match, 2)
            if first is None or second is None:
                continue
            lat, lon = (first, second) if match["h1"] in "NS" else (second, first)
            if _is_valid(lon, lat):
                precision = max(_precision(match, 1), _precision(match, 2))
                yield _found(match.start(), match.end(), [(lon, lat)], precision)


def _degrees(match: re.Match[str], n: int) -> float | None:
    """The angle, negative in the south and west; None for 60 minutes and more."""
    parts = [_number(match[f"{unit}{n}"] or "0") for unit in "dms"]
    if parts[1] >= 60 or parts[2] >= 60:
        return None
    value = parts[0] + parts[1] / 60 + parts[2] / 3600
    return -value if match[f"h{n}"] in "SWO" else value


def _precision(match: re.Match[str], n: int) -> float:
    """The unit of the last digit, in degrees."""
    for unit, share in (("s", 1 / 3600), ("m", 1 / 60), ("d", 1.0)):
        if written := match[f"{unit}{n}"]:
            return share * _last_digit(written)
    return 1.0


def _read_words(text: str) -> Iterator[Coordinates]:
    for pattern in _WITH_WORDS:
        for match in pattern.finditer(text):
            lon, lat = _number(match["lon"]), _number(match["lat"])
            if _is_valid(lon, lat):
                precision = max(_last_digit(match["lon"]), _last_digit(match["lat"]))
                yield _found(match.start(), match.end(), [(lon, lat)], precision)


def _read_bare(text: str) -> Iterator[Coordinates]:
    for match in _BARE.finditer(text):
        one, two = _number(match["a"]), _number(match["b"])
        # Most write latitude first, but not all; the context of a name has to tell.
        readings = [pair for pair in ((two, one), (one, two)) if _is_valid(*pair)]
        if readings:
            precision = max(_last_digit(match["a"]), _last_digit(match["b"]))
            start, end = match.span("pair")
            yield _found(start, end, readings, precision)


def _found(
    start: int, end: int, readings: list[tuple[float, float]], precision: float
) -> Coordinates:
    rounded = dict.fromkeys((round(lon, 7), round(lat, 7)) for lon, lat in readings)
    return Coordinates(start, end, tuple(rounded), round(precision / 2 * _KM_PER_DEGREE, 4))


def _number(written: str) -> float:
    return float(re.sub("[\u2212\u2013]", "-", written.replace(",", ".")))


def _last_digit(written: str) -> float:
    _, point, decimals = written.replace(",", ".").partition(".")
    return 10.0 ** -len(decimals) if point else 1.0


def _is_valid(lon: float, lat: float) -> bool:
    return abs(lat) <= 90 and abs(lon) <= 180 and math.isfinite(lon + lat)
