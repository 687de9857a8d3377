"""What Sentinel-1, Sentinel-2 and a picture show of drawn ground."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, shift, uniform_filter

from kgpipe.geo.data.bands import S2_L2A_BANDS, TRUE_COLOUR
from kgpipe.geo.data.signatures import (
    BACKSCATTER,
    CLASSES,
    CLOUD,
    HAZE,
    NAMES,
    REFLECTANCES,
    SURFACES,
    TEXTURES,
)
from kgpipe.geo.data.synthetic_ground import Canvas

# Equivalent number of looks of Sentinel-1 IW GRD in high resolution (Sentinel-1 product
# specification): the shape of the gamma distribution of its speckle.
LOOKS = 4.4
# Bands that the sensor sees at 20 and at 60 metres, in pixels of 10 metres.
_COARSENESS = {"B05": 2, "B06": 2, "B07": 2, "B8A": 2, "B11": 2, "B12": 2, "B01": 6, "B09": 6}
# The reflectance that the contact sheets show as white.
_WHITE = 0.30
# Pixels that a sharp edge is spread over by the sensor's point spread function.
_EDGE = 0.5
# Each band's own noise, relative to its value.
_BAND_NOISE = 0.015
_SHADOW = 0.45
_CLASS_OF_SURFACE = np.array([CLASSES.index(SURFACES[name].cover) for name in NAMES])
_TRUE_COLOUR = [S2_L2A_BANDS.index(band) for band in TRUE_COLOUR]


class Air(NamedTuple):
    """What the pictures of one day have in common.

    Attributes:
        light: factor of all reflectances.
        haze: factor of what the air adds.
        tilt: dB that the angle of incidence adds to the backscatter.
    """

    light: float
    haze: float
    tilt: float


class Seen(NamedTuple):
    """One tile as it is stored: dB, ten-thousandths of reflectance, 8 bits, shares of classes."""

    s1: NDArray[np.float16]  # (2, side, side)
    s2: NDArray[np.int16]  # (12, side, side)
    rgb: NDArray[np.uint8]  # (3, side, side)
    fractions: NDArray[np.float32]  # (classes,)


def sense(canvas: Canvas, *, air: Air) -> Seen:
    """Look at a drawn tile from above."""
    shares = _mix(canvas)
    s2 = _reflect(canvas, shares, air=air)
    visible = s2[_TRUE_COLOUR] + air.haze * HAZE[:, None, None]
    # One step up keeps black for what was not seen.
    rgb = np.clip(np.rint(visible / _WHITE * 255), 1, 255).astype(np.uint8)
    return Seen(
        s1=_scatter(canvas, shares, air=air).astype(np.float16),
        s2=np.clip(np.rint(s2 * 10_000), 1, 15_000).astype(np.int16),
        rgb=rgb,
        fractions=_measure(canvas),
    )


def _mix(canvas: Canvas) -> NDArray[np.float64]:
    """The share of each surface in each pixel, (surfaces, side, side), edges softened."""
    whole = (np.arange(len(NAMES))[:, None, None] == canvas.surface).astype(np.float64)
    return np.asarray(gaussian_filter(whole, (0, _EDGE, _EDGE), mode="nearest"))


def _blend(values: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mix the values of the surfaces (surfaces, bands) by their shares: (bands, side, side)."""
    # A matrix product would wake the threads of BLAS for each small tile, six times as slow.
    return np.asarray(np.einsum("sb,sij->bij", values, shares))


def _reflect(canvas: Canvas, shares: NDArray[np.float64], *, air: Air) -> NDArray[np.float64]:
    s2 = _blend(REFLECTANCES, shares)  # (12, side, side)
    roughness = _blend(TEXTURES[:, None], shares)[0]
    # Crowns and furrows shade all bands alike; hills and moisture change more slowly.
    shading = 1 + roughness * canvas.noise(0.6) + 0.05 * canvas.noise(6)
    s2 *= air.light * np.clip(shading, 0.4, 1.8)
    if canvas.cloud.any():
        # The sun stands in the north-east of the tile: shadows fall to the south-west.
        shadow = shift(canvas.cloud, (7, -5), order=1, mode="nearest")
        s2 *= 1 - (1 - _SHADOW) * shadow
        s2 = s2 * (1 - canvas.cloud) + CLOUD[:, None, None] * canvas.cloud
    s2 *= 1 + _BAND_NOISE * canvas.rng.standard_normal(s2.shape)
    for band, coarseness in _COARSENESS.items():
        place = S2_L2A_BANDS.index(band)
        s2[place] = uniform_filter(s2[place], coarseness, mode="nearest")
    return s2


def _scatter(canvas: Canvas, shares: NDArray[np.float64], *, air: Air) -> NDArray[np.float64]:
    """Backscatter in dB; power is mixed and speckled, since decibels do not add."""
    power = _blend(10 ** (BACKSCATTER / 10), shares)  # (2, side, side)
    power *= canvas.rng.gamma(LOOKS, 1 / LOOKS, size=power.shape)
    return 10 * np.log10(power) + air.tilt


def _measure(canvas: Canvas) -> NDArray[np.float32]:
    covered = canvas.cloud > 0.5
    cover = np.where(covered, CLASSES.index("cloud"), _CLASS_OF_SURFACE[canvas.surface])
    counts = np.bincount(cover.ravel(), minlength=len(CLASSES))
    return (counts / cover.size).astype(np.float32)
