"""Vectors of made names: those of the model, or made themselves, to time a million names.

A made vector lies as far from that of the real name as vectors of such variants do: its cosine is
drawn from those of a sample that the model has embedded, its direction at random.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.names_data import MadeName
from kgpipe.dedupe.normalise import form_of
from kgpipe.ports import Embedder
from kgpipe.types import Kind

Floats = NDArray[np.float32]
# Made names that the model embeds to see how far variants lie from the real name.
_SAMPLE = 2_000
_AT_ONCE = 20_000


class TimedEmbedder:
    """An `Embedder` that keeps count of its own time, so that it can be taken off the whole's.

    `texts` counts what was embedded; `seconds` and `cpu_seconds` are what that and the keeping
    took, `embedding_cpu_seconds` is without the keeping. The vectors go to
    the file `keep`, since in memory they would count as resolution's.
    """

    def __init__(self, embedder: Embedder, keep: Path) -> None:
        self._embedder, self._keep = embedder, keep
        self.texts, self.seconds, self.cpu_seconds = 0, 0.0, 0.0
        self.embedding_cpu_seconds = 0.0

    def embed(self, texts: Sequence[str]) -> Floats:
        """Embed with the embedder that was given."""
        started, cpu = time.perf_counter(), time.process_time()
        vectors = self._embedder.embed(texts)
        self.embedding_cpu_seconds += time.process_time() - cpu
        np.save(self._keep, vectors)
        self.seconds += time.perf_counter() - started
        self.cpu_seconds += time.process_time() - cpu
        self.texts += len(texts)
        return vectors

    def kept(self) -> Floats:
        """The vectors of the latest call."""
        vectors: Floats = np.load(self._keep)
        return vectors


class VariantEmbedder:
    """Vectors of real names by the model, of their variants made from these.

    Args:
        embedder: the model.
        roots: the real names.
        made: all names that will be asked for; others go to the model.
    """

    def __init__(
        self, embedder: Embedder, roots: Sequence[str], made: Sequence[MadeName], *, seed: int = 0
    ) -> None:
        self._embedder, self._seed = embedder, seed
        self._roots = embedder.embed([form_of(root).text for root in roots])
        # The first of several names of one form tells its root.
        self._number: dict[str, int] = {}
        for number, name in enumerate(made):
            self._number.setdefault(form_of(name.name).text, number)
        self._root = np.array([name.root for name in made], dtype=np.int32)
        self._cosine = self._draw_cosines(made)

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return an array of shape (len(texts), d) with rows of length 1."""
        vectors = np.empty((len(texts), self._roots.shape[1]), dtype=np.float32)
        rng = np.random.default_rng(self._seed)
        for at in range(0, len(texts), _AT_ONCE):
            numbers = np.array([self._number.get(text, -1) for text in texts[at : at + _AT_ONCE]])
            part = vectors[at : at + _AT_ONCE]
            part[:] = _move(self._roots[self._root[numbers]], self._cosine[numbers], rng)
            if unknown := np.flatnonzero(numbers < 0).tolist():
                part[unknown] = self._embedder.embed([texts[at + row] for row in unknown])
        return vectors

    def _draw_cosines(self, made: Sequence[MadeName]) -> Floats:
        """The cosine of each name and its root: 1 for real names."""
        rng = np.random.default_rng(self._seed)
        cosines = np.ones(len(made), dtype=np.float32)
        for variant in ("near", "far"):
            rows = np.flatnonzero([name.variant == variant for name in made])
            if len(rows):
                seen = self.cosines_to_roots([made[row] for row in rows[:_SAMPLE].tolist()])
                cosines[rows] = rng.choice(seen, len(rows))
        return cosines

    def cosines_to_roots(self, made: Sequence[MadeName]) -> Floats:
        """How near the model puts names to their roots."""
        vectors = self._embedder.embed([form_of(name.name).text for name in made])
        products = vectors * self._roots[[name.root for name in made]]
        return np.asarray(np.clip(products.sum(axis=1), -1, 1), dtype=np.float32)


def _move(vectors: Floats, cosines: Floats, rng: np.random.Generator) -> Floats:
    """Unit vectors in random directions at the given cosines from the rows of `vectors`."""
    noise = rng.standard_normal(vectors.shape, dtype=np.float32)
    noise -= (noise * vectors).sum(axis=1, keepdims=True) * vectors
    noise /= np.linalg.norm(noise, axis=1, keepdims=True)
    moved = cosines[:, None] * vectors + np.sqrt(1 - cosines**2)[:, None] * noise
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    return np.asarray(np.where(cosines[:, None] == 1, vectors, moved), dtype=np.float32)


def as_mentions(made: Sequence[MadeName]) -> dict[tuple[str, Kind], int]:
    """Real names are mentioned more often than their variants."""
    return {(name.name, ""): 3 if name.variant == "real" else 1 for name in made}
