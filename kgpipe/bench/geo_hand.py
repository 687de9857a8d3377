"""Features by hand, the baseline of `bench geo`: colour histograms, a thumbnail, gradients."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_THUMBNAIL = 8
_CELL = 8
_DIRECTIONS = 9
_BINS = 16
# Levels a channel of the joint histogram, 4 * 4 * 4 colours.
_LEVELS = 4


def hand_features(pictures: Floats) -> Floats:
    """Describe RGB tiles, (tiles, 3, side, side) in 0 to 1, by (tiles, 1,204) numbers at 48 px."""
    seen = np.nan_to_num(pictures)
    return np.concatenate([_colours(seen), _thumbnail(seen), _gradients(seen)], axis=1)


def standardise_tiles(pictures: Floats) -> Floats:
    """Each tile's channels moved to mean .5 and deviation .2, (tiles, 3, side, side) in 0 to 1.

    What a rendering adds to or multiplies with a channel is gone, and so is the tile's own colour.
    """
    mean = np.nanmean(pictures, axis=(2, 3), keepdims=True)
    # A channel without contrast is left without.
    deviation = np.nanstd(pictures, axis=(2, 3), keepdims=True) + 0.02
    scaled = 0.5 + 0.2 * (pictures - mean) / deviation
    return np.asarray(np.clip(scaled, 0, 1), dtype=np.float32)


def _colours(pictures: Floats) -> Floats:
    """Shares of each channel's 16 levels and of 64 colours, as roots, so that rare ones count."""
    count = len(pictures)
    flat = pictures.reshape(count, 3, -1)
    levels = np.minimum((flat * _BINS).astype(np.int64), _BINS - 1)
    single = _shares((levels + np.arange(3)[None, :, None] * _BINS).reshape(count, -1), 3 * _BINS)
    coarse = np.minimum((flat * _LEVELS).astype(np.int64), _LEVELS - 1)
    colour = coarse[:, 0] * _LEVELS**2 + coarse[:, 1] * _LEVELS + coarse[:, 2]
    shares = np.concatenate([single, _shares(colour, _LEVELS**3)], axis=1)
    return np.asarray(np.sqrt(shares), dtype=np.float32)


def _shares(codes: NDArray[np.int64], size: int) -> Floats:
    rows = np.arange(len(codes))[:, None] * size
    counts = np.bincount((codes + rows).ravel(), minlength=len(codes) * size)
    return np.asarray(counts.reshape(len(codes), size) / codes.shape[1], dtype=np.float32)


def _thumbnail(pictures: Floats) -> Floats:
    """Mean colour of 8 x 8 cells."""
    count, bands, side, _ = pictures.shape
    step = side // _THUMBNAIL
    kept = pictures[:, :, : step * _THUMBNAIL, : step * _THUMBNAIL]
    cells = kept.reshape(count, bands, _THUMBNAIL, step, _THUMBNAIL, step)
    return np.asarray(cells.mean(axis=(3, 5)).reshape(count, -1), dtype=np.float32)


def _gradients(pictures: Floats) -> Floats:
    """Histograms of oriented gradients (Dalal and Triggs 2005): 8 px cells, blocks of 2 x 2."""
    grey = pictures.mean(axis=1)
    down, right = np.gradient(grey, axis=(1, 2))
    length = np.hypot(down, right)
    # Unsigned directions, each gradient shared between the two nearest.
    place = np.mod(np.arctan2(down, right), np.pi) / np.pi * _DIRECTIONS
    lower = np.floor(place).astype(np.int64)
    share = (place - lower).astype(np.float32)
    count, side, _ = grey.shape
    cells = side // _CELL
    size = cells * _CELL
    votes = np.zeros((count, cells, cells, _DIRECTIONS), dtype=np.float32)
    for direction in range(_DIRECTIONS):
        weight = length * (
            (lower % _DIRECTIONS == direction) * (1 - share)
            + ((lower + 1) % _DIRECTIONS == direction) * share
        )
        kept = weight[:, :size, :size].reshape(count, cells, _CELL, cells, _CELL)
        votes[..., direction] = kept.sum(axis=(2, 4))
    blocks = np.concatenate(
        [votes[:, y : cells - 1 + y, x : cells - 1 + x] for y in (0, 1) for x in (0, 1)], axis=-1
    )
    norms = np.sqrt((blocks**2).sum(axis=-1, keepdims=True) + 1e-4)
    return np.asarray((blocks / norms).reshape(count, -1), dtype=np.float32)
