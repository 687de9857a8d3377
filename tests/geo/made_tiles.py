"""Tiles, vectors and encoders that tests of search and links make."""

import hashlib
import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kgpipe.geo.embedding.embeddings import Embeddings
from kgpipe.tiles import Box, Tile

Rows = NDArray[np.float32]

DIMENSIONS = 16
MODEL = "hash:1"


class BlindEncoder:
    """What a `TileEncoder` of tests need not see: pixels."""

    bands: Mapping[str, tuple[str, ...]] = {"RGB": ("R", "G", "B")}

    def embed_tiles(self, pixels: Mapping[str, Rows]) -> Rows:
        raise NotImplementedError

    def embed_points(self, pixels: Mapping[str, Rows], offsets: Rows) -> Rows:
        raise NotImplementedError


class TableEncoder(BlindEncoder):
    """Embeds texts by a word that they hold, and locations by the sign of their longitude."""

    name = "table-1"

    def __init__(self, words: Mapping[str, Sequence[float]]) -> None:
        self._words = words
        self.texts: list[str] = []

    def embed_texts(self, texts: Sequence[str]) -> Rows:
        self.texts += texts
        return unit([next((row for word, row in self._words.items() if word in text), (0, 0, 1))
                     for text in texts])  # fmt: skip

    def embed_locations(self, lonlat: NDArray[np.float64]) -> Rows:
        return unit([(1, 0, 0) if lon < 0 else (0, 1, 0) for lon, _ in lonlat.tolist()])


class HashEncoder(BlindEncoder):
    """Embeds by hashing: texts with words in common are near each other."""

    name = MODEL

    def embed_texts(self, texts: Sequence[str]) -> Rows:
        return unit(np.stack([sum(map(_word, re.findall(r"\w+", text.lower()))) for text in texts]))

    def embed_locations(self, lonlat: NDArray[np.float64]) -> Rows:
        return self.embed_texts([f"at {lon:.0f} {lat:.0f}" for lon, lat in lonlat])


class LookedUpEncoder(HashEncoder):
    """Embeds tiles, in the order in which they come, by what they are said to look like."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = list(texts)

    def embed_tiles(self, pixels: Mapping[str, Rows]) -> Rows:
        count = len(pixels["RGB"])
        now, self._texts = self._texts[:count], self._texts[count:]
        return self.embed_texts(now)


def make_tile(
    name: str, lon: float | None = None, lat: float | None = None, **more: object
) -> Tile:
    """A tile of 480 m around its centre, without an extent where it has none."""
    box = None
    if lon is not None and lat is not None:
        half = 0.00216
        box = Box(lon - half, lat - half, lon + half, lat + half)
    values = {"source": "made.png", "lon": lon, "lat": lat, "box": box, **more}
    return Tile.model_validate({"id": name, **values})


def made_vectors(count: int, *, seed: int = 0, dimensions: int = DIMENSIONS) -> Rows:
    generator = np.random.default_rng(seed)
    return unit(generator.standard_normal((count, dimensions), dtype=np.float32))


def embedded(tiles: Sequence[Tile], vectors: Rows) -> Embeddings:
    return Embeddings(tiles=tuple(tiles), vectors=vectors, model=MODEL, bands={})


def described(texts: Sequence[str], tiles: Sequence[Tile]) -> Embeddings:
    """Tiles that look like what the texts say."""
    return embedded(tiles, HashEncoder().embed_texts(texts))


def unit(rows: ArrayLike) -> Rows:
    """Rows of length 1, [N, D]."""
    made = np.asarray(rows, dtype=np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)


def _word(word: str) -> Rows:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(DIMENSIONS, dtype=np.float32)
