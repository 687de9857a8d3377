"""Features by hand of Sentinel-1 and Sentinel-2 tiles, baselines of `bench geo`, part `s1s2`.

For land cover, means and deviations of the bands. For retrieval across sensors, a ridge regression
from the optical to the radar numbers of a cell, the same for all cells: where radar rises and falls
within a tile tells which tile it is.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kgpipe.geo.data.bands import OPTICAL, RADAR
from kgpipe.geo.data.tileset import Pixels
from kgpipe.stats.intervals import Indices

Floats = NDArray[np.float64]

# Pixels; radar's speckle is averaged over 16 of them.
_CELL = 4
# Reflectance below this is noise, and its logarithm would be far from all others.
_DARKEST = 1e-3
# Normalised differences: greenness, open water, moisture, bare ground, burnt or dry ground.
_INDICES = (("B08", "B04"), ("B03", "B08"), ("B08", "B11"), ("B04", "B11"), ("B11", "B12"))
# Of columns with deviation 1.
_RIDGE = 0.05


class Pairs(NamedTuple):
    """What optical pixels predict of radar, and what radar shows: (tiles, d), rows of length 1."""

    radar: NDArray[np.float32]
    optical: NDArray[np.float32]


def describe_bands(pixels: Pixels, bands: Sequence[str]) -> Floats:
    """Mean and deviation of each band and index of whole tiles, (tiles, d).

    Args:
        pixels: S1 and S2.
        bands: of S2.
    """
    seen = (_radar(pixels), _optical(pixels, bands))
    return np.concatenate(
        [part for one in seen for part in (one.mean(axis=(2, 3)), one.std(axis=(2, 3)))], axis=1
    )


def pair_by_cells(
    pixels: Pixels,
    bands: Sequence[str],
    *,
    groups: NDArray[np.str_],
    learned: Indices,
    tested: Indices,
) -> Pairs:
    """Fit on some tiles, and describe others so that both sensors' rows of one place are alike.

    Args:
        pixels: S1 and S2 of all tiles.
        bands: of S2.
        groups: scenes; each weighs the same, however many tiles it has, (tiles,).
        learned: rows to fit on.
        tested: rows to describe.
    """
    optical, radar = _cells(_optical(pixels, bands)), _cells(_radar(pixels))
    own = groups[learned]
    each = np.array([1 / (own == group).sum() for group in own.tolist()])
    # Of each cell of each tile: (learned * cells, 1)
    weights = np.repeat(each / each.sum(), optical.shape[1])[:, None] / optical.shape[1]
    seen, wanted = (one[learned].reshape(-1, one.shape[-1]) for one in (optical, radar))
    spreads = [np.sqrt((weights * one**2).sum(axis=0)) + 1e-9 for one in (seen, wanted)]
    seen, wanted = seen / spreads[0], wanted / spreads[1]
    gram = (weights * seen).T @ seen + _RIDGE * np.eye(seen.shape[1])
    linear = np.linalg.solve(gram, (weights * seen).T @ wanted)
    return Pairs(_unit(radar[tested] / spreads[1]), _unit(optical[tested] / spreads[0] @ linear))


def _optical(pixels: Pixels, bands: Sequence[str]) -> Floats:
    """Logarithms of the bands, and the normalised differences of those that are there."""
    known = np.maximum(np.nan_to_num(pixels[OPTICAL].astype(np.float64)), _DARKEST)
    band = {name: known[:, place] for place, name in enumerate(bands)}
    indices = [
        (band[one] - band[other]) / (band[one] + band[other])
        for one, other in _INDICES
        if one in band and other in band
    ]
    return np.concatenate([np.log(known), *(index[:, None] for index in indices)], axis=1)


def _radar(pixels: Pixels) -> Floats:
    return np.nan_to_num(pixels[RADAR].astype(np.float64))


def _cells(seen: Floats) -> Floats:
    """Mean and deviation of each cell, less the tile's mean of them: (tiles, cells, 2 bands)."""
    count, bands, side, _ = seen.shape
    step = side // _CELL
    kept = seen[:, :, : step * _CELL, : step * _CELL]
    cells = kept.reshape(count, bands, step, _CELL, step, _CELL)
    both = np.concatenate([cells.mean(axis=(3, 5)), cells.std(axis=(3, 5))], axis=1)
    flat = both.reshape(count, 2 * bands, -1).swapaxes(1, 2)
    return np.asarray(flat - flat.mean(axis=1, keepdims=True))


def _unit(rows: Floats) -> NDArray[np.float32]:
    flat = rows.reshape(len(rows), -1)
    lengths = np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    return np.asarray(flat / lengths, dtype=np.float32)
