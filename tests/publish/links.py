"""Links of entities of the sample graph to tiles, for tests of publishing."""

from collections.abc import Sequence

from kgpipe.tiles import Box, EntityLinks, Place, Tile, TileLink
from kgpipe.types import Graph
from kgpipe.workspace import Workspace
from tests.publish.graphs import sample_graph

MODEL = "demo#0123456789ab"
BENI = Tile(
    id="beni 1/a", source="sheets/beni.png", lon=-66.95, lat=-13.05,
    box=Box(-67.0, -13.1, -66.9, -13.0), start="2019-01-01", end="2020-01-01",
    item="https://example.org/stac/beni.json",
)  # fmt: skip
FIJI = Tile(
    id="fiji", source="fiji.tif", lon=180.0, lat=-17.0, box=Box(179.9, -17.1, -179.9, -16.9)
)
BARE = Tile(id="bare", source="bare.tif")


def keep_links(workspace: Workspace, links: Sequence[EntityLinks]) -> None:
    """Put links into a workspace as if `geo link` had made them."""
    workspace.map(
        "link", _keep, links, returns=EntityLinks, version="1", key=lambda one: one.entity_id
    )


def _keep(record: EntityLinks) -> EntityLinks:
    return record


def entity_named(name: str, graph: Graph) -> str:
    return next(entity.id for entity in graph.entities if entity.name == name)


def sample_links(graph: Graph | None = None) -> list[EntityLinks]:
    """A river with two tiles by its outline, a country of two candidates, a place by its words."""
    graph = graph or sample_graph()
    [document, *_] = graph.documents
    river, peru, guyana = (entity_named(name, graph) for name in ("Río Beni", "Peru", "Guyana"))
    outline = "POLYGON ((-67 -13.2, -66.8 -13.2, -66.8 -13, -67 -13, -67 -13.2))"
    beni = Place(
        name="Rio Beni", source="rivers.geojson", lon=-66.9, lat=-13.1, radius_km=20.0,
        wkt=outline, identifier="https://example.org/rivers/beni",
    )  # fmt: skip
    told = Place(
        name="Peru", source=f"{document.id}#char=20,42", lon=-69.189, lat=-12.593,
        radius_km=0.05, probability=0.5, quote=document.text[20:42],
    )  # fmt: skip
    other = told.model_copy(update={"lon": -12.593, "lat": -69.189})

    def link(
        entity_id: str, tile: Tile, probability: float, place: Place | None, share: float = 1.0
    ) -> TileLink:
        if place is None:
            return TileLink(
                entity_id=entity_id, tile_id=tile.id, probability=probability, text=0.4,
                model=MODEL,
            )  # fmt: skip
        return TileLink(
            entity_id=entity_id, tile_id=tile.id, probability=probability, text=-0.125,
            location=0.5, containment=share, distance_km=0.25, model=MODEL,
            place=place.model_copy(update={"wkt": "", "quote": ""}),
        )  # fmt: skip

    return [
        EntityLinks(
            entity_id=river, places=(beni,), tiles=(BENI, FIJI),
            links=(link(river, BENI, 0.97, beni), link(river, FIJI, 0.6, beni, 0.0)),
        ),
        EntityLinks(entity_id=peru, places=(told, other)),
        EntityLinks(entity_id=guyana, links=(link(guyana, BARE, 0.55, None),), tiles=(BARE,)),
    ]  # fmt: skip
