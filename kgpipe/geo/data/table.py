"""Tiles in order, what is known about them, and what reads their pixels."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kgpipe.errors import ItemError, KgpipeError
from kgpipe.geo.data.tileset import Pixels
from kgpipe.tiles import Tile
from kgpipe.types import Rejection

STAGE = "geo"
# A column of `TileTable.columns` that holds the share of the tile that a land cover class takes.
FRACTION = "fraction:"


class PixelSource(Protocol):
    """Reads pixels by row of the source, which may hold more tiles than a table shows."""

    bands: Mapping[str, tuple[str, ...]]

    def read(self, rows: NDArray[np.intp]) -> Pixels:
        """Return the pixels of `rows`, for every sensor of `bands`."""
        ...


@dataclass
class TileTable:
    """A `TileSet` that can be cut by place, with all facts that its source tells about its tiles.

    Attributes:
        tiles: in the order of the source.
        rejections: what was left out.
        columns: a row a tile; what the source tells beside `Tile`, as it names it.
        pixels: reads pixels by row.
        rows: the row of `pixels` of each tile.
    """

    tiles: Sequence[Tile]
    rejections: Sequence[Rejection]
    columns: pd.DataFrame
    pixels: PixelSource
    rows: NDArray[np.intp]
    bands: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.bands = self.pixels.bands

    def __len__(self) -> int:
        return len(self.tiles)

    def read(self, places: Sequence[int]) -> Pixels:
        """Return the pixels of the tiles at `places`, float32 (tiles, bands, height, width)."""
        return self.pixels.read(self.rows[np.asarray(places, dtype=np.intp)])

    def take(self, places: Sequence[int] | NDArray[np.integer]) -> "TileTable":
        """The table of the tiles at `places` alone, in that order; it has no rejections."""
        chosen = np.asarray(places, dtype=np.intp)
        return replace(
            self,
            tiles=[self.tiles[place] for place in chosen],
            rejections=[],
            columns=self.columns.iloc[chosen].reset_index(drop=True),
            rows=self.rows[chosen],
        )

    def where(self, chosen: NDArray[np.bool_]) -> "TileTable":
        """The table of the tiles that are marked."""
        return self.take(np.flatnonzero(chosen))

    @property
    def fractions(self) -> pd.DataFrame:
        """The share of each tile that each land cover class takes; no columns if none is known."""
        names = [name for name in self.columns.columns if str(name).startswith(FRACTION)]
        return self.columns[names].rename(columns=lambda name: name.removeprefix(FRACTION))


class Together:
    """Several sources of the same rows, each for other sensors."""

    def __init__(self, sources: Sequence[PixelSource]) -> None:
        self._sources = sources
        self.bands: Mapping[str, tuple[str, ...]] = {
            sensor: bands for source in sources for sensor, bands in source.bands.items()
        }

    def read(self, rows: NDArray[np.intp]) -> Pixels:
        """Return the pixels of every source."""
        return {
            sensor: values
            for source in self._sources
            for sensor, values in source.read(rows).items()
        }


def labels_above(fractions: pd.DataFrame, *, threshold: float) -> list[tuple[str, ...]]:
    """The land cover classes that take at least `threshold` of each tile."""
    names = [str(name) for name in fractions.columns]
    above = fractions.to_numpy(dtype=np.float64) >= threshold
    return [
        tuple(name for name, is_there in zip(names, row, strict=True) if is_there) for row in above
    ]


def as_rejection(item: str, error: ItemError) -> Rejection:
    """What a tile's error says, as data."""
    return Rejection(stage=STAGE, item=item, reason=error.reason, detail=error.detail)


def require_tiles(tiles: Sequence[Tile], rejections: Sequence[Rejection], *, source: str) -> None:
    """Refuse a set of which nothing is left.

    Raises:
        KgpipeError: no tile; it tells the reasons with their counts, and the first in full.
    """
    if tiles:
        return
    if not rejections:
        raise KgpipeError(f"{source} holds no tiles.")
    counts = Counter(rejection.reason for rejection in rejections)
    reasons = ", ".join(f"{number} {reason}" for reason, number in sorted(counts.items()))
    raise KgpipeError(
        f"{source}: none of its tiles can be used ({reasons}). The first: {rejections[0].detail}"
    )
