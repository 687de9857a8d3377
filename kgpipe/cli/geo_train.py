"""`kgpipe geo train`: an encoder of tiles from a set of tiles."""

import enum
from pathlib import Path
from typing import Annotated

import typer

from kgpipe.cli.geo import app
from kgpipe.cli.options import ConfigOption, JsonOption
from kgpipe.errors import needs_extra


class Device(enum.StrEnum):
    """Where to compute."""

    cpu = "cpu"
    cuda = "cuda"


TilesOption = Annotated[
    Path,
    typer.Option(
        "--tiles",
        help="A CSV of tiles, a STAC item or catalogue, or a folder of GeoTIFFs.",
        show_default=False,
    ),
]
SheetsOption = Annotated[
    Path | None,
    typer.Option("--sheets", help="Folder of contact sheets. Default: sheets/ beside the CSV."),
]
RasterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--raster",
        metavar="KEY=VALUE",
        help="How rasters are read, repeatable: side=48 (0: each is one tile), resolution=10, "
        "bands=B02,B03,B04 (of files that do not name them), radar=db|power, scale=10000, "
        "offset=-1000 (S2 since 2022), largest_nodata=0.2.",
    ),
]


@app.command("train")
def train(
    tiles: TilesOption,
    out: Annotated[Path, typer.Option("--out", help="Folder for the model.", show_default=False)],
    sheets: SheetsOption = None,
    raster: RasterOption = None,
    seed: Annotated[int | None, typer.Option(help="Of all chance. Default: 0.")] = None,
    device: Annotated[
        Device, typer.Option("--device", help="cuda: with bfloat16 where it is safe.")
    ] = Device.cpu,
    preset: Annotated[
        str, typer.Option("--preset", help="default, demo (under a minute), croma-base, satmae.")
    ] = "default",
    config: ConfigOption = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A setting of [geo]: weights.text=0."),
    ] = None,
    init: Annotated[
        Path | None, typer.Option("--init", help="A model whose weights to start from.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Train an encoder of tiles; a training that was stopped goes on where it was.

    Writes a checkpoint and a line of log.jsonl an epoch, and at the end the encoders as ONNX.
    """
    from kgpipe.cli.console import print_json, say
    from kgpipe.cli.geo_progress import StepBar, print_left_out
    from kgpipe.geo.data.cutting import choose_cutting
    from kgpipe.geo.data.tiletable import open_tiles
    from kgpipe.geo.training.settings import choose_settings
    from kgpipe.wiring import wire_embedder

    with needs_extra("geo", "Training"):
        from kgpipe.geo.training.train import train as train_aligner

    more = [] if seed is None else [f"seed={seed}"]
    settings = choose_settings(preset=preset, config=config, changes=[*(changes or []), *more])
    source = open_tiles(tiles, sheets=sheets, cutting=choose_cutting(raster or ()))
    print_left_out(source.rejections)
    say(f"{len(source.tiles):,} tiles to learn from.")
    with StepBar() as bar:
        model = train_aligner(
            source,
            out=out,
            settings=settings,
            embedder=wire_embedder("minilm"),
            device=device.value,
            init=init,
            say=say,
            watch=bar.advance,
        )
    say(f"Model: {out} ({model.name})")
    if as_json:
        print_json(
            {"model": str(out), "name": model.name, "tiles": model.tiles, "losses": model.losses}
        )
