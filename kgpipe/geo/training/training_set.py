"""A tile set as training takes it: scaled pixels, and what is known of each tile as tensors."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kgpipe.errors import UsageError
from kgpipe.geo.data.tileset import Pixels, TileSet
from kgpipe.geo.embedding.scaling import Ranges, count_missing, fit_ranges, scale, seen
from kgpipe.geo.training.descriptions import describe
from kgpipe.geo.training.settings import GeoSettings
from kgpipe.ids import content_id
from kgpipe.ports import Embedder
from kgpipe.tiles import Tile

# Tiles that are read at a time: 512 of 12 bands and 48 x 48 pixels take 57 MB.
_CHUNK = 512
_MEGABYTE = 1 << 20
Say = Callable[[str], None]


class Batch(NamedTuple):
    """Some tiles. What is unknown of one is NaN, -1 or False."""

    # Sensor -> scaled to 0 .. 1, [B, C, H, W].
    pixels: Mapping[str, Tensor]
    # Longitude and latitude of the centres: [B, 2].
    lonlat: Tensor
    # West, south, width, height in degrees: [B, 4].
    extent: Tensor
    # [B, L] of 0 and 1; a row without any 1 is a tile without labels.
    labels: Tensor
    # All descriptions of each tile by number, padded with -1: [B, K].
    texts: Tensor


@dataclass(frozen=True)
class TrainingSet:
    """All tiles that can be learned from.

    Attributes:
        tiles: in the order of the tensors.
        places: of `tiles` in their set.
        bands: of the sensors that are used.
        side: of a tile, in pixels.
        ranges: of the bands, for scaling.
        facts: as `Batch`, without pixels, of all tiles.
        sentences: of the descriptions by number, [T, S]; [0, 0] without descriptions.
        digest: of all that training depends on, but for the settings.
    """

    tiles: Sequence[Tile]
    places: NDArray[np.intp]
    bands: Mapping[str, tuple[str, ...]]
    side: int
    ranges: Ranges
    facts: Batch
    sentences: Tensor
    digest: str
    clip: float
    source: TileSet
    cache: Mapping[str, NDArray[np.float16]] | None

    def __len__(self) -> int:
        return len(self.tiles)

    def take(self, rows: Tensor) -> Batch:
        """The tiles of these rows, [B]."""
        if self.cache is None:
            pixels = _scaled(self.source.read(self.places[rows.numpy()].tolist()), self)
        else:
            pixels = {sensor: kept[rows.numpy()] for sensor, kept in self.cache.items()}
        tensors = {s: torch.from_numpy(p.astype(np.float32)) for s, p in pixels.items()}
        return Batch(tensors, *(fact[rows] for fact in self.facts[1:]))

    @property
    def labelled(self) -> int:
        """How many tiles have labels."""
        return int(self.facts.labels.any(dim=1).sum())

    @property
    def label_sets(self) -> int:
        """How many different sets of labels there are."""
        return len({frozenset(tile.labels) for tile in self.tiles if tile.labels})

    @property
    def located(self) -> int:
        """How many tiles have coordinates."""
        return int(self.facts.lonlat.isfinite().all(dim=1).sum())

    @property
    def described(self) -> int:
        """How many tiles have a description."""
        return int((self.facts.texts >= 0).any(dim=1).sum())


def prepare(
    source: TileSet, *, settings: GeoSettings, embedder: Embedder | None, say: Say
) -> TrainingSet:
    """Fit the scaling, leave out what cannot be seen, and put descriptions into numbers.

    Args:
        source: the training tiles, and no others.
        settings: `sensors`, `clip`, `cache_mb`.
        embedder: of sentences; None leaves descriptions out.
        say: told what was left out or filled in.

    Raises:
        UsageError: a sensor that the set lacks, fewer than two tiles, a band without any number.
    """
    bands = _choose_bands(source, settings)
    visible = np.ones(len(source.tiles), dtype=bool)
    missing = 0
    shapes: set[tuple[int, ...]] = set()

    def survey() -> Iterator[Pixels]:
        nonlocal missing
        for start, chunk in _read(source, np.arange(len(source.tiles)), bands):
            for pixels in chunk.values():
                visible[start : start + len(pixels)] &= seen(pixels)
                missing += count_missing(pixels)
                shapes.add(pixels.shape[2:])
            yield chunk

    ranges = fit_ranges(survey())
    places = np.flatnonzero(visible)
    _refuse_unusable(places, shapes)
    if len(places) < len(visible):
        say(f"{len(visible) - len(places)} tiles without any data in a sensor are left out.")
    if missing:
        say(f"{missing} missing pixels of the others were set to the mean of their band.")
    tiles = [source.tiles[place] for place in places.tolist()]
    facts, sentences = _gather_facts(tiles, embedder)
    training = TrainingSet(
        tiles=tiles,
        places=places,
        bands=bands,
        side=next(iter(shapes))[0],
        ranges=ranges,
        facts=facts,
        sentences=sentences,
        # The scaling stands for the pixels: hashing those of a large set would take long.
        digest=content_id(
            "tiles",
            [tile.model_dump(mode="json") for tile in tiles],
            {s: [band.model_dump() for band in r] for s, r in ranges.items()},
            bands,
        ),
        clip=settings.clip,
        source=source,
        cache=None,
    )
    return _cached(training, settings)


def _choose_bands(source: TileSet, settings: GeoSettings) -> dict[str, tuple[str, ...]]:
    for sensor in settings.sensors:
        if sensor not in source.bands:
            raise UsageError(f"The tiles have no {sensor}; they have {', '.join(source.bands)}.")
    return {s: tuple(b) for s, b in source.bands.items() if s in (settings.sensors or source.bands)}


def _refuse_unusable(places: NDArray[np.intp], shapes: set[tuple[int, ...]]) -> None:
    if len(places) < 2:
        raise UsageError(f"{len(places)} tiles hold data: training needs at least two.")
    if len(shapes) > 1 or len(set(next(iter(shapes)))) > 1:
        found = ", ".join(sorted(f"{h} x {w}" for h, w in shapes))
        raise UsageError(f"Training wants square tiles of one size; these are {found} pixels.")


def _read(
    source: TileSet, places: NDArray[np.intp], bands: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[int, Pixels]]:
    for start in range(0, len(places), _CHUNK):
        chunk = source.read(places[start : start + _CHUNK].tolist())
        yield start, {sensor: chunk[sensor] for sensor in bands}


def _scaled(pixels: Pixels, training: TrainingSet) -> dict[str, NDArray[np.float32]]:
    return {
        sensor: scale(pixels[sensor], training.ranges[sensor], clip=training.clip)
        for sensor in training.bands
    }


def _cached(training: TrainingSet, settings: GeoSettings) -> TrainingSet:
    shape = (training.side, training.side)
    channels = sum(len(bands) for bands in training.bands.values())
    # float16 tells 0 .. 1 in steps below 0.0005 and takes two bytes.
    if len(training) * channels * shape[0] * shape[1] * 2 > settings.cache_mb * _MEGABYTE:
        return training
    cache = {
        sensor: np.empty((len(training), len(bands), *shape), dtype=np.float16)
        for sensor, bands in training.bands.items()
    }
    for start, chunk in _read(training.source, training.places, training.bands):
        for sensor, pixels in _scaled(chunk, training).items():
            cache[sensor][start : start + len(pixels)] = pixels
    return TrainingSet(**{**vars(training), "cache": cache})


# ---------------------------------------------------------------- what is known of tiles


def _gather_facts(tiles: Sequence[Tile], embedder: Embedder | None) -> tuple[Batch, Tensor]:
    texts = [describe(tile) if embedder is not None else () for tile in tiles]
    numbers = {text: number for number, text in enumerate(sorted({t for ts in texts for t in ts}))}
    numbered = torch.full((len(tiles), max(map(len, texts), default=0)), -1)
    for row, own in enumerate(texts):
        numbered[row, : len(own)] = torch.tensor([numbers[text] for text in own])
    sentences = torch.zeros(0, 0)
    if embedder is not None and numbers:
        sentences = torch.from_numpy(np.asarray(embedder.embed(list(numbers)), dtype=np.float32))
    return Batch({}, *_placed(tiles), _labels(tiles), numbered), sentences


def _placed(tiles: Sequence[Tile]) -> tuple[Tensor, Tensor]:
    """Centres [N, 2] and extents [N, 4], NaN where unknown."""
    unknown = float("nan")
    centres = [
        (unknown, unknown) if tile.lon is None or tile.lat is None else (tile.lon, tile.lat)
        for tile in tiles
    ]
    extents = [
        (unknown,) * 4
        if (box := tile.box) is None
        # Over the antimeridian west > east, and the width is still positive.
        else (box.west, box.south, (box.east - box.west) % 360, box.north - box.south)
        for tile in tiles
    ]
    # float32 tells degrees to a metre.
    return torch.tensor(centres), torch.tensor(extents)


def _labels(tiles: Sequence[Tile]) -> Tensor:
    names = {name: i for i, name in enumerate(sorted({n for tile in tiles for n in tile.labels}))}
    hot = torch.zeros(len(tiles), len(names))
    for row, tile in enumerate(tiles):
        hot[row, [names[name] for name in tile.labels]] = 1
    return hot
