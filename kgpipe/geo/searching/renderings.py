"""Tiles as pictures: Sentinel-2 in true colour, Sentinel-1 in false ones, RGB as it is."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import UsageError
from kgpipe.geo.data.tileset import Pixels

Pictures = NDArray[np.uint8]
# What lies beyond is a cloud, a shadow or a sensor's fault.
_LOW, _HIGH = 2.0, 98.0
# Where nothing was seen.
_UNSEEN = 128
_TRUE_COLOUR = ("B04", "B03", "B02")


def render(pixels: Pixels, bands: Mapping[str, Sequence[str]]) -> Pictures:
    """Draw tiles, shape (tiles, height, width, 3).

    All are stretched alike, so that they can be compared: from the 2nd to the 98th percentile of
    each colour over all tiles. Sentinel-1 is drawn as VV, VH and their difference in dB. Pixels
    that were not seen are grey.

    Args:
        pixels: of the tiles; RGB is drawn rather than S2, and S2 rather than S1.
        bands: of the sensors, in the order of the arrays.

    Raises:
        UsageError: no sensor has the bands of a picture.
    """
    if "RGB" in pixels:
        return _as_bytes(pixels["RGB"][:, :3])
    if "S2" in pixels and set(_TRUE_COLOUR) <= set(bands["S2"]):
        chosen = [bands["S2"].index(band) for band in _TRUE_COLOUR]
        return _as_bytes(_stretch(pixels["S2"][:, chosen]))
    if "S1" in pixels and {"VV", "VH"} <= set(bands["S1"]):
        vv, vh = (pixels["S1"][:, bands["S1"].index(band)] for band in ("VV", "VH"))
        return _as_bytes(_stretch(np.stack((vv, vh, vv - vh), axis=1)))
    listed = "; ".join(f"{sensor}: {', '.join(names)}" for sensor, names in bands.items())
    raise UsageError(
        f"These tiles cannot be drawn: they have {listed or 'no bands'}, and a picture needs RGB, "
        "B04 with B03 and B02, or VV with VH."
    )


def _stretch(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """(tiles, 3, height, width) to 0 to 1 by the percentiles of each colour."""
    seen = np.where(np.isfinite(colours), colours, np.nan)
    flat = seen.transpose(1, 0, 2, 3).reshape(3, -1)
    # A colour that was seen nowhere has no percentiles.
    flat = np.where(np.isnan(flat).all(axis=1, keepdims=True), 0.0, flat)
    low, high = np.nanpercentile(flat, (_LOW, _HIGH), axis=1)
    # A colour that is the same everywhere is drawn in the middle.
    width = np.where(high > low, high - low, 1.0)
    offset = np.where(high > low, low, low - 0.5)
    scaled = (seen - offset[:, None, None]) / width[:, None, None]
    return np.asarray(scaled, dtype=np.float32)


def _as_bytes(colours: NDArray[np.float32]) -> Pictures:
    unseen = ~np.isfinite(colours).all(axis=1)
    shown = np.clip(np.nan_to_num(colours), 0.0, 1.0).transpose(0, 2, 3, 1) * 255
    pictures = np.rint(shown).astype(np.uint8)
    pictures[unseen] = _UNSEEN
    return pictures
