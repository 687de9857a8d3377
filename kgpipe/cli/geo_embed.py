"""`kgpipe geo embed`: vectors of all tiles of a set."""

from pathlib import Path
from typing import Annotated

import typer

from kgpipe.cli.geo import app
from kgpipe.cli.geo_train import RasterOption, SheetsOption, TilesOption
from kgpipe.cli.options import JsonOption


@app.command("embed")
def embed(
    model: Annotated[
        Path, typer.Option("--model", help="Folder of a trained model.", show_default=False)
    ],
    tiles: TilesOption,
    out: Annotated[Path, typer.Option("--out", help="Folder for the vectors.", show_default=False)],
    sheets: SheetsOption = None,
    raster: RasterOption = None,
    threads: Annotated[int, typer.Option(min=0, help="0: all cores.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Embed tiles with a trained model, without torch."""
    from kgpipe.cli.console import print_json, print_rejections, say
    from kgpipe.cli.geo_progress import TileBar
    from kgpipe.geo.data.cutting import choose_cutting
    from kgpipe.geo.data.tiletable import open_tiles
    from kgpipe.geo.embedding.embeddings import Origin, embed_set, shared_bands, write_embeddings
    from kgpipe.geo.embedding.encoder import load_encoder

    encoder = load_encoder(model, threads=threads)
    source = open_tiles(tiles, sheets=sheets, cutting=choose_cutting(raster or ()))
    sensors = shared_bands(source, encoder)
    with TileBar(len(source.tiles)) as bar:
        manifest = write_embeddings(
            out,
            embed_set(source, encoder=encoder),
            encoder=encoder,
            bands={sensor: encoder.bands[sensor] for sensor in sensors},
            origin=Origin(tiles, sheets, tuple(raster or ())),
            rejections=source.rejections,
            watch=bar.advance,
        )
    if manifest["rejections"]:
        from kgpipe.geo.embedding.embeddings import read_rejections

        print_rejections(read_rejections(out))
    if manifest["missing_pixels"]:
        say(f"{manifest['missing_pixels']:,} missing pixels were set to the mean of their band.")
    say(f"{manifest['tiles']:,} tiles as vectors of {manifest['width']}: {out}")
    if as_json:
        print_json(manifest)
