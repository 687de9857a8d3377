"""How well calibrated links of places to satellite tiles are, on real places held out.

Pairs of the Amazon mining tiles with coordinates (1,255) and the places of Amazon Mining Watch's
layers: Indigenous territories and countries. A pair is positive where the place's polygon holds the
tile's centre. Each place is known in two ways: by its outline, as the user's layers give it, and by
centre and area alone, as a gazetteer does. The outline also tells which pairs are positive, so that
there the figures say no more than that the features keep what the layer tells.

Tiles are split into two folds by half-degree blocks, those that overlap together; each fold's pairs
are scored by weights that were fitted on the other's. With trained encoders (`model`) the cosines
of texts and locations join the features; each fold's come from an encoder that has seen the other
fold alone, so that no cosine is one that was learned. Without encoders the cosines count for
nothing, and words alone make no link. `data/geo/link.json` holds the weights of all pairs
(`OUT/link.json`).
"""

import csv
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kgpipe.bench.geo_encoders import Workshop
from kgpipe.bench.geo_mines import drop_repeats
from kgpipe.bench.geo_recipes import TEXT_RECIPE, change
from kgpipe.bench.geo_text import fold_blocks, train_folds
from kgpipe.errors import KgpipeError
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.data.tiletable import open_tiles
from kgpipe.geo.measuring.metrics import average_precision
from kgpipe.geo.places.calibration import (
    FEATURES,
    Floats,
    LinkModel,
    Regime,
    fit_link_model,
    standardise,
)
from kgpipe.geo.places.layers import Feature, read_layer
from kgpipe.geo.places.link import pair_features
from kgpipe.geo.places.shapes import box_around, centre_of, disc_shape
from kgpipe.stats.intervals import Estimate, Indices, cluster_bootstrap
from kgpipe.stats.metrics import brier_score, expected_calibration_error
from kgpipe.tiles import Tile
from kgpipe.wiring import wire_embedder

_TILES = "amazon_mining_s2/tiles.csv"
_LAYERS = "amazon_mining_kg/data/boundaries"
_PLACES = (
    (f"{_LAYERS}/protected_areas_and_indigenous_territories/out/"
     "indigenous_territories_impacts.geojson", "name_field"),
    (f"{_LAYERS}/national_admin/out/national_admin_impacts.geojson", "country"),
)  # fmt: skip
# The layer of countries also has the sum of them all.
_NO_PLACE = "Entire Amazon"
# 48 pixels of 10 m.
_SIDE_KM = 0.48
_RESAMPLES = 300
# Nearly all pairs are far apart and as good as certain; those between show how the rest fares.
_UNSURE = 0.01
_REGIMES: tuple[Regime, ...] = ("extent", "point")
# Words alone, of which nothing is known, make no link.
_SILENT = (0.0, -9.0)


class Pairs(NamedTuple):
    """Features and outcomes of pairs, and the block of each pair's tile."""

    features: Floats
    outcomes: Floats
    blocks: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> "Pairs":
        """Some of the pairs."""
        return Pairs(self.features[chosen], self.outcomes[chosen], self.blocks[chosen])


class Cosines(NamedTuple):
    """Standardised cosines of each place's words and location with each tile, (places, tiles)."""

    text: Floats
    location: Floats


