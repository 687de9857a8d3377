"""The bands of Sentinel-1 and Sentinel-2: their names, their order, and the other names they have.

Sources: Sentinel-2 User Handbook, section 1.1 (bands); STAC extension `eo`, table of common names.
"""

import re

RADAR, OPTICAL, PICTURE = "S1", "S2", "RGB"
S1_BANDS = ("VV", "VH")
# Level 1C, reflectance at the top of the atmosphere, as the products and Earth Engine order them.
S2_L1C_BANDS = (
    "B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12",
)  # fmt: skip
# Level 2A, reflectance at the surface: B10 sees only the atmosphere and is gone.
S2_L2A_BANDS = tuple(band for band in S2_L1C_BANDS if band != "B10")
RGB_BANDS = ("R", "G", "B")
# The red, green and blue of a true colour picture.
TRUE_COLOUR = ("B04", "B03", "B02")

# STAC's common name of each band, of version 1.1 of the extension first; "rededge" alone is three
# bands and tells none.
COMMON_NAMES = {
    "B01": "coastal", "B02": "blue", "B03": "green", "B04": "red", "B05": "rededge071",
    "B06": "rededge075", "B07": "rededge078", "B08": "nir", "B8A": "nir08", "B09": "nir09",
    "B10": "cirrus", "B11": "swir16", "B12": "swir22",
}  # fmt: skip
_BY_COMMON_NAME = {
    **{common: band for band, common in COMMON_NAMES.items()},
    "rededge1": "B05", "rededge2": "B06", "rededge3": "B07",
}  # fmt: skip
# Sensor by the names of its bands.
_SENSORS = {
    **dict.fromkeys(S1_BANDS, RADAR),
    **dict.fromkeys(S2_L1C_BANDS, OPTICAL),
    **dict.fromkeys(RGB_BANDS, PICTURE),
}
# "B4", "B04", "band 8a", "S2_B04_10m", "SENTINEL2_B04".
_OPTICAL = re.compile(r"(?:^|[^A-Z0-9])(?:BAND[ _]?|B)(0?[1-9]|1[0-2]|0?8A)(?:$|[^A-Z0-9])", re.I)
_RADAR = re.compile(r"(?:^|[^A-Z])(VV|VH)(?:$|[^A-Z])", re.I)


def recognise_band(name: str) -> str | None:
    """Sentinel's own name of a band that a file, an asset or a catalogue names in its way."""
    text = name.strip()
    if text.upper() in _SENSORS:
        return text.upper()
    if text.lower() in _BY_COMMON_NAME:
        return _BY_COMMON_NAME[text.lower()]
    if found := _RADAR.search(text):
        return found[1].upper()
    if found := _OPTICAL.search(text):
        return "B" + found[1].upper().lstrip("0").rjust(2, "0")
    return None


def sensor_of(band: str) -> str:
    """The sensor that a band by Sentinel's name belongs to.

    Raises:
        KeyError: no such band.
    """
    return _SENSORS[band]


def order_of(band: str) -> int:
    """Where a band stands among all bands of all sensors."""
    return list(_SENSORS).index(band)
