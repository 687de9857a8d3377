"""Satellite tiles as rows of the property graph, and how surely they show an entity."""

from collections.abc import Iterable, Sequence
from typing import Any

from kgpipe.publish.iris import Iris
from kgpipe.publish.property_graph_names import DEPICTED_IN
from kgpipe.publish.property_graph_rows import Links, hash_row, link_row
from kgpipe.tiles import EntityLinks, Tile, TileLink

POINT_INDEX = "CREATE POINT INDEX kgpipe_tile_location IF NOT EXISTS FOR (n:Tile) ON (n.location)"


def list_tiles(links: Iterable[EntityLinks], iris: Iris) -> list[dict[str, Any]]:
    """Each tile of the links once, by id; `box` is west, south, east, north in degrees."""
    tiles = {tile.id: tile for found in links for tile in found.tiles}
    return [_describe(tiles[name], iris) for name in sorted(tiles)]


def _describe(tile: Tile, iris: Iris) -> dict[str, Any]:
    return {
        "id": tile.id,
        "iri": iris.mint("tile", tile.id),
        "source": tile.source,
        "lon": tile.lon,
        "lat": tile.lat,
        "box": list(tile.box) if tile.box else None,
        "start": tile.start or None,
        "end": tile.end or None,
        "item": tile.item or None,
    }


def link_properties(link: TileLink) -> dict[str, Any]:
    """What a link's relationship tells."""
    return {
        "probability": link.probability,
        "text": link.text,
        "location": link.location,
        "containment": link.containment,
        "distance_km": link.distance_km,
        "place": link.place.name if link.place else None,
        "place_source": link.place.source if link.place else None,
        "model": link.model,
    }


def link_tiles(links: Sequence[EntityLinks], dataset: str) -> Links:
    """Which tiles show which entities, and how sure that is."""
    rows = []
    for link in sorted((one for found in links for one in found.links),
                       key=lambda one: (one.entity_id, one.tile_id)):  # fmt: skip
        properties = link_properties(link)
        row = link_row(dataset, DEPICTED_IN, link.entity_id, link.tile_id)
        mark = hash_row(row["kgpipe_hash"], properties)
        rows.append({**row, "kgpipe_hash": mark, "properties": properties})
    return Links("Entity", DEPICTED_IN, "Tile", rows)