def run(data: Path, out: Path, *, model: str | None = None) -> dict[str, Any]:
    """Fit and measure; writes `out/report.json` and `out/link.json`.

    Args:
        data: the folder of the public data, or its `geo`.
        out: where to.
        model: folder `encoders` of `bench geo --only text`; trained there if there are none.

    Raises:
        KgpipeError: the tiles or layers are not there.
    """
    folder = data / "geo" if (data / "geo").is_dir() else data
    tiles = read_tiles(folder / _TILES)
    places = [one for path, name in _PLACES for one in read_places(folder / path, name)]
    source = drop_repeats(open_tiles(folder / _TILES))
    half = dict(zip((tile.id for tile in source.tiles), fold_blocks(source).tolist(), strict=True))
    tiles = [tile for tile in tiles if tile.id in half]
    cosines = _compare(places, tiles, source, Path(model)) if model else None
    made_by = "text-0 and text-1 of bench geo" if model else ""
    pairs = {regime: collect_pairs(places, tiles, regime, cosines) for regime in _REGIMES}
    if cosines is not None:
        pairs["text"] = pairs["point"]._replace(features=pairs["point"].features[:, :1])
    # Pairs go place by place, each with all tiles.
    fold = np.tile([half[tile.id] for tile in tiles], len(places))
    chances = _score_folds(pairs, fold, made_by)
    report: dict[str, Any] = {
        "model": made_by,
        "tiles": len(tiles),
        "blocks": len({tile.block for tile in tiles}),
        "places": len(places),
        "places_with_tiles": int(_count_places(places, tiles)),
        "held_out": {regime: _measure(one, chances[regime]) for regime, one in pairs.items()},
    }
    shipped = _fit(pairs, made_by)
    out.mkdir(parents=True, exist_ok=True)
    (out / "link.json").write_text(f"{shipped.model_dump_json(indent=1)}\n", encoding="utf-8")
    report["weights"] = {
        regime: dict(zip((*FEATURES[regime], "intercept"), weights, strict=True))
        for regime, weights in shipped.weights.items()
    }
    (out / "report.json").write_text(f"{json.dumps(report, indent=1)}\n", encoding="utf-8")
    return report


def read_tiles(path: Path) -> list[Tile]:
    """The tiles with coordinates, without what experts see in them.

    Raises:
        KgpipeError: they are not there.
    """
    try:
        with path.open(encoding="utf-8", newline="") as source:
            rows = [row for row in csv.DictReader(source) if row["lon"] and row["lat"]]
    except OSError as error:
        raise KgpipeError(f"Cannot read the tiles {path}: {error.strerror}.") from error
    return [
        Tile(
            id=row["tile_id"], source=row["sheet"], lon=float(row["lon"]), lat=float(row["lat"]),
            box=box_around(float(row["lon"]), float(row["lat"]), side_km=_SIDE_KM),
            start=row["start"], end=row["end"], block=row["block"],
        )
        for row in rows
    ]  # fmt: skip


def read_places(path: Path, name_property: str) -> list[Feature]:
    """Features with a name."""
    if not path.is_file():
        raise KgpipeError(f"The places {path} are missing.")
    layer = read_layer(path, name_property=name_property)
    return [feature for feature in layer.features if feature.name != _NO_PLACE]


def collect_pairs(
    places: Sequence[Feature], tiles: Sequence[Tile], regime: Regime, cosines: Cosines | None
) -> Pairs:
    """Every place with every tile.

    Args:
        places: with their outlines.
        tiles: with coordinates.
        regime: `extent` shows the outline to the features, `point` centre and area alone.
        cosines: of an encoder, None without.
    """
    numbers = {block: at for at, block in enumerate(sorted({tile.block for tile in tiles}))}
    blocks = np.array([numbers[tile.block] for tile in tiles])
    centres = shapely.points([tile.lon for tile in tiles], [tile.lat for tile in tiles])
    features, outcomes = [], []
    nothing = np.zeros(len(tiles))
    for at, place in enumerate(places):
        shown = place.shape if regime == "extent" else as_disc(place.shape)
        rows, _, _ = pair_features(
            shown, tiles, text=cosines.text[at] if cosines else nothing,
            location=cosines.location[at] if cosines else nothing,
        )  # fmt: skip
        features.append(rows)
        outcomes.append(shapely.contains(place.shape, centres).astype(np.float64))
    return Pairs(
        np.concatenate(features), np.concatenate(outcomes), np.tile(blocks, len(places))
    )  # fmt: skip


