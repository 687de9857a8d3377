"""A tile encoder for tests: what it sees of a text or place is told to it."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float32]


class TableEncoder:
    """Embeds texts by a word that they hold, and locations by the sign of their longitude."""

    name = "table-1"
    bands: Mapping[str, tuple[str, ...]] = {"RGB": ("R", "G", "B")}

    def __init__(self, words: Mapping[str, Sequence[float]]) -> None:
        self._words = words
        self.texts: list[str] = []

    def embed_texts(self, texts: Sequence[str]) -> Rows:
        self.texts += texts
        return unit([next((row for word, row in self._words.items() if word in text), (0, 0, 1))
                     for text in texts])  # fmt: skip

    def embed_locations(self, lonlat: NDArray[np.float64]) -> Rows:
        return unit([(1, 0, 0) if lon < 0 else (0, 1, 0) for lon, _ in lonlat.tolist()])

    def embed_tiles(self, pixels: Mapping[str, Rows]) -> Rows:
        raise NotImplementedError

    def embed_points(self, pixels: Mapping[str, Rows], offsets: Rows) -> Rows:
        raise NotImplementedError


def unit(rows: Sequence[Sequence[float]]) -> Rows:
    """Rows of length 1."""
    made = np.array(rows, dtype=np.float32).reshape(-1, 3)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), dtype=np.float32)
