"""What every source of tiles looks like to what trains, embeds and measures."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kgpipe.tiles import Tile
from kgpipe.types import Rejection

# Sensor -> float32 array (tiles, bands, height, width); NaN where nothing was seen. Units:
# S1 in dB, S2 as reflectance (0 to 1), RGB as 8-bit picture values divided by 255.
Pixels = Mapping[str, NDArray[np.float32]]


class TileSet(Protocol):
    """Tiles of one size and with the same bands."""

    tiles: Sequence[Tile]
    # Sensor ("S1", "S2", "RGB") -> its bands in the order of the arrays, by Sentinel's names:
    # "VV", "VH"; "B01" to "B12", "B8A"; a rendered picture has "R", "G", "B".
    bands: Mapping[str, tuple[str, ...]]
    # What was left out on the way, and why.
    rejections: Sequence[Rejection]

    def read(self, places: Sequence[int]) -> Pixels:
        """Return the pixels of the tiles at `places` of `tiles`, for every sensor."""
        ...
