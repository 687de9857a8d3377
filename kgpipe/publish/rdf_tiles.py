"""Where entities lie, and the satellite tiles that show them, as RDF (GeoSPARQL 1.1, PROV-O).

Well-known text names its coordinate system, CRS84: longitude first. A candidate of an ambiguous
name is no geometry of the entity; only one that is next to certain is.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from kgpipe.ids import content_id
from kgpipe.publish.iris import Iris
from kgpipe.publish.terms import Block, Pair, Term, given, known, text, typed
from kgpipe.text.absolute_iris import is_iri
from kgpipe.tiles import Box, EntityLinks, Place, Tile, TileLink

_CRS84 = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"
# A candidate this probable stands as the entity's geometry.
SURE = 0.9
# A span of a document as `kgpipe.geo.places.candidates` writes it.
_SPAN = re.compile(r"(?P<document>.+)#char=(?P<start>\d+),(?P<end>\d+)")
_KIND = re.compile(r"[A-Z]+")
# GeoSPARQL's classes of geometries by the names of well-known text.
_CLASSES = {
    "POINT": "Point", "LINESTRING": "LineString", "POLYGON": "Polygon", "MULTIPOINT": "MultiPoint",
    "MULTILINESTRING": "MultiLineString", "MULTIPOLYGON": "MultiPolygon",
}  # fmt: skip


def describe_links(
    found: Iterable[EntityLinks], *, documents: Iterable[str], iris: Iris
) -> Iterator[Block]:
    """Places, tiles and links of entities; `documents` are the ids of those of the graph."""
    known_documents = frozenset(documents)
    for one in found:
        entity = iris.name("entity", one.entity_id)
        pairs: list[Pair] = []
        for place in one.places:
            name = place_id(place, one.entity_id)
            pairs.append((iris.term("may_lie_at"), iris.name("place", name)))
            if place is one.places[0] and place.probability >= SURE:
                pairs.append((known("rdf:type"), known("geo:Feature")))
                pairs.append((known("geo:hasGeometry"), iris.name("geometry", name)))
            yield _describe_place(place, name, known_documents, iris)
            yield _describe_geometry(name, _wkt(place), iris)
        for link in one.links:
            tile = iris.name("tile", link.tile_id)
            pairs.append((iris.term("depicted_in"), tile))
            pairs.append((known("schema:image"), tile))
            yield _describe_link(link, one.places, iris)
            yield from _describe_maker(link.model, iris)
        for shown in one.tiles:
            yield from _describe_tile(shown, iris)
        if pairs:
            yield iris.graph("entities"), entity, False, list(dict.fromkeys(pairs))


def place_id(place: Place, entity_id: str) -> str:
    """Of a candidate of an entity."""
    return content_id("place", entity_id, place.source, place.identifier, place.lon, place.lat)


def link_id(link: TileLink) -> str:
    """Of the link of an entity and a tile."""
    return content_id("link", link.entity_id, link.tile_id)


def _describe_place(place: Place, name: str, documents: frozenset[str], iris: Iris) -> Block:
    pairs: list[Pair] = [
        (known("rdf:type"), iris.name("class", "PlaceCandidate")),
        (known("rdfs:label"), text(place.name)),
        (iris.term("probability"), _decimal(place.probability)),
        (known("wgs84:long"), _decimal(place.lon)),
        (known("wgs84:lat"), _decimal(place.lat)),
        (iris.term("radius_km"), _decimal(place.radius_km)),
        (known("geo:hasGeometry"), iris.name("geometry", name)),
        *given((iris.term("quote"), place.quote)),
    ]
    if is_iri(place.identifier):
        pairs.append((known("owl:sameAs"), f"<{place.identifier}>"))
    span = _SPAN.fullmatch(place.source)
    if span and span["document"] in documents:
        pairs.append((known("prov:wasDerivedFrom"), iris.name("document", span["document"])))
        pairs.append((known("oa:start"), typed(span["start"], "nonNegativeInteger")))
        pairs.append((known("oa:end"), typed(span["end"], "nonNegativeInteger")))
    else:
        pairs.append((known("dcterms:source"), text(place.source)))
    return iris.graph("provenance"), iris.name("place", name), False, pairs


def _describe_geometry(name: str, wkt: str, iris: Iris) -> Block:
    kind = _KIND.match(wkt)
    cls = _CLASSES.get(kind[0] if kind else "", "Geometry")
    pairs = [
        (known("rdf:type"), known("geo:Geometry")),
        (known("rdf:type"), known(f"sf:{cls}")),
        (known("geo:asWKT"), f'"{_CRS84} {wkt}"^^{known("geo:wktLiteral")}'),
    ]
    return iris.graph("entities"), iris.name("geometry", name), False, pairs


def _describe_tile(tile: Tile, iris: Iris) -> Iterator[Block]:
    pairs: list[Pair] = [
        (known("rdf:type"), known("schema:ImageObject")),
        (known("rdf:type"), known("prov:Entity")),
        (known("rdf:type"), known("geo:Feature")),
        (known("dcterms:identifier"), text(tile.id)),
        (known("dcterms:source"), text(tile.source)),
    ]
    if tile.lon is not None and tile.lat is not None:
        pairs.append((known("wgs84:long"), _decimal(tile.lon)))
        pairs.append((known("wgs84:lat"), _decimal(tile.lat)))
    if is_iri(tile.item):
        # A STAC item stands for the pictures that the tile is cut from.
        pairs.append((known("prov:wasDerivedFrom"), f"<{tile.item}>"))
    else:
        pairs.extend(given((iris.term("stac_item"), tile.item)))
    if tile.box is not None:
        pairs.append((known("geo:hasGeometry"), iris.name("geometry", tile.id)))
        yield _describe_geometry(tile.id, box_wkt(tile.box), iris)
    if tile.days is not None:
        first, last = (day.isoformat() for day in tile.days)
        pairs.append((known("schema:temporalCoverage"), text(f"{first}/{last}")))
        period = iris.name("period", f"{first}_{last}")
        pairs.append((known("dcterms:temporal"), period))
        about = [
            (known("rdf:type"), known("dcterms:PeriodOfTime")),
            (known("dcat:startDate"), typed(first, "date")),
            (known("dcat:endDate"), typed(last, "date")),
        ]
        yield iris.graph("entities"), period, False, about
    yield iris.graph("entities"), iris.name("tile", tile.id), False, pairs


def _describe_link(link: TileLink, places: Sequence[Place], iris: Iris) -> Block:
    scores = {
        "text_similarity": link.text,
        "location_similarity": link.location,
        "containment": link.containment,
        "distance_km": link.distance_km,
    }
    pairs: list[Pair] = [
        (known("rdf:type"), iris.name("class", "TileLink")),
        (known("rdf:type"), known("prov:Entity")),
        (iris.term("entity"), iris.name("entity", link.entity_id)),
        (iris.term("tile"), iris.name("tile", link.tile_id)),
        (iris.term("probability"), _decimal(link.probability)),
        *(
            (iris.term(name), _decimal(score))
            for name, score in scores.items()
            if score is not None
        ),
        (iris.term("model"), text(link.model)),
        (known("prov:wasGeneratedBy"), iris.name("linking", _linking_id(link.model))),
    ]
    if link.place is not None:
        name = place_id(link.place, link.entity_id)
        pairs.append((iris.term("rests_on"), iris.name("place", name)))
    return iris.graph("provenance"), iris.name("link", link_id(link)), False, pairs


def _describe_maker(model: str, iris: Iris) -> Iterator[Block]:
    """What made links: the activity, and the encoder whose space they were found in."""
    activity, agent = iris.name("linking", _linking_id(model)), iris.name("encoder", model)
    yield (
        iris.graph("provenance"),
        activity,
        False,
        [
            (known("rdf:type"), known("prov:Activity")),
            (known("rdfs:label"), text("Linking of entities to satellite tiles", "en")),
            (known("prov:wasAssociatedWith"), agent),
        ],
    )
    yield (
        iris.graph("provenance"),
        agent,
        False,
        [
            (known("rdf:type"), known("prov:SoftwareAgent")),
            (known("rdfs:label"), text(model)),
        ],
    )


@lru_cache(maxsize=64)
def _linking_id(model: str) -> str:
    return content_id("linking", model)


def _wkt(place: Place) -> str:
    return place.wkt or f"POINT ({_plain(place.lon)} {_plain(place.lat)})"


def box_wkt(box: Box) -> str:
    """The box as well-known text, in two parts where it crosses the antimeridian."""
    if box.west <= box.east:
        return f"POLYGON ({_ring(*box)})"
    west, south, east, north = box
    parts = _ring(west, south, 180.0, north), _ring(-180.0, south, east, north)
    return f"MULTIPOLYGON (({parts[0]}), ({parts[1]}))"


def _ring(west: float, south: float, east: float, north: float) -> str:
    """Counter-clockwise, as outer rings are."""
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"({', '.join(f'{_plain(x)} {_plain(y)}' for x, y in corners)})"


def _decimal(value: float) -> Term:
    return typed(_plain(value), "decimal")


def _plain(value: float) -> str:
    """Without an exponent, which neither xsd:decimal nor well-known text of all readers has."""
    return f"{value:.7f}".rstrip("0").removesuffix(".") + ("" if value % 1 else ".0")
