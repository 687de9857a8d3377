"""Scores pairs of an entity and a tile, and keeps the tiles that probably show the entity.

What speaks for a pair: that the entity's words are near the tile in the model's space, that its
place is, that the tile lies in the place, and how far it lies from it. `calibration` makes one
probability of them; a candidate's own probability is a factor, so that a link never says more than
is known of where the entity lies.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from kgpipe.errors import UsageError
from kgpipe.geo.places.calibration import (
    Floats,
    LinkModel,
    Regime,
    closeness,
    farthest_km,
    standardise,
)
from kgpipe.geo.places.gazetteer import SOURCE
from kgpipe.geo.places.shapes import (
    KM_PER_DEGREE,
    box_shape,
    disc_shape,
    distance_km,
    distances_to,
    share_inside,
)
from kgpipe.ids import content_id
from kgpipe.ports import TileEncoder
from kgpipe.tiles import EntityLinks, Place, Tile, TileLink
from kgpipe.types import Record

# Steps of what is stored, finer than anything that is told by it.
_DIGITS = 4


class LinkQuestion(Record):
    """An entity, what is said about it, and where it may lie."""

    entity_id: str
    text: str
    places: tuple[Place, ...] = ()

    @property
    def key(self) -> str:
        """Changes with its content."""
        return content_id("question", self.model_dump(mode="json"))


@dataclass(frozen=True)
class TileIndexView:
    """Tiles with their vectors in the model's space, (tiles, width), rows of length 1."""

    tiles: Sequence[Tile]
    vectors: NDArray[np.float32]

    @cached_property
    def lons(self) -> Floats:
        """Longitudes of the centres, shape (tiles,); NaN where they are unknown."""
        return np.array([_or_nan(tile.lon) for tile in self.tiles], dtype=np.float64)

    @cached_property
    def lats(self) -> Floats:
        """As `lons`."""
        return np.array([_or_nan(tile.lat) for tile in self.tiles], dtype=np.float64)

    @cached_property
    def located(self) -> NDArray[np.int64]:
        """Tiles whose centre is known."""
        return np.flatnonzero(np.isfinite(self.lons) & np.isfinite(self.lats))

    @cached_property
    def half_km(self) -> float:
        """From the centre of the largest tile to its corner."""
        boxes = np.array([one.box for one in self.tiles if one.box], dtype=np.float64)
        if not len(boxes):
            return 0.0
        west, south, east, north = boxes.T
        lons, lats = west + (east - west) % 360.0 / 2, (south + north) / 2
        return float(distance_km(lons, lats, west, south).max())

    def near(self, place: Place, *, km: float) -> NDArray[np.int64]:
        """Tiles that may come within `km` of a place: none that does gets left out."""
        if not np.isfinite(km):
            return self.located
        reach = place.radius_km + km + self.half_km
        high = reach / KM_PER_DEGREE
        # Where the parallel is shortest within reach.
        cosine = np.cos(np.radians(min(abs(place.lat) + high, 90.0)))
        wide = min(high / max(float(cosine), 1e-6), 180.0)
        apart = np.abs((self.lons - place.lon + 180.0) % 360.0 - 180.0)
        return np.flatnonzero((apart <= wide) & (np.abs(self.lats - place.lat) <= high))


def link_entity(
    question: LinkQuestion,
    *,
    encoder: TileEncoder,
    index: TileIndexView,
    model: LinkModel,
    least: float,
    limit: int,
) -> EntityLinks:
    """The tiles that show an entity with a probability of `least`, `limit` at the most.

    Args:
        question: what is known of the entity.
        encoder: that also made the index.
        index: the tiles.
        model: weights.
        least: probability.
        limit: how many.
    """
    asked = _Asked(question, encoder, index, model, least)
    evidence: dict[int, TileLink] = {}
    for place in question.places:
        for at, link in _score_place(place, asked):
            if at not in evidence or link.probability > evidence[at].probability:
                evidence[at] = link
    if not question.places:
        evidence = dict(_score_text(asked))
    ranked = sorted(
        (at for at in evidence if evidence[at].probability >= least),
        key=lambda at: (-evidence[at].probability, -evidence[at].text, index.tiles[at].id),
    )[:limit]
    # What experts see in a tile, and what its set says of its place, is not ours to publish.
    bare = {"labels": (), "places": ()}
    return EntityLinks(
        entity_id=question.entity_id,
        places=question.places,
        links=tuple(evidence[at] for at in ranked),
        tiles=tuple(index.tiles[at].model_copy(update=bare) for at in ranked),
    )


