"""What a search over tiles returns: ranked hits with the parts of their score."""

from collections.abc import Sequence
from typing import Any

from kgpipe.tiles import Place, Tile
from kgpipe.types import Record

# Of an ambiguous name the first three, if they are this likely; JSON has all.
_LISTED, _LEAST_LISTED = 3, 0.005


class Hit(Record):
    """A tile that was found.

    Attributes:
        rank: from 1.
        tile: without its labels, which are gold.
        score: what the rank goes by.
        text: cosine of the asked text and the tile.
        tile_likeness: cosine of the asked tile and this one.
        location: cosine of the asked location and the tile, in the model's space.
        place: how near it lies to the places that were asked for, 0 to 1 (see `nearness`).
        distance_km: from the asked point, or the smallest likely place (0 inside), to its centre.
        holds_point: whether its extent holds the asked point.
    """

    rank: int
    tile: Tile
    score: float
    text: float | None = None
    tile_likeness: float | None = None
    location: float | None = None
    place: float | None = None
    distance_km: float | None = None
    holds_point: bool | None = None

    @property
    def parts(self) -> dict[str, float]:
        """What is known of the score, by name."""
        named = {
            "text": self.text, "likeness": self.tile_likeness, "location": self.location,
            "place": self.place,
        }  # fmt: skip
        return {name: value for name, value in named.items() if value is not None}


class Found(Record):
    """The hits of one search.

    Attributes:
        query: what was asked, in words.
        model: name of the model that embedded the tiles.
        hits: best first.
        text: that stands for an entity, where one was asked for; "" otherwise.
        places: that were found in the query; several with one name are an ambiguity.
        notes: what a reader should know, such as how many tiles a filter left.
    """

    query: str
    model: str
    hits: tuple[Hit, ...]
    text: str = ""
    places: tuple[Place, ...] = ()
    notes: tuple[str, ...] = ()


def show_found(found: Found) -> dict[str, Any]:
    """The hits as JSON values; labels of tiles are left out, as they are gold."""
    # Outlines are long, and in the layers.
    shown = found.model_dump(mode="json", exclude={"hits": True, "places": {"__all__": {"wkt"}}})
    hits = [_show_hit(hit) for hit in found.hits]
    return {**shown, "hits": hits}


def group_by_name(places: Sequence[Place]) -> dict[str, list[Place]]:
    """The places that each name may be, by the name as the query has it."""
    names: dict[str, list[Place]] = {}
    for place in places:
        names.setdefault(place.quote or place.name, []).append(place)
    return names


def describe_places(places: Sequence[Place]) -> list[str]:
    """The places of a query, and where a name stands for several, each with its probability."""
    likely = [place for place in places if place.probability >= _LEAST_LISTED]
    lines = []
    for name, group in group_by_name(likely).items():
        group.sort(key=lambda place: (-place.probability, place.source, place.identifier))
        listed = "; ".join(_describe_place(place, asked=name) for place in group[:_LISTED])
        many = f" may be {len(group)} places" if len(group) > 1 else ""
        more = "; ..." if len(group) > _LISTED else ""
        lines.append(f"{name}{many}: {listed}{more}")
    return lines


def _describe_place(place: Place, *, asked: str) -> str:
    name = f"{place.name}, " if place.name != asked else ""
    extent = "its outline" if place.wkt else f"{place.radius_km:.0f} km around"
    return (
        f"{name}lon {place.lon:.2f}, lat {place.lat:.2f}, {extent} ({place.source}, probability "
        f"{place.probability:.2f})"
    )


def _show_hit(hit: Hit) -> dict[str, Any]:
    return hit.model_dump(mode="json", exclude={"tile": {"labels"}}, exclude_none=True)
