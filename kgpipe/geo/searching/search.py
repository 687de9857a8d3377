"""Search for tiles by a text, an entity, a point or another tile."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from kgpipe.errors import UsageError
from kgpipe.geo.places.entity_text import describe_entity
from kgpipe.geo.places.shapes import distance_km, distances_to
from kgpipe.geo.searching.filters import (
    EVERYTHING,
    Degrees,
    Ground,
    Mask,
    TileFilter,
    holding,
    passing,
)
from kgpipe.geo.searching.hits import Found, Hit, group_by_name
from kgpipe.geo.searching.index import Scored, TileIndex
from kgpipe.ports import TileEncoder
from kgpipe.tiles import Place
from kgpipe.types import Claim, Entity

# Finds the places that a text names; several with one name are an ambiguity.
Locate = Callable[[str], Sequence[Place]]

# Beyond a place's own reach its pull halves every so many kilometres: about a tile's neighbours,
# and what a gazetteer's point is off.
_HALVED_AFTER_KM = 10.0
# Where a tile is told apart from one that is nowhere near: seven halvings.
_LEAST_PULL = 0.01
# What lies in the place asked for comes before what only looks right: cosines of one text and all
# tiles differ by less than this.
_PLACE_WEIGHT = 1.0
# What is more probable than all others together.
_LIKELY = 0.5
# A point further from every tile than this was meant otherwise, if swapped it lies among them.
_FAR_KM, _AMONG_KM = 500.0, 100.0
# Further than any two points of the Earth are apart.
_OUTSIDE_KM = 100_000.0


def search_text(
    text: str,
    *,
    index: TileIndex,
    encoder: TileEncoder,
    limit: int = 10,
    wanted: TileFilter = EVERYTHING,
    locate: Locate | None = None,
) -> Found:
    """Find tiles that look like what a text describes.

    A tile's score is its cosine with the text and, where the text names places, its nearness to
    them (see `nearness`).

    Args:
        text: in plain words.
        index: over the tiles.
        encoder: the model that embedded them.
        limit: hits at most.
        wanted: what tiles must meet.
        locate: finds places in the text; None to go by looks alone.

    Raises:
        UsageError: the text has no words, or the model is another one.
    """
    if not any(char.isalnum() for char in text):
        raise UsageError('Describe in words what to look for: kgpipe geo search "mining ponds"')
    names = group_by_name(locate(text)) if locate else {}
    return _search_words(
        text, text, [*names.values()], index=index, encoder=encoder, limit=limit, wanted=wanted
    )


def search_entity(
    entity: Entity,
    *,
    index: TileIndex,
    encoder: TileEncoder,
    claims: Sequence[Claim] = (),
    places: Sequence[Place] = (),
    limit: int = 10,
    wanted: TileFilter = EVERYTHING,
) -> Found:
    """Find tiles that may show an entity of the graph; scored as those of a text.

    Args:
        entity: of the graph.
        index: over the tiles.
        encoder: the model that embedded them.
        claims: what is stated about it.
        places: where it may lie.
        limit: hits at most.
        wanted: what tiles must meet.

    Raises:
        UsageError: the model is another one.
    """
    text = describe_entity(entity, claims)
    # All of them are places that this one entity may be.
    names = [places] if places else []
    return _search_words(
        entity.name, text, names, index=index, encoder=encoder, limit=limit, wanted=wanted
    )


def search_tile(
    tile_id: str, *, index: TileIndex, limit: int = 10, wanted: TileFilter = EVERYTHING
) -> Found:
    """Find tiles that look like another one, which is left out itself.

    Raises:
        UsageError: there is no such tile, or nothing could be seen in it.
    """
    row = index.row_of(tile_id)
    if not index.usable[row]:
        raise UsageError(f"Nothing could be seen in the tile {tile_id}: search from another one.")
    among = _allowed(wanted, index) & _all_but(row, len(index.tiles))
    found = index.search(index.vectors[row], limit=limit, among=among)
    hits = [_hit(index, one, tile_likeness=one.score) for one in found]
    return _found(f"tiles like {tile_id}", hits, index=index, among=among, wanted=wanted)


def search_point(
    lon: float,
    lat: float,
    *,
    index: TileIndex,
    limit: int = 10,
    wanted: TileFilter = EVERYTHING,
) -> Found:
    """Find the tiles that show a point, then those nearest to it.

    A tile's score is 1 where its extent holds the point, else its nearness; tiles without
    coordinates are not found (`search_location` finds what looks like there).

    Raises:
        UsageError: no tile has coordinates, or the two numbers seem to be swapped.
    """
    ground = index.ground
    passes = index.usable & _allowed(wanted, index)
    among = passes & ground.placed
    if passes.any() and not among.any():
        raise UsageError(
            "None of these tiles has coordinates, so none can be told to be near a point. Name "
            "the model too (--by model) to find what it expects to see there."
        )
    away = distance_km(lon, lat, ground.lon, ground.lat)
    _refuse_swapped(lon, lat, ground, away)
    inside = holding(lon, lat, ground)
    score = np.where(inside, 1.0, _pull(away))
    rows = np.flatnonzero(among)
    # What holds the point comes before all that does not.
    order = -np.where(inside, away, away + _OUTSIDE_KM)[rows]
    hits = [
        _hit(
            index, Scored(row, float(score[row])), place=float(score[row]),
            distance_km=float(away[row]), holds_point=bool(inside[row]),
        )
        for row in rows[index.best(rows, order, limit)].tolist()
    ]  # fmt: skip
    found = _found(f"lon {lon}, lat {lat}", hits, index=index, among=among, wanted=wanted)
    unplaced = int(np.count_nonzero(passes & ~ground.placed))
    if unplaced:
        note = f"{unplaced:,} tiles have no coordinates and were not looked at."
        found = found.model_copy(update={"notes": (*found.notes, note)})
    return found


def search_location(
    lon: float,
    lat: float,
    *,
    index: TileIndex,
    encoder: TileEncoder,
    limit: int = 10,
    wanted: TileFilter = EVERYTHING,
) -> Found:
    """Find tiles that look like what the model expects at a location, wherever they lie.

    Raises:
        UsageError: the model is another one, or knows no locations.
    """
    index.check_model(encoder.name)
    vector = encoder.embed_locations(np.array([[lon, lat]], dtype=np.float64))[0]
    among = _allowed(wanted, index)
    found = index.search(vector, limit=limit, among=among)
    ground = index.ground
    hits = []
    for one in found:
        away = float(distance_km(lon, lat, ground.lon[one.row], ground.lat[one.row]))
        known = {} if np.isnan(away) else {"distance_km": away}
        hits.append(_hit(index, one, location=one.score, **known))
    return _found(f"what lies at lon {lon}, lat {lat}", hits, index=index, among=among,
                  wanted=wanted)  # fmt: skip


def nearness(names: Sequence[Sequence[Place]], ground: Ground) -> tuple[Degrees, Degrees]:
    """How near tiles lie to places, 0 to 1, and how far (km) they are from the one that tells most.

    A tile within the outline of a place, or within its radius where it has none, is at 1, and
    outside of it this halves every ten kilometres. Of the places that one name may be the sum by
    their probabilities is taken: the expectation. Of several names the mean is, in which each
    weighs the less the larger its place is: "Boa Vista, Brazil" is about the town, and a country
    is no circle. Tiles without coordinates are at 0.

    Args:
        names: for each name the places that it may be.
        ground: of the tiles.
    """
    near, total = np.zeros(len(ground.lon)), 0.0
    away = np.full(len(ground.lon), np.nan)
    best = max((place for places in names for place in places), key=_precision)
    for places in names:
        weight = 1 / (max(places, key=_precision).radius_km + _HALVED_AFTER_KM)
        total += weight
        for place in places:
            beyond = _distance_to(place, ground)
            near += weight * place.probability * np.nan_to_num(_pull(beyond))
            if place is best:
                away = beyond
    return np.minimum(near / total, 1.0), away


def _precision(place: Place) -> tuple[bool, float, float]:
    """Sorts likely places by their size, so that a town comes before its country, then others."""
    likely = place.probability >= _LIKELY
    return likely, -place.radius_km if likely else 0.0, place.probability


def _distance_to(place: Place, ground: Ground) -> Degrees:
    """How far tiles lie outside of a place (km)."""
    beyond = distance_km(place.lon, place.lat, ground.lon, ground.lat) - place.radius_km
    beyond = np.maximum(beyond, 0.0)
    if place.wkt:
        # An outline lies within the radius, so what is far from that is far from this.
        near = np.flatnonzero(_pull(beyond) >= _LEAST_PULL)
        outline = shapely.from_wkt(place.wkt)
        beyond[near] = distances_to(outline, ground.lon[near], ground.lat[near])
    return beyond


def _search_words(
    query: str,
    text: str,
    names: Sequence[Sequence[Place]],
    *,
    index: TileIndex,
    encoder: TileEncoder,
    limit: int,
    wanted: TileFilter,
) -> Found:
    index.check_model(encoder.name)
    vector = encoder.embed_texts([text])[0]
    among = _allowed(wanted, index)
    looks = index.search(vector, limit=limit, among=among)
    if not names:
        hits = [_hit(index, one, text=one.score) for one in looks]
        found = _found(query, hits, index=index, among=among, wanted=wanted)
    else:
        near, away = nearness(names, index.ground)
        reached = np.flatnonzero(among & index.usable & (near >= _LEAST_PULL))
        # The best of what is near, and of the rest; each of the rest is led by its looks alone.
        rows = np.union1d(reached, np.array([one.row for one in looks], dtype=np.int64))
        cosines = index.score(rows, vector)
        pulls = near[rows]
        scores = np.round(cosines + _PLACE_WEIGHT * pulls, 6)
        hits = []
        for at in index.best(rows, scores, limit):
            row = int(rows[at])
            known = {} if np.isnan(away[row]) else {"distance_km": float(away[row])}
            hits.append(
                _hit(index, Scored(row, float(scores[at])), text=float(cosines[at]),
                     place=float(pulls[at]), **known)
            )  # fmt: skip
        found = _found(query, hits, index=index, among=among, wanted=wanted)
    places = tuple(place for group in names for place in group)
    return found.model_copy(update={"places": places, "text": text if text != query else ""})


def _pull(beyond_km: Degrees) -> Degrees:
    return np.asarray(0.5 ** (beyond_km / _HALVED_AFTER_KM))


def _refuse_swapped(lon: float, lat: float, ground: Ground, away: Degrees) -> None:
    """Refuse a point that lies among the tiles only if latitude and longitude change places."""
    if abs(lon) > 90 or np.nanmin(away) <= _FAR_KM:
        return
    swapped = distance_km(lat, lon, ground.lon, ground.lat)
    if np.nanmin(swapped) <= _AMONG_KM:
        raise UsageError(
            f"No tile lies within {_FAR_KM:.0f} km of longitude {lon}, latitude {lat}, but some do "
            f"near longitude {lat}, latitude {lon}. Write the longitude first: --point {lat},{lon}"
        )


def _allowed(wanted: TileFilter, index: TileIndex) -> Mask:
    """Which tiles pass; an open filter does not look where a million of them are."""
    if wanted.is_open:
        return np.ones(len(index.tiles), dtype=np.bool_)
    return passing(wanted, index.ground)


def _all_but(row: int, count: int) -> Mask:
    others: Mask = np.ones(count, dtype=np.bool_)
    others[row] = False
    return others


def _hit(index: TileIndex, scored: Scored, **parts: Any) -> Hit:
    tile = index.tiles[scored.row].model_copy(update={"labels": ()})
    rounded = {name: round(value, 6) if isinstance(value, float) else value
               for name, value in parts.items()}  # fmt: skip
    return Hit(rank=0, tile=tile, score=round(scored.score, 6), **rounded)


def _found(
    query: str, hits: Sequence[Hit], *, index: TileIndex, among: NDArray[np.bool_],
    wanted: TileFilter,
) -> Found:  # fmt: skip
    ranked = tuple(hit.model_copy(update={"rank": at}) for at, hit in enumerate(hits, start=1))
    notes: tuple[str, ...] = ()
    if not wanted.is_open:
        passed = int(np.count_nonzero(among & index.usable))
        notes = (f"{passed:,} of {int(np.count_nonzero(index.usable)):,} tiles pass the filter.",)
    return Found(query=query, model=index.model, hits=ranked, notes=notes)
