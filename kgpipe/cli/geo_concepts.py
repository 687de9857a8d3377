"""The command `geo concepts`: how alike the tiles of labelled categories look."""

from pathlib import Path
from typing import Annotated

import typer

from kgpipe.cli.geo import app
from kgpipe.cli.geo_train import Device, RasterOption, SheetsOption, TilesOption
from kgpipe.cli.options import JsonOption
from kgpipe.errors import needs_extra

# Of each category's neighbours.
_SHOWN = 3


@app.command("concepts")
def concepts(
    tiles: TilesOption,
    out: Annotated[
        Path, typer.Option("--out", help="Folder for tables and pictures.", show_default=False)
    ],
    sheets: SheetsOption = None,
    raster: RasterOption = None,
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", help="A label to compare, repeatable. Default: all."),
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Of each training.")] = 1000,
    samples: Annotated[int, typer.Option(min=2, help="Pictures that each label conjures.")] = 32,
    seeds: Annotated[
        list[int] | None,
        typer.Option("--seed", help="Of a training, repeatable. Default: 1 and 2."),
    ] = None,
    side: Annotated[int, typer.Option(min=4, help="Most pixels of a tile's side.")] = 24,
    device: Annotated[Device, typer.Option("--device", help="Where to train.")] = Device.cpu,
    as_json: JsonOption = False,
) -> None:
    """Compare categories of tiles by the pictures that a diffusion model conjures for them."""
    from kgpipe.cli.console import print_json, say, say_written, write_result
    from kgpipe.cli.geo_progress import LossBar
    from kgpipe.geo.data.cutting import choose_cutting
    from kgpipe.geo.data.tiletable import open_tiles
    from kgpipe.geo.measuring.evaluate import write_report

    with needs_extra("geo", "Comparing concepts"):
        from kgpipe.geo.measuring.concepts import (
            conjure_concepts,
            read_concepts,
            report_concepts,
            write_concepts,
        )
    source = open_tiles(tiles, sheets=sheets, cutting=choose_cutting(raster or ()))
    categories = read_concepts(source, wanted=labels or (), side=side)
    trainings = seeds or [1, 2]
    with LossBar(steps * len(trainings)) as bar:
        conjured = conjure_concepts(
            categories, steps=steps, samples=samples, seeds=trainings, device=device.value,
            progress=bar.advance,
        )  # fmt: skip
    out.mkdir(parents=True, exist_ok=True)
    settings = {"steps": steps, "samples": samples, "seeds": trainings}
    report = report_concepts(categories, conjured) | settings
    write_report(report, out / "report.json")
    say_written([*write_concepts(categories, conjured, out), out / "report.json"])
    if len(trainings) == 1:
        say("One training: how else it could have ended is not in the errors. Give two seeds.")
    if as_json:
        print_json(report)
        return
    for name in categories.names:
        near = conjured.nearest(name)[:_SHOWN]
        listed = ", ".join(f"{other} {value:.3g} ± {error:.2g}" for other, value, error in near)
        write_result(f"{name}: {listed}\n")
