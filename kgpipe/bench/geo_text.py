"""`bench geo`, part `text`: does "gold mine in TERRITORY, COUNTRY" find tiles of that territory?

Blocks of half a degree are held out in two folds, so that no tile beside a training tile is asked
for. Found is what lies in the territory by the tile set's own columns, or with its centre at most
5 km from the territory's outline. Coordinates and labels of the asked tiles are hidden from all
systems but `nearest_known_position`, which is what location alone can do where tiles tell theirs.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kgpipe.bench.geo_encoders import Workshop, embed_all
from kgpipe.geo.data.splits import split_by
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.measuring.metrics import Floats, estimate
from kgpipe.geo.places.layers import read_layer
from kgpipe.geo.places.shapes import centre_of, distance_km, distances_to
from kgpipe.ports import TileEncoder
from kgpipe.stats.intervals import Indices

AT = 10
NEAR_KM = 5.0
_FOLDS = 2
_SEED = 0
TERRITORIES = (
    "data/boundaries/protected_areas_and_indigenous_territories/out/"
    "indigenous_territories_impacts.geojson"
)


class Territory(NamedTuple):
    """A place that is asked for: its name, its country as the tiles spell it, its outline."""

    name: str
    country: str
    shape: BaseGeometry

    @property
    def question(self) -> str:
        """What a user would type."""
        return f"gold mine in {self.name}, {self.country}"


def bench_text(tiles: TileTable, graph: Path, workshop: Workshop) -> dict[str, Any]:
    """Recall at 10 of texts, of locations, of both, macro over territories.

    Args:
        tiles: the Amazon mining tiles.
        graph: folder of `amazon_mining_kg`.
        workshop: with an embedder of sentences.
    """
    territories = find_territories(tiles, graph / TERRITORIES)
    rows: list[dict[str, Any]] = []
    for asked, encoder in train_folds(tiles, workshop):
        rows += ask_territories(encoder, tiles.take(asked), territories)
    systems = sorted({name for row in rows for name in row["found"]})
    names = [row["territory"] for row in rows]
    report: dict[str, Any] = {"questions": len(rows), "territories": len(set(names)), "at": AT}
    for system in systems:
        found = [row["found"][system] for row in rows]
        report[system] = {
            f"recall_at_{AT}": _macro(
                [_recall(hits, row) for hits, row in zip(found, rows, strict=True)], names
            ),
            f"any_hit_among_{AT}": _macro([float(hits > 0) for hits in found], names),
        }
    report["by_chance"] = round(_macro([row["chance"] for row in rows], names)["value"], 4)
    report["by_territory"] = rows
    return report


def fold_blocks(tiles: TileTable) -> NDArray[np.intp]:
    """The fold of each tile, 0 or 1; neighbours that overlap are in one."""
    return split_by(tiles, key="block", folds=_FOLDS, seed=_SEED)


def train_folds(
    tiles: TileTable, workshop: Workshop
) -> Iterator[tuple[NDArray[np.intp], TileEncoder]]:
    """For each fold the places of its tiles, and an encoder that has seen the others alone."""
    fold = fold_blocks(tiles)
    for held in range(_FOLDS):
        encoder = workshop.train(f"text-{held}", tiles.take(np.flatnonzero(fold != held)))
        yield np.flatnonzero(fold == held), encoder


def find_territories(tiles: TileTable, path: Path) -> list[Territory]:
    """The territories of the layer in which a tile lies, by the tiles' own names for them."""
    country_of = {tile.places[1]: tile.places[0] for tile in tiles.tiles if len(tile.places) > 1}
    shapes: dict[str, BaseGeometry] = {}
    for feature in read_layer(path).features:
        # Parts of one territory are several features.
        known = shapes.get(feature.name)
        shapes[feature.name] = feature.shape if known is None else known.union(feature.shape)
    return [
        Territory(name, country_of[name], shapes[name])
        for name in sorted(country_of) if name in shapes
    ]  # fmt: skip


def ask_territories(
    encoder: TileEncoder, asked: TileTable, territories: Sequence[Territory]
) -> list[dict[str, Any]]:
    """One row a territory that has tiles among those asked for: hits among the first ten."""
    vectors = embed_all(encoder, asked)
    lons, lats = (
        np.array([np.nan if one is None else one for one in column])
        for column in zip(*((tile.lon, tile.lat) for tile in asked.tiles), strict=True)
    )
    texts = encoder.embed_texts([one.question for one in territories])
    centres = np.array([centre_of(one.shape) for one in territories])
    places = encoder.embed_locations(centres)
    rows = []
    for place, territory in enumerate(territories):
        right = mark_relevant(asked, territory, lons, lats)
        if not right.any():
            continue
        by_text, by_place = vectors @ texts[place], vectors @ places[place]
        away = distance_km(float(centres[place, 0]), float(centres[place, 1]), lons, lats)
        scores: dict[str, NDArray[np.floating]] = {
            "text": by_text,
            "location_by_model": by_place,
            "text_and_location_by_model": by_text + by_place,
            "nearest_known_position": np.where(np.isnan(away), -np.inf, -away),
        }
        found = {
            name: int(right[np.argsort(-one, kind="stable")[:AT]].sum())
            for name, one in scores.items()
        }
        rows.append(
            {
                "territory": territory.name,
                "relevant": int(right.sum()),
                "tiles": len(right),
                "chance": float(right.mean() * AT / min(AT, right.sum())),
                "found": found,
            }
        )
    return rows


def mark_relevant(
    tiles: TileTable, territory: Territory, lons: Floats, lats: Floats
) -> NDArray[np.bool_]:
    """Which tiles lie in the territory, or near it; by gold columns and coordinates."""
    named = np.array([territory.name in tile.places for tile in tiles.tiles])
    known = np.flatnonzero(np.isfinite(lons))
    near = np.zeros(len(named), dtype=bool)
    near[known] = distances_to(territory.shape, lons[known], lats[known]) <= NEAR_KM
    return np.asarray(named | near)


def _recall(hits: int, row: dict[str, Any]) -> float:
    return float(hits / min(AT, row["relevant"]))


def _macro(values: Sequence[float], territories: Sequence[str]) -> dict[str, Any]:
    """Mean over territories, which are what is resampled; that of one in both folds is its mean."""
    table = np.array(values)
    asked = Counter(territories)
    weights = np.array([1 / asked[name] for name in territories])

    def mean(rows: Indices) -> float:
        return float(np.average(table[rows], weights=weights[rows]))

    found = estimate(mean, territories, seed=_SEED)
    return found.model_dump(mode="json")
