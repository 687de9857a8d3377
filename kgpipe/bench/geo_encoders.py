"""Encoders that `bench geo` trains: kept in its output folder, and taken again by a second run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from kgpipe.geo.data.table import TileTable
from kgpipe.geo.embedding.encoder import load_encoder
from kgpipe.geo.measuring.evaluate import embed_set
from kgpipe.geo.mechanisms.descriptors import Descriptors
from kgpipe.geo.training.settings import GeoSettings
from kgpipe.geo.training.tower import Standardise
from kgpipe.geo.training.train import train
from kgpipe.ports import Embedder, Port, TileEncoder
from kgpipe.stats.intervals import Indices

_TILES_AT_ONCE = 256


@dataclass(frozen=True)
class Workshop:
    """Where and how encoders are trained.

    Attributes:
        folder: a subfolder a model.
        settings: the recipe, which single trainings change.
        device: "cpu" or "cuda".
        embedder: of descriptions; None trains without texts.
    """

    folder: Path
    settings: GeoSettings = field(default_factory=GeoSettings)
    device: str = "cpu"
    embedder: Port[Embedder] | None = None

    def train(
        self, name: str, tiles: TileTable, *, changes: Mapping[str, Any] | None = None
    ) -> TileEncoder:
        """Train on all of `tiles`; a finished training of the same tiles is not repeated."""
        tree = self.settings.model_dump() | dict(changes or {})
        settings = GeoSettings.model_validate(tree)
        train(
            tiles, out=self.folder / name, settings=settings, embedder=self.embedder,
            device=self.device,
        )  # fmt: skip
        return load_encoder(self.folder / name, embedder=self.embedder)

    def embed_rows(self, name: str, tiles: TileTable, rows: Indices) -> NDArray[np.float32]:
        """Train on some rows of `tiles`, and embed all."""
        return embed_all(self.train(name, tiles.take(rows)), tiles)


def embed_all(encoder: TileEncoder, tiles: TileTable) -> NDArray[np.float32]:
    """Vectors of all tiles, (tiles, d); zeros where nothing was seen."""
    found = embed_set(encoder, tiles)
    vectors = np.zeros((len(tiles.tiles), found.vectors.shape[1]), dtype=np.float32)
    vectors[found.places] = found.vectors
    return vectors


def describe_tiles(pixels: NDArray[np.float32], *, faintest: float) -> NDArray[np.float32]:
    """The descriptors by hand that an embedding holds, of RGB tiles (tiles, 3, side, side)."""
    standardise, describe = Standardise(faintest), Descriptors(pixels.shape[1])
    rows = []
    with torch.inference_mode():
        for at in range(0, len(pixels), _TILES_AT_ONCE):
            seen = torch.from_numpy(np.nan_to_num(pixels[at : at + _TILES_AT_ONCE]))
            rows.append(describe(standardise(seen)).numpy())
    return np.concatenate(rows)
