"""How rasters become tiles."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import Field, ValidationError

from kgpipe.errors import UsageError
from kgpipe.geo.data.bands import S1_BANDS, S2_L1C_BANDS, recognise_band
from kgpipe.types import Record


class Cutting(Record):
    """Settings of `open_tiles` for GeoTIFF, STAC and the data sets made of them.

    Attributes:
        side: pixels of a tile's side; None makes each raster one tile.
        resolution: metres of a pixel; None keeps the finest of the bands.
        bands: names of a file's bands in their order, for files that do not tell; several lists
            for files with different numbers of bands.
        largest_nodata: a tile with a larger share of pixels that some band did not see is left out.
        radar: what S1 files hold. "auto" takes a file with a negative value for dB, since power is
            never negative, and a file without for power.
        scale: what one of reflectance is stored as; None: 10,000 in files of whole numbers, 1 in
            files of fractions.
        offset: what is added to stored reflectances first: -1000 for Sentinel-2 products of
            baseline 04.00 on (January 2022), unless who provides them has done so.
    """

    side: int | None = Field(default=48, ge=1)
    resolution: float | None = Field(default=None, gt=0)
    bands: tuple[tuple[str, ...], ...] = ()
    largest_nodata: float = Field(default=0.2, ge=0, le=1)
    radar: Literal["auto", "db", "power"] = "auto"
    scale: float | None = Field(default=None, gt=0)
    offset: float = 0.0


def choose_cutting(changes: Sequence[str]) -> Cutting | None:
    """The settings by "key=value", a field of `Cutting` each; "side=0" makes rasters whole tiles.

    `bands=B02,B03,B04` may stand several times. None for no changes, so that each source has its
    own defaults.

    Raises:
        UsageError: no such key, or not its kind of value.
    """
    if not changes:
        return None
    given: dict[str, Any] = {}
    bands: list[str] = []
    for change in changes:
        key, equals, value = (part.strip() for part in change.partition("="))
        if not equals or key not in Cutting.model_fields:
            raise UsageError(
                f"--raster {change}: write KEY=VALUE, KEY one of {', '.join(Cutting.model_fields)}."
            )
        if key == "bands":
            bands.append(value)
        else:
            given[key] = None if (key, value) == ("side", "0") else value
    try:
        return Cutting.model_validate(given | {"bands": parse_bands(bands)}, strict=False)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}={fault['input']}: {fault['msg']}"
            for fault in error.errors()
        )
        raise UsageError(f"--raster: {faults}.") from error


def parse_bands(lists: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Read lists such as "B02,B03,B04", a list for each number of bands that files have.

    A band that is none of Sentinel's is written "-" and left out of the tiles.

    Raises:
        UsageError: no such band, or one twice in a list.
    """
    parsed = []
    for text in lists:
        names = tuple(part.strip() for part in text.split(","))
        known = [recognise_band(name) for name in names if name != "-"]
        if None in known or len(set(known)) < len(known):
            raise UsageError(
                f"--raster bands={text}: each must be one of "
                f"{', '.join((*S1_BANDS, *S2_L1C_BANDS))}, R, G, B, "
                "or - for a band to leave out, and stand there once."
            )
        parsed.append(names)
    return tuple(parsed)