def regime_of(place: Place) -> Regime:
    """What kind of evidence a candidate is: a gazetteer knows centre and size alone."""
    return "point" if place.source == SOURCE and not place.wkt else "extent"


def shape_of(place: Place) -> BaseGeometry:
    """Its outline, else a disc of its radius."""
    if place.wkt:
        return shapely.from_wkt(place.wkt)
    return disc_shape(place.lon, place.lat, radius_km=place.radius_km)


def pair_features(
    shape: BaseGeometry, tiles: Sequence[Tile], *, text: Floats, location: Floats
) -> tuple[Floats, Floats, Floats]:
    """Features of a place with each tile, (tiles, 4), their containments and distances in km.

    Args:
        shape: of the place.
        tiles: with coordinates.
        text: standardised cosines, shape (tiles,).
        location: as `text`.
    """
    lons = np.array([tile.lon for tile in tiles], dtype=np.float64)
    lats = np.array([tile.lat for tile in tiles], dtype=np.float64)
    distances = distances_to(shape, lons, lats)
    shapely.prepare(shape)
    shares = np.array(
        [share_inside(shape, _extent(tile)) for tile in tiles], dtype=np.float64
    )  # fmt: skip
    features = np.column_stack([text, location, shares, closeness(distances)])
    return features, shares, distances


@dataclass(frozen=True)
class _Asked:
    """One question, and what it is answered with."""

    question: LinkQuestion
    encoder: TileEncoder
    index: TileIndexView
    model: LinkModel
    least: float

    @cached_property
    def text(self) -> Floats:
        """Cosines of the entity's words with all tiles; NaN without words in the model."""
        return self._cosines(lambda: self.encoder.embed_texts([self.question.text]))

    def location(self, place: Place) -> Floats:
        """Cosines of a place with all tiles; NaN without locations in the model."""
        lonlat = np.array([[place.lon, place.lat]], dtype=np.float64)
        return self._cosines(lambda: self.encoder.embed_locations(lonlat))

    def _cosines(self, embed: Callable[[], NDArray[np.float32]]) -> Floats:
        """Rows and vector have length 1, or are NaN."""
        try:
            [vector] = embed()
        except UsageError:
            # The model was trained without such a part: the others have to do.
            return np.full(len(self.index.tiles), np.nan)
        cosines: Floats = (self.index.vectors @ vector).astype(np.float64)
        return cosines

    def link(self, at: int, chance: float, **evidence: Any) -> TileLink:
        """The entity with the tile at a place of the index."""
        return TileLink(
            entity_id=self.question.entity_id,
            tile_id=self.index.tiles[at].id,
            probability=round(chance, _DIGITS),
            text=_finite(self.text[at]) or 0.0,
            model=self.encoder.name,
            **evidence,
        )


def _score_place(place: Place, asked: _Asked) -> Iterator[tuple[int, TileLink]]:
    if place.probability < asked.least:
        # No tile can make a link more probable than the place that it rests on.
        return
    chosen = asked.index.near(place, km=farthest_km(asked.model, least=asked.least))
    if not len(chosen):
        return
    location = asked.location(place)
    features, shares, distances = pair_features(
        shape_of(place),
        [asked.index.tiles[at] for at in chosen],
        text=standardise(asked.text)[chosen],
        location=standardise(location)[chosen],
    )
    chances = asked.model.probabilities(features, regime=regime_of(place)) * place.probability
    shown = place.model_copy(update={"wkt": "", "quote": ""})
    for row, at in enumerate(chosen.tolist()):
        yield (
            at,
            asked.link(
                at,
                float(chances[row]),
                location=_finite(location[at]),
                containment=round(float(shares[row]), _DIGITS),
                distance_km=round(float(distances[row]), 3),
                place=shown,
            ),
        )


def _score_text(asked: _Asked) -> Iterator[tuple[int, TileLink]]:
    """Where nothing tells the place, the words alone speak; that is rarely enough."""
    features = standardise(asked.text)[:, None]
    chances = asked.model.probabilities(features, regime="text")
    for at in np.flatnonzero((chances >= asked.least) & np.isfinite(asked.text)).tolist():
        yield at, asked.link(at, float(chances[at]))


def _extent(tile: Tile) -> BaseGeometry:
    """What a tile covers; its centre where its box is unknown."""
    return box_shape(tile.box) if tile.box else shapely.Point(tile.lon, tile.lat)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value


def _finite(value: float) -> float | None:
    return round(float(value), _DIGITS) if np.isfinite(value) else None
