"""A search over tiles as a user asks for it: by words, a point, a tile or an entity of a workspace.

Opens the embeddings with their index, the model where one is needed, and finds the entity with what
the graph states about it; the search itself stands in `kgpipe.geo.searching.search`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from kgpipe.asking import collect_statements, index_names
from kgpipe.errors import UsageError
from kgpipe.geo.data.cutting import choose_cutting
from kgpipe.geo.data.tiletable import open_tiles
from kgpipe.geo.embedding.embeddings import Origin, read_origin
from kgpipe.geo.embedding.encoder import load_encoder
from kgpipe.geo.places.candidates import LOCATED_KINDS, find_places
from kgpipe.geo.places.gazetteer import is_installed, open_gazetteer
from kgpipe.geo.places.layers import Layer
from kgpipe.geo.searching.contact_sheet import write_sheet
from kgpipe.geo.searching.filters import EVERYTHING, TileFilter
from kgpipe.geo.searching.hits import Found, describe_places
from kgpipe.geo.searching.index import TileIndex, open_index
from kgpipe.geo.searching.named_places import find_named
from kgpipe.geo.searching.search import (
    search_entity,
    search_location,
    search_point,
    search_text,
    search_tile,
)
from kgpipe.pipeline import load_graph
from kgpipe.ports import TileEncoder
from kgpipe.query.sparql import Cell, format_answer
from kgpipe.settings import Settings
from kgpipe.tiles import Place
from kgpipe.types import Claim, Entity
from kgpipe.wiring import wire_embedder
from kgpipe.workspace import Workspace

# The sentence embedder that texts of tiles were projected from when the model was trained.
_EMBEDDER = "minilm"


@dataclass(frozen=True)
class TileQuestion:
    """What is looked for: exactly one of the four.

    Attributes:
        text: a description.
        point: longitude, latitude.
        tile: the id of a tile.
        entity: a name or an id of an entity of the workspace.
        by: "distance": tiles at the point; "model": tiles that look like what the model expects
            there.
        layers: the user's own places, which texts and entities may name.
        wanted: what tiles must meet.
        limit: hits at most.
    """

    text: str | None = None
    point: tuple[float, float] | None = None
    tile: str | None = None
    entity: str | None = None
    by: Literal["distance", "model"] = "distance"
    layers: Sequence[Layer] = ()
    wanted: TileFilter = EVERYTHING
    limit: int = 10


def search_tiles(
    question: TileQuestion,
    embeddings: Path,
    *,
    model: Path | None = None,
    workspace: Workspace | None = None,
    settings: Settings,
    tell: Callable[[str], None] = lambda _: None,
) -> Found:
    """Answer a question from embedded tiles.

    Args:
        question: what is looked for.
        embeddings: folder that `kgpipe geo embed` wrote; the index is kept in it.
        model: folder of the model that embedded them; needed for texts and entities.
        workspace: of the entity.
        settings: the whole tree.
        tell: is told what takes long.

    Raises:
        UsageError: not exactly one thing is asked for, or what it needs is missing or unknown.
        KgpipeError: the embeddings or the model cannot be read.
    """
    asked = (question.text, question.point, question.tile, question.entity)
    if sum(one is not None for one in asked) != 1:
        raise UsageError(
            'Ask for one thing: a text ("mining ponds"), --point LON,LAT, --tile ID or --entity ID.'
        )
    index = open_index(embeddings, tell=tell)
    limit, wanted = question.limit, question.wanted
    if question.tile is not None:
        return search_tile(question.tile, index=index, limit=limit, wanted=wanted)
    if question.point is not None and question.by == "distance":
        return search_point(*question.point, index=index, limit=limit, wanted=wanted)
    encoder = _open_model(model, index)
    if question.point is not None:
        return search_location(
            *question.point, index=index, encoder=encoder, limit=limit, wanted=wanted
        )
    if question.text is not None:
        locate = partial(find_named, layers=question.layers)
        return search_text(
            question.text, index=index, encoder=encoder, limit=limit, wanted=wanted, locate=locate
        )
    if workspace is None:
        raise UsageError("Name the workspace of the entity with -w.")
    entity, claims, places = find_entity(
        str(question.entity), workspace, settings, layers=question.layers
    )
    return search_entity(
        entity, index=index, encoder=encoder, claims=claims, places=places, limit=limit,
        wanted=wanted,
    )  # fmt: skip


def find_entity(
    asked: str, workspace: Workspace, settings: Settings, *, layers: Sequence[Layer] = ()
) -> tuple[Entity, list[Claim], tuple[Place, ...]]:
    """An entity by its id or name, what is stated about it, and where it may lie.

    Raises:
        UsageError: the name is unknown or stands for several entities; candidates are listed.
    """
    graph = load_graph(workspace, traces=False)
    statements = collect_statements(graph, settings=settings.publish)
    name = index_names(graph, statements, settings=settings.dedupe).resolve(asked)
    entity = next(one for one in graph.entities if one.id == name.id)
    claims = [one for one in graph.claims if entity.id in (one.subject_id, one.object_id)]
    names = {name for one in graph.entities for name in one.names if one.kind in LOCATED_KINDS}
    gazetteer = open_gazetteer(names) if is_installed() else None
    places = find_places(graph, layers=layers, gazetteer=gazetteer)
    return entity, claims, places.get(entity.id, ())


def describe_found(found: Found) -> str:
    """The hits as a table under the places of the query; every line ends with a newline."""
    lines = [f"{line}\n" for line in describe_places(found.places)]
    if not found.hits:
        return "".join((*lines, "No tiles found.\n"))
    parts = list(dict.fromkeys(part for hit in found.hits for part in hit.parts))
    # A single part is the score itself.
    parts = parts if len(parts) > 1 else []
    away = any(hit.distance_km is not None for hit in found.hits)
    columns = ["rank", "score", *parts, *["km"] * away, "lon", "lat", "days", "places", "tile"]
    rows: list[list[Cell]] = []
    for hit in found.hits:
        tile = hit.tile
        rows.append(
            [
                hit.rank, f"{hit.score:.3f}", *(_figure(hit.parts.get(part)) for part in parts),
                *[_figure(hit.distance_km, 1)] * away, _figure(tile.lon), _figure(tile.lat),
                " to ".join(filter(None, (tile.start, tile.end))), ", ".join(tile.places), tile.id,
            ]
        )  # fmt: skip
    return "".join((*lines, format_answer(rows, columns=columns, form="table")))


def find_pixels(
    embeddings: Path, *, tiles: Path | None = None, sheets: Path | None = None
) -> Origin:
    """Where the tiles of embeddings came from, if that is still there.

    Args:
        embeddings: folder that `kgpipe geo embed` wrote.
        tiles: where they lie now, if elsewhere.
        sheets: folder of contact sheets, in the place of the one that was embedded from.

    Raises:
        UsageError: it is unknown, or gone.
        KgpipeError: the folder is damaged.
    """
    origin = read_origin(embeddings)
    if tiles is not None:
        return Origin(tiles, sheets, origin.raster if origin else ())
    if origin is None or not origin.tiles.exists():
        gone = f" They came from {origin.tiles}, which is not there." if origin else ""
        raise UsageError(f"Name the tiles with --tiles: the picture needs their pixels.{gone}")
    return origin._replace(sheets=sheets or origin.sheets)


def draw_found(found: Found, path: Path, *, origin: Origin) -> str:
    """Draw the hits into a PNG from where their tiles came, and say what was written.

    Raises:
        UsageError: the tiles cannot be read, or hold none of the hits.
    """
    cutting = choose_cutting(origin.raster)
    tiles = open_tiles(origin.tiles, sheets=origin.sheets, cutting=cutting)
    left_blank = write_sheet(found, tiles, path)
    blank = f"; {left_blank} of them are not among {origin.tiles}" if left_blank else ""
    return f"Picture of {len(found.hits)} tiles: {path}{blank}"


def _figure(value: float | None, decimals: int = 3) -> str | None:
    return None if value is None else f"{value:.{decimals}f}"


def _open_model(folder: Path | None, index: TileIndex) -> TileEncoder:
    if folder is None:
        raise UsageError(
            f"Name the model with --model: words and locations are compared with the tiles in its "
            f"space. They were embedded with {index.model}."
        )
    return load_encoder(folder, embedder=wire_embedder(_EMBEDDER))
