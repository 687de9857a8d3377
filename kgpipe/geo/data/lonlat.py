"""Longitude and latitude as the mechanisms take them, checked; without torch.

The order is CRS84: longitude first. Latitude first, as GeoCLIP and EPSG:4326 have it, is the
classic fault here, and half of the world passes unnoticed with it; the other half is caught.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kgpipe.errors import KgpipeError
from kgpipe.tiles import Box


def check_lonlat(lonlat: ArrayLike) -> None:
    """Refuse what cannot be [n, 2] pairs of longitude and latitude in degrees.

    Raises:
        KgpipeError: another shape, a value that is not finite, a latitude beyond 90 degrees (then
            the order is likely swapped), or a longitude beyond 180.
    """
    pairs = np.asarray(lonlat, dtype=np.float64)
    if pairs.ndim != 2 or pairs.shape[1] != 2:
        raise KgpipeError(
            f"locations have the shape {pairs.shape}; longitude, latitude need (n, 2)"
        )
    for name, values, most in (("latitude", pairs[:, 1], 90), ("longitude", pairs[:, 0], 180)):
        # A comparison with NaN is false, so NaN is among the wrong ones.
        wrong = np.flatnonzero(~(np.abs(values) <= most))
        if len(wrong):
            row = int(wrong[0])
            swapped = "; is the latitude first? Longitude comes first here" if most == 90 else ""
            raise KgpipeError(
                f"location {row} has the {name} {values[row]}, which is not within"
                f" {most} degrees of 0{swapped}"
            )


def tile_coordinates(lonlat: ArrayLike, box: Box) -> NDArray[np.float32]:
    """Place points in the square [-1, 1] x [-1, 1] of a tile's extent.

    x grows to the east and y to the SOUTH, as columns and rows of its pixels do: (-1, -1) is the
    north-west corner. (`TileEncoder.embed_points` counts y to the north.) A point outside of the
    box gets coordinates beyond 1, by the shorter way around the globe. GAIR, arXiv 2503.16683, as
    its released code has it: its training code fed [0, 1] and mixed the axes.

    Args:
        lonlat: [n, 2] degrees.
        box: of the tile; over the antimeridian where `west > east`.

    Returns:
        [n, 2] (x, y).

    Raises:
        KgpipeError: `lonlat` as in `check_lonlat`, or a box without an area.
    """
    check_lonlat(lonlat)
    width = box.east - box.west + (360 if box.west > box.east else 0)
    height = box.north - box.south
    if not (0 < width <= 360 and height > 0):
        raise KgpipeError(
            f"the extent {tuple(box)} has no area; west, south, east, north are needed"
        )
    pairs = np.asarray(lonlat, dtype=np.float64)
    east = (pairs[:, 0] - (box.west + width / 2) + 180) % 360 - 180
    south = (box.north + box.south) / 2 - pairs[:, 1]
    return np.stack([2 * east / width, 2 * south / height], axis=1).astype(np.float32)
