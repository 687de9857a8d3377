"""Records of the satellite side: what a tile is, and what links it to an entity of the graph.

Coordinates are CRS84: longitude before latitude, in degrees.
"""

from datetime import date, timedelta
from typing import NamedTuple

from kgpipe.types import Record


class Box(NamedTuple):
    """An extent in degrees; `west > east` where it crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float


class Tile(Record):
    """A square of the ground as satellites saw it.

    Attributes:
        id: unique in its set.
        source: the file that its pixels come from, relative to its set.
        lon: of the centre; None where the set does not tell.
        lat: as `lon`.
        box: its extent, None where it is unknown.
        start: the first day of the pictures that it is made of, as an ISO date, or "".
        end: the day after the last one, or "".
        labels: what experts see in it. Gold: trains and measures, and is never shown to what is
            measured.
        group: what a split must not cut: the sheet's stem, the scene.
        block: the half degree cell of its centre as "ROW_COLUMN", "" without coordinates.
        places: names of countries and territories that it lies in, as its set tells them.
        item: the address of its STAC item, or "".
    """

    id: str
    source: str
    lon: float | None = None
    lat: float | None = None
    box: Box | None = None
    start: str = ""
    end: str = ""
    labels: tuple[str, ...] = ()
    group: str = ""
    block: str = ""
    places: tuple[str, ...] = ()
    item: str = ""

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day of its pictures, None where its set does not tell both."""
        try:
            first, end = date.fromisoformat(self.start), date.fromisoformat(self.end)
        except ValueError:
            return None
        return first, max(first, end - timedelta(days=1))


class Place(Record):
    """Where an entity may lie; an ambiguous name has several, each with its probability.

    Attributes:
        name: as the gazetteer, the layer or the text has it.
        source: what tells so: "geonames", the file of a layer, or the id of the evidence.
        identifier: of the place there, an IRI where there is one, or "".
        lon: of its centre.
        lat: of its centre.
        radius_km: how far it reaches from there; how precise coordinates in a text are.
        probability: that the entity is this place, among its others.
        wkt: its outline as well-known text, "" where only `radius_km` is known.
        quote: of the text that tells it, "" for gazetteers and layers.
    """

    name: str
    source: str
    identifier: str = ""
    lon: float
    lat: float
    radius_km: float = 0.0
    probability: float = 1.0
    wkt: str = ""
    quote: str = ""


class TileLink(Record):
    """An entity is depicted in a tile.

    Attributes:
        entity_id: of the graph.
        tile_id: of the tile set.
        probability: calibrated; that the tile shows this entity.
        text: cosine of the entity's text and the tile in the model's space.
        location: cosine of the place and the tile in the model's space.
        containment: how much of the tile's extent lies in the place, 0 to 1; of a place that is
            smaller than the tile, how much of it lies in the tile.
        distance_km: from the place to the tile's centre, 0 inside of it.
        place: the candidate that the link rests on, None where the text alone speaks.
        model: name of the tile encoder, its digest in it.
    """

    entity_id: str
    tile_id: str
    probability: float
    text: float
    location: float | None = None
    containment: float | None = None
    distance_km: float | None = None
    place: Place | None = None
    model: str


class EntityLinks(Record):
    """Where an entity may lie, and the tiles that show it.

    Attributes:
        entity_id: of the graph.
        places: its candidates, the most probable first.
        links: the most probable first; their places stand without outline and quote.
        tiles: those of the links, without what experts see in them.
    """

    entity_id: str
    places: tuple[Place, ...] = ()
    links: tuple[TileLink, ...] = ()
    tiles: tuple[Tile, ...] = ()