def as_disc(shape: BaseGeometry) -> BaseGeometry:
    """What a gazetteer knows of a place: a point of it, and its area."""
    lon, lat = centre_of(shape)
    # Square degrees to square kilometres at this latitude.
    area = shape.area * 111.2**2 * math.cos(math.radians(lat))
    return disc_shape(lon, lat, radius_km=math.sqrt(area / math.pi))


def _compare(
    places: Sequence[Feature], tiles: Sequence[Tile], source: TileTable, folder: Path
) -> Cosines:
    """What encoders see of tiles that they have not learned from, beside the places' names."""
    workshop = change(Workshop(folder, embedder=wire_embedder("minilm")), TEXT_RECIPE)
    numbers = {tile.id: at for at, tile in enumerate(tiles)}
    texts = [f"{place.name}, place." for place in places]
    centres = np.array([centre_of(place.shape) for place in places], dtype=np.float64)
    found = Cosines(*np.zeros((2, len(places), len(tiles))))
    for rows, encoder in train_folds(source, workshop):
        known = [at for at in rows.tolist() if source.tiles[at].id in numbers]
        vectors = encoder.embed_tiles(source.read(known))
        own = [numbers[source.tiles[at].id] for at in known]
        asked = (encoder.embed_texts(texts), encoder.embed_locations(centres))
        for table, kind in zip(found, asked, strict=True):
            for at, one in enumerate(kind):
                table[at, own] = standardise((vectors @ one).astype(np.float64))
    return found


def _fit(pairs: Mapping[Regime, Pairs], encoder: str) -> LinkModel:
    fitted = fit_link_model(
        {regime: (one.features, one.outcomes) for regime, one in pairs.items()},
        fitted_on="kgpipe bench geo_links: Amazon mining tiles x Indigenous territories, countries"
        + (f", encoder {encoder}" if encoder else ""),
    )
    return fitted.model_copy(update={"weights": {"text": _SILENT, **fitted.weights}})


def _score_folds(
    pairs: Mapping[Regime, Pairs], fold: NDArray[np.int64], encoder: str
) -> dict[Regime, Floats]:
    """Probabilities of all pairs by weights that were fitted on the other fold's."""
    chances = {regime: np.zeros(len(fold)) for regime in pairs}
    for held in np.unique(fold):
        fitted = _fit({regime: one.where(fold != held) for regime, one in pairs.items()}, encoder)
        for regime, one in pairs.items():
            own = fitted.probabilities(one.features[fold == held], regime=regime)
            chances[regime][fold == held] = own
    return chances


def _measure(pairs: Pairs, chances: Floats) -> dict[str, Any]:
    """Average precision and calibration, with intervals over blocks."""

    def figures(drawn: Indices) -> list[float]:
        own, true = chances[drawn], pairs.outcomes[drawn]
        return [
            average_precision(own, true),
            brier_score(own, true),
            expected_calibration_error(own, true),
        ]

    near = np.flatnonzero((chances > _UNSURE) & (chances < 1 - _UNSURE))
    estimates = cluster_bootstrap(figures, pairs.blocks.tolist(), resamples=_RESAMPLES)
    named = dict(zip(("average_precision", "brier", "ece"), estimates, strict=True))
    return {
        "pairs": len(chances),
        "positive": int(pairs.outcomes.sum()),
        **{name: _show(estimate) for name, estimate in named.items()},
        "undecided": {
            "pairs": len(near),
            "positive": int(pairs.outcomes[near].sum()),
            "brier": round(brier_score(chances[near], pairs.outcomes[near]), 4),
            "ece": round(expected_calibration_error(chances[near], pairs.outcomes[near]), 4),
        }
        if len(near)
        else None,
    }


def _show(estimate: Estimate) -> dict[str, float | None]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high}


def _count_places(places: Sequence[Feature], tiles: Sequence[Tile]) -> int:
    centres = shapely.points([tile.lon for tile in tiles], [tile.lat for tile in tiles])
    return sum(bool(shapely.contains(place.shape, centres).any()) for place in places)
