"""The index over tile embeddings: nearest tiles by cosine, among those that pass a filter.

Up to `MAX_EXACT` tiles, all or those that a filter leaves, every one is compared. Above, cells are
searched (see `cells`) and what is found is scored again with all digits. The cells, and where and
when the tiles are, lie in files beside the embeddings, which are used as long as they belong to
them.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.embedding.embeddings import Embeddings, read_embeddings
from kgpipe.geo.embedding.stored_tiles import StoredTiles
from kgpipe.geo.searching.cells import (
    CellIndex,
    Floats,
    Mask,
    Rows,
    build_cells,
    load_cells,
    save_cells,
)
from kgpipe.geo.searching.filters import Ground, load_ground, save_ground, survey
from kgpipe.tiles import Tile

# 50,000 tiles of 128 dimensions are compared in 1 ms, those of a filter among a million in 7 ms.
MAX_EXACT = 50_000
# Of more than this share of all tiles, it is faster to compare all and gather the scores.
_GATHERED_SHARE = 0.25
FILE = "index.faiss"
# Of fewer tiles the columns are read off anew in some tenths of a second.
_KEPT_FROM = 10_000
GROUND_FILE = "ground.npz"
# Two tiles whose scores differ by less stand in the order of their ids.
_DECIMALS = 6
_SLACK = 1e-5
_PROPOSED = 5


class Scored(NamedTuple):
    """A tile by its row, and its cosine with the query."""

    row: int
    score: float


class TileIndex:
    """Embedded tiles, ready to be searched.

    Args:
        embeddings: tiles and their unit vectors; a row of NaN, where nothing could be seen, is
            never found.
        file: keeps the cells of many tiles; None to keep them in memory only.
        tell: is told what takes long, and what is made anew.

    Raises:
        KgpipeError: there is nothing to search.
    """

    def __init__(
        self,
        embeddings: Embeddings,
        *,
        file: Path | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.tiles: Sequence[Tile] = embeddings.tiles
        self.vectors: Floats = embeddings.vectors
        self.model: str = embeddings.model
        self._file, self._tell = file, tell
        # A sum is a number if all are; it needs no table of them.
        self.usable: Mask = np.isfinite(self.vectors.sum(axis=1))
        if not self.usable.any():
            what = "No tile is embedded" if not len(self.tiles) else "Nothing was seen in any tile"
            raise KgpipeError(
                f"{what}{f' in {file.parent}' if file else ''}: there is nothing to search. Look "
                "at its rejections.jsonl, and run kgpipe geo embed on other tiles."
            )

    @cached_property
    def ground(self) -> Ground:
        """Where and when the tiles are."""
        tiles = self.tiles
        if self._file is None or not isinstance(tiles, StoredTiles) or len(tiles) < _KEPT_FROM:
            return survey(tiles)
        file, digest = self._file.with_name(GROUND_FILE), tiles.digest
        if (kept := load_ground(file, digest=digest)) is not None:
            return kept
        self._tell(f"Reading where {len(tiles):,} tiles are ...")
        ground = survey(tiles)
        try:
            save_ground(ground, file, digest=digest)
        except OSError as error:
            self._tell(f"This is not kept, as {file} cannot be written: {error}.")
        return ground

    def search(
        self, query: NDArray[np.floating], *, limit: int, among: Mask | None = None
    ) -> list[Scored]:
        """Return the nearest tiles, best first; equally near ones by their ids.

        Args:
            query: shape (dimensions,), of length 1.
            limit: how many at most.
            among: by row whether a tile may be returned; None for all.

        Raises:
            UsageError: the query is of another dimension, or holds no numbers.
        """
        query = self._checked(query)
        allowed = self.usable if among is None else self.usable & among
        count = int(np.count_nonzero(allowed))
        if count <= MAX_EXACT:
            return self._rank(np.flatnonzero(allowed), query, limit)
        found = self.cells.search(query, limit=limit, among=allowed, count=count)
        return self._rank(found, query, limit)

    def score(self, rows: Rows, query: NDArray[np.floating]) -> NDArray[np.float64]:
        """The cosines of a query and the tiles at `rows`."""
        scores = self.vectors[rows].astype(np.float64) @ self._checked(query).astype(np.float64)
        return np.asarray(np.round(scores, _DECIMALS))

    def row_of(self, tile_id: str) -> int:
        """The row of a tile.

        Raises:
            UsageError: there is none of that id; near ids are named.
        """
        tiles = self.tiles
        if isinstance(tiles, StoredTiles):
            row = tiles.row_of(tile_id)
        else:
            row = next((row for row, tile in enumerate(tiles) if tile.id == tile_id), None)
        if row is None:
            raise UsageError(f"No tile {tile_id!r} is embedded. {self._propose(tile_id)}")
        return row

    def check_model(self, name: str) -> None:
        """Refuse vectors of another model than the tiles'.

        Raises:
            UsageError: it is another one.
        """
        if name != self.model:
            raise UsageError(
                f"The tiles were embedded with {self.model}, and the model named is {name}: their "
                "vectors cannot be compared. Name the model of the tiles, or embed them again with "
                "kgpipe geo embed."
            )

    @cached_property
    def cells(self) -> CellIndex:
        """The cells, read from their file or built."""
        digest = digest_vectors(self.vectors)
        if self._file is not None and self._file.is_file():
            cells = load_cells(self._file, digest=digest)
            if isinstance(cells, CellIndex):
                return cells
            self._tell(f"{self._file} cannot be used: {cells}. It is built again.")
        rows = np.flatnonzero(self.usable)
        self._tell(f"Building the index of {len(rows):,} tiles ...")
        cells = build_cells(self.vectors, rows)
        if self._file is not None:
            try:
                save_cells(cells, self._file, digest=digest)
            except OSError as error:
                self._tell(f"The index is not kept, as {self._file} cannot be written: {error}.")
        return cells

    def best(self, rows: Rows, scores: NDArray[np.float64], limit: int) -> list[int]:
        """The places in `rows` of the highest scores, best first; equal ones by their tiles' ids.

        Of the tiles only those are looked at that may be among them.
        """
        places = np.arange(len(rows))
        if len(rows) > limit:
            worst = np.partition(scores, len(rows) - limit)[len(rows) - limit]
            places = np.flatnonzero(scores >= worst)
        ids = {at: self.tiles[int(rows[at])].id for at in places.tolist()}
        return sorted(ids, key=lambda at: (-scores[at], ids[at]))[:limit]

    def _propose(self, tile_id: str) -> str:
        ids = [tile.id for tile in self.tiles]
        ranked = process.extract(tile_id, ids, scorer=fuzz.WRatio, limit=_PROPOSED)
        return f"The nearest ids: {', '.join(near for near, _, _ in ranked)}."

    def _rank(self, rows: Rows, query: Floats, limit: int) -> list[Scored]:
        if len(rows) > limit:
            many = len(rows) > _GATHERED_SHARE * len(self.vectors)
            compared = self.vectors if many else self.vectors[rows]
            # On a busy machine a product by BLAS waits longer for its threads than this takes.
            rough = np.einsum("nd,d->n", compared, query)
            rough = rough[rows] if many else rough
            worst = np.partition(rough, len(rows) - limit)[len(rows) - limit]
            rows = rows[rough >= worst - _SLACK]
        scores = self.score(rows, query)
        best = self.best(rows, scores, limit)
        return [Scored(int(rows[at]), float(scores[at])) for at in best]

    def _checked(self, query: NDArray[np.floating]) -> Floats:
        dimensions = self.vectors.shape[1]
        if query.shape != (dimensions,):
            raise UsageError(
                f"The query has the shape {query.shape}, and the tiles' vectors {dimensions} "
                f"dimensions: they come from different models. The tiles were embedded with "
                f"{self.model}."
            )
        if not np.isfinite(query).all():
            raise UsageError("The query's vector holds no numbers: nothing could be seen in it.")
        return np.ascontiguousarray(query, dtype=np.float32)


def open_index(folder: Path, *, tell: Callable[[str], None] = lambda _: None) -> TileIndex:
    """Open what `kgpipe geo embed` wrote, with its index beside it.

    Raises:
        KgpipeError: the folder holds no embeddings, or empty ones.
    """
    return TileIndex(read_embeddings(folder), file=folder / FILE, tell=tell)


def digest_vectors(vectors: Floats) -> str:
    """Tells vectors from all others by their bytes and their shape."""
    digest = sha256(repr((vectors.shape, vectors.dtype.str)).encode())
    digest.update(np.ascontiguousarray(vectors).data)
    return digest.hexdigest()
