"""The options by which commands of `kgpipe geo` are told what their tiles are."""

import enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kgpipe.geo.data.cutting import Cutting


class Radar(enum.StrEnum):
    """What files of Sentinel-1 hold."""

    auto = "auto"
    db = "db"
    power = "power"


SheetsOption = Annotated[
    Path | None,
    typer.Option("--sheets", help="Folder of the contact sheets. Default: sheets/ beside the CSV."),
]
SideOption = Annotated[
    int | None,
    typer.Option(
        "--side",
        min=0,
        help="Pixels of a side of tiles cut from rasters; 0: each raster is one tile. Default: 48, "
        "or the patches of BigEarthNet and SEN12MS.",
    ),
]
ResolutionOption = Annotated[
    float | None,
    typer.Option("--resolution", min=0.1, help="Metres of a pixel of rasters. Default: theirs."),
]
BandsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--bands", help="Bands of rasters that do not name them, in their order: B02,B03,B04."
    ),
]
RadarOption = Annotated[
    Radar,
    typer.Option("--radar", help="What S1 rasters hold; auto: dB where a value is negative."),
]
ScaleOption = Annotated[
    float | None,
    typer.Option("--scale", help="What rasters store a reflectance of 1 as (S2: 10000)."),
]
OffsetOption = Annotated[
    float,
    typer.Option("--offset", help="Added to stored reflectances (S2 from 2022 on: -1000)."),
]


def read_cutting(
    *,
    side: int | None = None,
    resolution: float | None = None,
    bands: list[str] | None = None,
    radar: Radar = Radar.auto,
    scale: float | None = None,
    offset: float = 0.0,
) -> "Cutting | None":
    """The options as settings; None where none was given, so that each source has its defaults."""
    from kgpipe.geo.data.cutting import Cutting, parse_bands

    given = {
        "resolution": resolution,
        "bands": parse_bands(bands or ()),
        "radar": radar.value,
        "scale": scale,
        "offset": offset,
    }
    if side is not None:
        given["side"] = side or None
    cutting = Cutting.model_validate(given)
    return cutting if cutting != Cutting() or side is not None else None
