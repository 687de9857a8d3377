"""The command `kgpipe geo search`."""

import enum
from pathlib import Path
from typing import Annotated

import typer

from kgpipe.cli.geo import app
from kgpipe.cli.options import ConfigOption
from kgpipe.cli.session import open_workspace, read_settings


class HitFormat(enum.StrEnum):
    """How hits are printed."""

    table = "table"
    json = "json"
    geojson = "geojson"


class PointBy(enum.StrEnum):
    """What ranks the tiles of a point."""

    distance = "distance"
    model = "model"


@app.command("search")
def search(
    index: Annotated[
        Path, typer.Option("--index", help="Embeddings, from kgpipe geo embed.", show_default=False)
    ],
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="What the tiles should show.")
    ] = None,
    point: Annotated[
        str | None, typer.Option(metavar="LON,LAT", help="Tiles that show this point.")
    ] = None,
    tile: Annotated[str | None, typer.Option(metavar="ID", help="Tiles like this one.")] = None,
    entity: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Tiles of an entity of -w: its id, or its name."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Model that embedded the tiles; for TEXT and --entity."),
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option("-w", "--workspace", help="Workspace of the entity.")
    ] = None,
    near: Annotated[
        list[str] | None,
        typer.Option(metavar="LON,LAT,KM", help="Only tiles this near (repeatable: near all)."),
    ] = None,
    box: Annotated[
        list[str] | None, typer.Option(metavar="W,S,E,N", help="Only tiles in it (repeatable).")
    ] = None,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="Only tiles seen on this day or later."),
    ] = None,
    last: Annotated[
        str | None,
        typer.Option("--to", metavar="DATE", help="Only tiles seen on this day or before."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Tiles at most.")] = 10,
    form: Annotated[HitFormat, typer.Option("--format")] = HitFormat.table,
    by: Annotated[
        PointBy,
        typer.Option(
            help="--point: tiles that lie there, or tiles that look like what the model expects "
            "there."
        ),
    ] = PointBy.distance,
    places: Annotated[
        list[Path] | None,
        typer.Option(
            "--places", metavar="FILE", help="GeoJSON of your own places, for TEXT and --entity."
        ),
    ] = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="OUT.png", help="Draw the tiles found.")
    ] = None,
    tiles: Annotated[
        Path | None,
        typer.Option(
            "--tiles",
            help="--sheet: where the tiles' pixels are. Default: where geo embed found them.",
        ),
    ] = None,
    sheets: Annotated[
        Path | None,
        typer.Option(help="--sheet: contact sheets of --tiles. Default: sheets/ beside it."),
    ] = None,
    config: ConfigOption = None,
) -> None:
    # After a backspace click keeps the lines of a paragraph; a raw text would have none.
    """Find satellite tiles by words, a point, another tile or an entity of the graph.

    \b
    kgpipe geo search "mining ponds in forest" --model M --index EMB
    kgpipe geo search "gold mine" --model M --index EMB --box=-64,2,-60,6 --from 2023 --to 2024
    kgpipe geo search --point=-58.12,-6.3 --index EMB --format geojson > hits.geojson
    kgpipe geo search --tile TILE-ID --index EMB --sheet hits.png
    kgpipe geo search --entity "Rio Tapajos" -w W --model M --index EMB

    Dates are days, months (2024-05) or years, all included. A box whose west is greater than its
    east crosses the antimeridian.
    """  # noqa: D301
    from kgpipe.cli.console import print_json, say, write_result
    from kgpipe.geo.places.layers import read_layer
    from kgpipe.geo.places.written_places import read_box, read_circle, read_days, read_point
    from kgpipe.geo.searching.filters import TileFilter
    from kgpipe.geo.searching.geojson import as_geojson
    from kgpipe.geo.searching.hits import show_found
    from kgpipe.tile_search import (
        TileQuestion,
        describe_found,
        draw_found,
        find_pixels,
        search_tiles,
    )

    # Asked before the search, which may take a while.
    origin = find_pixels(index, tiles=tiles, sheets=sheets) if sheet is not None else None
    start, end = read_days(first, last)
    areas = (*map(read_box, box or ()), *map(read_circle, near or ()))
    question = TileQuestion(
        text=text, point=read_point(point) if point is not None else None, tile=tile,
        entity=entity, by=by.value, limit=limit, wanted=TileFilter(areas, start, end),
        layers=[read_layer(path) for path in places or ()],
    )  # fmt: skip
    found = search_tiles(
        question, index, model=model, workspace=open_workspace(workspace) if workspace else None,
        settings=read_settings(config), tell=say,
    )  # fmt: skip
    match form:
        case HitFormat.table:
            write_result(describe_found(found))
        case HitFormat.json:
            print_json(show_found(found))
        case HitFormat.geojson:
            print_json(as_geojson(found))
    for note in found.notes:
        say(note)
    if sheet is not None and origin is not None:
        say(draw_found(found, sheet, origin=origin))
