"""From what files store to what `TileSet` promises: dB, reflectance, brightness; NaN for unseen."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

# Sentinel-2 products store reflectance as whole ten-thousandths.
REFLECTANCE_UNIT = 10_000.0
# No surface sends back less than -100 dB: smaller power is what processors write for nothing.
_LEAST_POWER = 1e-10


def reflectance(
    stored: NDArray[np.generic], *, unit: float, offset: float = 0.0
) -> NDArray[np.float32]:
    """Reflectance is (stored + offset) / unit; (..., bands, height, width).

    Sentinel-2 has no other mark of "not seen" than a stored zero, here in every band.
    """
    values = stored.astype(np.float32)
    unseen = (stored == 0).all(axis=-3, keepdims=True)
    return np.where(unseen, np.float32(np.nan), (values + np.float32(offset)) / np.float32(unit))


def brightness(stored: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Pictures (tiles, 3, height, width) of 8 bits as 0 to 1, NaN where they are quite black.

    Air brightens even the darkest ground: no picture of Sentinel-2 holds a zero in all three
    colours but where a mask has taken the pixel out.
    """
    values = stored.astype(np.float32)
    values /= 255.0
    unseen = (stored[:, 0] | stored[:, 1] | stored[:, 2]) == 0
    if unseen.any():
        values.transpose(0, 2, 3, 1)[unseen] = np.nan
    return values


def is_power(values: NDArray[np.generic]) -> bool:
    """Whether backscatter is linear power: power is never negative, decibels nearly always are."""
    finite = values[np.isfinite(values)]
    return bool(finite.size) and bool((finite >= 0).all())


def decibels(
    values: NDArray[np.floating], *, stored_as: Literal["db", "power"]
) -> NDArray[np.float32]:
    """Sentinel-1 in dB, NaN where it is infinite, or where power is nothing."""
    if stored_as == "power":
        seen = values > _LEAST_POWER
        values = 10 * np.log10(np.where(seen, values, 1.0))
        return np.where(seen, values, np.nan).astype(np.float32)
    return np.where(np.isfinite(values), values, np.nan).astype(np.float32)
