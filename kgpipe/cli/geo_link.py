"""The command `geo link`: which satellite tiles show which entities."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kgpipe.cli.geo import app
from kgpipe.cli.options import JsonOption, WorkspaceOption
from kgpipe.cli.session import open_workspace

if TYPE_CHECKING:
    from kgpipe.linking import Linked

# Examples that a person can take in at a glance.
_SHOWN = 8


@app.command("link")
def link(
    workspace: WorkspaceOption,
    model: Annotated[
        Path, typer.Option("--model", exists=True, file_okay=False, help="Folder of the encoder.")
    ],
    index: Annotated[
        Path,
        typer.Option("--index", exists=True, file_okay=False, help="Folder that geo embed wrote."),
    ],
    places: Annotated[
        list[Path] | None,
        typer.Option("--places", exists=True, dir_okay=False,
                     help="GeoJSON of your own places; repeatable."),
    ] = None,
    name_property: Annotated[
        str | None, typer.Option("--name-property", help="Property of --places that holds names.")
    ] = None,
    least: Annotated[
        float,
        typer.Option("--min-probability", min=0.001, max=0.999, help="Of a link, at least."),
    ] = 0.5,
    limit: Annotated[
        int, typer.Option("--limit-per-entity", min=1, help="Links that an entity may have.")
    ] = 10,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Link places and sites of the graph to the tiles that show them, with a probability.

    publish rdf, publish neo4j and the query `sightings` have the links from then on.
    """
    from kgpipe.cli.console import print_json, print_rejections, say
    from kgpipe.geo.embedding.embeddings import read_embeddings
    from kgpipe.geo.embedding.encoder import load_encoder
    from kgpipe.geo.places.layers import read_layer
    from kgpipe.geo.places.link import TileIndexView
    from kgpipe.linking import digest_index, link_workspace, refuse_other_model
    from kgpipe.ports import Port
    from kgpipe.wiring import wire_embedder

    layers = [read_layer(path, name_property=name_property) for path in places or []]
    embeddings = read_embeddings(index)
    tiles = list(embeddings.tiles)
    encoder = load_encoder(model, embedder=wire_embedder("minilm"))
    refuse_other_model(encoder.name, embeddings.model)
    opened = open_workspace(workspace, bars=True)
    with opened.exclusive():
        linked = link_workspace(
            opened,
            encoder=Port(encoder.name, lambda: encoder),
            index=TileIndexView(tiles, embeddings.vectors),
            index_digest=digest_index(tiles, embeddings.vectors),
            layers=layers, least=least, limit=limit,
        )  # fmt: skip
    print_rejections(linked.rejections)
    for line in _describe(linked, least):
        say(line)
    if as_json:
        print_json(
            {
                "entities": linked.entities,
                "places": dict(sorted(linked.sources.items())),
                "ambiguous": linked.ambiguous,
                "links": linked.links,
                "linked_entities": sum(bool(one.links) for one in linked.found),
                "rejected_features": len(linked.rejections),
                "gazetteer": linked.gazetteer,
                "examples": _examples(linked),
            }
        )


def _describe(linked: "Linked", least: float) -> list[str]:
    placed = sum(bool(one.places) for one in linked.found)
    sources = ", ".join(f"{count} {name}" for name, count in sorted(linked.sources.items()))
    lines = [
        f"{placed} entities have a place ({sources or 'none'}), of {linked.entities} places and "
        f"sites; {linked.ambiguous} may be one of several.",
        f"{linked.links} links to tiles of probability {least:g} or more, for "
        f"{sum(bool(one.links) for one in linked.found)} entities.",
    ]
    if not linked.gazetteer:
        lines.append("Without the gazetteer, which needs: pip install 'kgpipe[tiles]'.")
    for one in _examples(linked):
        where = f"{one['distance_km']:g} km from {one['place']}" if one["place"] else "by its text"
        lines.append(f"  {one['entity']} in {one['tile']}: {one['probability']:.2f} ({where})")
    return lines


def _examples(linked: "Linked") -> list[dict[str, object]]:
    """The surest link of those entities that have the surest ones."""
    best = sorted(
        (one.links[0] for one in linked.found if one.links),
        key=lambda link: (-link.probability, linked.names[link.entity_id]),
    )
    return [
        {
            "entity": linked.names[link.entity_id],
            "tile": link.tile_id,
            "probability": link.probability,
            "place": link.place.name if link.place else "",
            "source": link.place.source if link.place else "",
            "distance_km": link.distance_km,
        }
        for link in best[:_SHOWN]
    ]
