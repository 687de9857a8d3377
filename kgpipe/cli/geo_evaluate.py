"""The command `geo evaluate`: what a model's frozen embedding tells about tiles it has not seen."""

from pathlib import Path
from typing import Annotated

import typer

from kgpipe.cli.geo import app
from kgpipe.cli.geo_train import RasterOption


@app.command("evaluate")
def evaluate(
    model: Annotated[Path, typer.Option("--model", exists=True, help="Folder of geo train.")],
    train_tiles: Annotated[
        Path, typer.Option("--train-tiles", help="Labelled tiles that the probe learns on.")
    ],
    tiles: Annotated[Path, typer.Option("--tiles", help="Labelled tiles that are scored.")],
    json_path: Annotated[Path, typer.Option("--json", help="File to write the report to.")],
    sheets: Annotated[
        Path | None,
        typer.Option(exists=True, help="Contact sheets, if not in `sheets/` beside the CSV."),
    ] = None,
    raster: RasterOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for pictures: best and worst hits, embedding map.")
    ] = None,
    positive: Annotated[str, typer.Option(help="Label of the average precision.")] = "mine",
) -> None:
    """Fit a linear probe on the embeddings of some tiles and report how it does on others."""
    from kgpipe.cli.console import print_figures, say
    from kgpipe.geo.data.cutting import choose_cutting
    from kgpipe.geo.data.tiletable import open_tiles
    from kgpipe.geo.embedding.encoder import load_encoder
    from kgpipe.geo.measuring.evaluate import (
        draw_evaluation,
        embed_set,
        evaluate_embedding,
        write_report,
    )

    # Tiles are measured by their pixels alone, so no sentence embedder is wired.
    encoder = load_encoder(model, embedder=None)
    cutting = choose_cutting(raster or ())
    learned = open_tiles(train_tiles, sheets=sheets, cutting=cutting)
    asked = open_tiles(tiles, sheets=sheets, cutting=cutting)
    train, test = embed_set(encoder, learned), embed_set(encoder, asked)
    evaluated = evaluate_embedding(train, test, positive=positive)
    report = {"model": encoder.name, **evaluated.report}
    write_report(report, json_path)
    for warning in evaluated.report["warnings"]:
        say(f"Warning: {warning}")
    print_figures({name: value for name, value in report.items() if name != "warnings"})
    say(f"Report: {json_path}")
    if out is not None:
        for path in draw_evaluation(evaluated, test, asked, out, positive=positive):
            say(f"Picture: {path}")
