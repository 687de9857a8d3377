"""From measured pixels to what encoders take: each band between 0 and 1, nothing missing.

CROMA (arXiv 2311.00566): each channel is clipped to its mean plus and minus two standard
deviations. Both are taken from the training tiles and travel with the model.
"""

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import UsageError
from kgpipe.geo.data.tileset import Pixels
from kgpipe.types import Record

# A band without any contrast becomes 0.5 everywhere, not a division by zero.
_SMALLEST_STD = 1e-4


class BandRange(Record):
    """Of a band over all training tiles, in the units of `Pixels`."""

    mean: float
    std: float


Ranges = Mapping[str, tuple[BandRange, ...]]


def fit_ranges(chunks: Iterable[Pixels]) -> dict[str, tuple[BandRange, ...]]:
    """Mean and standard deviation of each sensor's bands over all pixels that hold a number.

    Raises:
        UsageError: a band holds no number at all.
    """
    sums: dict[str, NDArray[np.float64]] = {}
    for chunk in chunks:
        for sensor, pixels in chunk.items():
            # (tiles, bands, height, width) -> (bands, pixels)
            bands = np.moveaxis(pixels, 1, 0).reshape(pixels.shape[1], -1).astype(np.float64)
            known = np.isfinite(bands)
            bands = np.where(known, bands, 0.0)
            found = np.stack([known.sum(axis=1), bands.sum(axis=1), (bands**2).sum(axis=1)])
            sums[sensor] = sums[sensor] + found if sensor in sums else found
    ranges = {}
    for sensor, (count, total, squares) in sums.items():
        if not count.all():
            empty = ", ".join(str(band + 1) for band in np.flatnonzero(count == 0))
            raise UsageError(
                f"Band {empty} of {sensor} holds no number in any training tile: leave {sensor} "
                "out with --set sensors=[...], or mend the tiles."
            )
        mean = total / count
        std = np.sqrt(np.maximum(squares / count - mean**2, 0.0))
        ranges[sensor] = tuple(
            BandRange(mean=float(m), std=float(s)) for m, s in zip(mean, std, strict=True)
        )
    return ranges


def scale(
    pixels: NDArray[np.floating], ranges: tuple[BandRange, ...], *, clip: float
) -> NDArray[np.float32]:
    """Scale (tiles, bands, height, width) to 0 .. 1; what is no number becomes the band's mean."""
    mean = np.array([band.mean for band in ranges], dtype=np.float32)[:, None, None]
    std = np.array([max(band.std, _SMALLEST_STD) for band in ranges], dtype=np.float32)
    # The mean lies in the middle of the range. An infinite pixel was not measured either.
    scaled = 0.5 + (pixels.astype(np.float32) - mean) / (2 * clip * std[:, None, None])
    return np.clip(np.where(np.isfinite(pixels), scaled, np.float32(0.5)), 0.0, 1.0)


def seen(pixels: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which of the tiles hold any number."""
    return np.asarray(np.isfinite(pixels).any(axis=(1, 2, 3)))


def count_missing(pixels: NDArray[np.floating]) -> int:
    """How many numbers are missing in tiles that hold some."""
    missing = ~np.isfinite(pixels)
    return int(missing[~missing.all(axis=(1, 2, 3))].sum())
