"""Small tables of tiles with pixels in memory."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kgpipe.geo.data.table import TileTable
from kgpipe.geo.data.tileset import Pixels
from kgpipe.tiles import Tile


class Kept:
    """Arrays by sensor."""

    def __init__(
        self, pixels: Mapping[str, NDArray[np.float32]], bands: Mapping[str, tuple[str, ...]]
    ) -> None:
        self.bands: Mapping[str, tuple[str, ...]] = bands
        self._pixels = pixels

    def read(self, rows: NDArray[np.intp]) -> Pixels:
        return {sensor: one[rows] for sensor, one in self._pixels.items()}


def make_table(
    tiles: Sequence[Tile],
    pixels: Mapping[str, NDArray[np.float32]],
    *,
    bands: Mapping[str, tuple[str, ...]],
    columns: pd.DataFrame | None = None,
) -> TileTable:
    return TileTable(
        tiles=tiles,
        rejections=[],
        columns=pd.DataFrame(index=range(len(tiles))) if columns is None else columns,
        pixels=Kept(pixels, bands),
        rows=np.arange(len(tiles), dtype=np.intp),
    )
