"""Tiles in memory, two kinds of ground told by brightness and stripes; models trained on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
from numpy.typing import NDArray

from kgpipe.errors import ItemError
from kgpipe.geo.data.tileset import Pixels
from kgpipe.geo.embedding.model import Model
from kgpipe.geo.training.settings import choose_settings
from kgpipe.ports import Port
from kgpipe.tiles import Box, Tile
from kgpipe.types import Rejection

SIDE = 16
BANDS = {"S1": ("VV", "VH"), "S2": ("B02", "B03", "B04", "B08"), "RGB": ("R", "G", "B")}
KINDS = ("mine", "forest")


@dataclass
class ToyTiles:
    """A `TileSet` of arrays."""

    tiles: Sequence[Tile]
    pixels: Mapping[str, NDArray[np.float32]]
    bands: Mapping[str, tuple[str, ...]]
    rejections: Sequence[Rejection] = ()
    unreadable: frozenset[int] = field(default_factory=frozenset)

    def read(self, places: Sequence[int]) -> Pixels:
        if found := self.unreadable & {*places}:
            raise ItemError("truncated", f"tile {min(found)} is cut short")
        return {sensor: values[list(places)] for sensor, values in self.pixels.items()}


def make_toys(
    count: int = 24,
    *,
    sensors: Sequence[str] = ("RGB",),
    seed: int = 0,
    side: int = SIDE,
    labelled: bool = True,
    located: bool = True,
) -> ToyTiles:
    """Every other tile is a mine, bright and striped; every tile has its own offset."""
    random = np.random.default_rng(seed)
    stripes = np.where(np.arange(side) % 4 < 2, 1.0, -1.0)
    pixels = {}
    for sensor in sensors:
        values = random.normal(0, 0.05, (count, len(BANDS[sensor]), side, side))
        values[::2] += 0.2 + 0.2 * stripes
        values += random.uniform(0.2, 0.4, (count, len(BANDS[sensor]), 1, 1))
        pixels[sensor] = (20 * values - 20 if sensor == "S1" else values).astype(np.float32)
    tiles = []
    for number in range(count):
        lon, lat = -60 + 0.5 * number, -5 + 0.25 * number
        tile = Tile(
            id=f"toy{number:03}", source="toys", labels=(KINDS[number % 2],) if labelled else ()
        )
        if located:
            box = Box(lon - 0.001, lat - 0.001, lon + 0.001, lat + 0.001)
            places = ("Guyana",) if number % 3 else ("Brazil", "Yanomami")
            tile = tile.model_copy(update={"lon": lon, "lat": lat, "box": box, "places": places})
        tiles.append(tile)
    return ToyTiles(tiles, pixels, {sensor: BANDS[sensor] for sensor in sensors})


def without(toys: ToyTiles, place: int, *, sensor: str) -> ToyTiles:
    """The same tiles, one of them without data in a sensor."""
    values = toys.pixels[sensor].copy()
    values[place] = np.nan
    return replace(toys, pixels={**toys.pixels, sensor: values})


class WordEmbedder:
    """`Embedder` whose vectors are hashed bags of words: 8 numbers, length 1."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), 8), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().replace(",", "").split():
                rows[row, sum(word.encode()) % 8] += 1
        return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


WORDS = Port("words", WordEmbedder)
SMALL = (
    "dim=16", "heads=2", "width=8", "projector=8", "decoder=16", "location_hidden=16",
    "location_features=8", "queue=64", "batch=8", "epochs=2", "steps=6", "threads=1",
)  # fmt: skip


def train_toy(
    folder: Path,
    *changes: str,
    sensors: Sequence[str] = ("RGB",),
    toys: ToyTiles | None = None,
    **options: Any,
) -> Model:
    """Six steps of two blocks on 24 tiles of 16 x 16 pixels, and the export, which takes longer."""
    from kgpipe.geo.training.train import train

    settings = choose_settings(preset="demo", changes=[*SMALL, *changes])
    source = toys or make_toys(sensors=sensors)
    return train(source, out=folder, settings=settings, embedder=WORDS, **options)


def fit_toy(folder: Path, *changes: str, **options: Any) -> Model:
    """The same without the export: a model without files."""
    with patch("kgpipe.geo.training.train.export", return_value={}):
        return train_toy(folder, *changes, **options)
