"""The command `kgpipe geo synthesise`."""

from pathlib import Path
from typing import Annotated

import typer

from kgpipe.cli.geo import app
from kgpipe.cli.options import JsonOption, OutOption


@app.command("synthesise")
def synthesise(
    out: OutOption,
    tiles: Annotated[int, typer.Option(min=1, help="How many tiles.")] = 1000,
    side: Annotated[int, typer.Option(min=16, max=512, help="Pixels of a side, 10 m each.")] = 48,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same tiles.")] = 0,
    places: Annotated[
        Path | None,
        typer.Option(help="GeoJSON of places to put them into. Default: gold fields, Amazon."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Draw satellite tiles with known content: S1, S2, RGB; for tests and demonstrations."""
    from kgpipe.cli.console import print_json, say
    from kgpipe.geo.data.regions import AMAZON, read_regions
    from kgpipe.geo.data.synthetic import write_synthetic

    regions = read_regions(places) if places else AMAZON
    path = write_synthetic(out, tiles, side=side, seed=seed, regions=regions)
    say(f"{tiles} tiles: {path}, {path.with_suffix('.npz').name}, {out / 'sheets'}")
    if as_json:
        print_json({"tiles": tiles, "csv": str(path)})
