"""Opens a set of tiles, whatever it is stored as."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kgpipe.errors import ItemError, UsageError, needs_extra
from kgpipe.geo.data.crops import CropPixels, read_crops
from kgpipe.geo.data.cutting import Cutting
from kgpipe.geo.data.sheets import SheetPixels, Sheets
from kgpipe.geo.data.table import FRACTION, PixelSource, TileTable, Together
from kgpipe.geo.data.tilecsv import METRES_PER_PIXEL, make_table, read_rows

# A crop of which less was seen is left out.
_LEAST_SEEN = 0.8
# Crops that are looked at for what was not seen, at a time.
_CROPS_AT_A_TIME = 1000
_SHEET_COLUMNS = ("sheet", "row", "col")
_RASTERS = (".tif", ".tiff", ".vrt")


def open_tiles(
    path: Path, *, sheets: Path | None = None, cutting: Cutting | None = None
) -> TileTable:
    """Open tiles.

    Args:
        path: a CSV of contact sheets (columns sheet, row, col) or of crops (an .npz of the same
            name, or the one in the column `crops`), or both, or a folder with a `tiles.csv`; a
            STAC item, collection or catalogue; a GeoTIFF or a folder of them; a folder of
            BigEarthNet v2 or SEN12MS.
        sheets: folder of the contact sheets; `sheets/` beside the CSV without it.
        cutting: how rasters become tiles, for all but CSVs; without it tiles have 48 pixels a
            side, and those of BigEarthNet and SEN12MS are their patches.

    Raises:
        UsageError: nothing that can be opened, or a library is missing.
        KgpipeError: none of the tiles can be used.
    """
    if not path.exists():
        raise UsageError(f"{path} does not exist.")
    table = path / "tiles.csv" if path.is_dir() else path
    if table.suffix.lower() == ".csv" and table.is_file():
        return _open_csv(table, sheets=sheets)
    with needs_extra("tiles"):
        return _open_rasters(path, cutting=cutting)


def _open_rasters(path: Path, *, cutting: Cutting | None) -> TileTable:
    # rasterio and pystac belong to an extra, and CSVs need neither.
    catalogue = path / "catalog.json" if path.is_dir() else path
    if catalogue.suffix.lower() in (".json", ".geojson") and catalogue.is_file():
        from kgpipe.geo.data.stac import open_stac  # noqa: PLC0415

        return open_stac(catalogue, cutting=cutting or Cutting())
    if (path / "BigEarthNet-S2").is_dir():
        from kgpipe.geo.data.bigearthnet import open_bigearthnet  # noqa: PLC0415

        return open_bigearthnet(path, cutting=cutting)
    if path.is_dir() and any(path.glob("ROIs*")):
        from kgpipe.geo.data.sen12ms import open_sen12ms  # noqa: PLC0415

        return open_sen12ms(path, cutting=cutting)
    if path.is_dir() or path.suffix.lower() in _RASTERS:
        from kgpipe.geo.data.rasters import open_rasters  # noqa: PLC0415

        return open_rasters(path, cutting=cutting or Cutting())
    raise UsageError(
        f"{path} is no set of tiles: wanted is a .csv, a STAC .json, a .tif, or a folder of these."
    )


def _open_csv(path: Path, *, sheets: Path | None) -> TileTable:
    rows = read_rows(path)
    sources: list[SheetPixels | CropPixels] = []
    faults: dict[int, ItemError] = {}
    facts = pd.DataFrame(index=rows.index)
    if all(name in rows.columns for name in _SHEET_COLUMNS):
        shown = SheetPixels(Sheets(sheets or path.parent / "sheets"), rows)
        sources.append(shown)
        faults |= shown.faults
    archive, places = _find_crops(path, rows)
    if archive:
        crops, fractions = read_crops(archive, rows=places, tiles=len(rows))
        sources.append(crops)
        faults |= _find_unseen(crops, len(rows))
        facts = fractions.add_prefix(FRACTION)
    if not sources:
        raise UsageError(
            f"{path} names no pixels: wanted are columns {', '.join(_SHEET_COLUMNS)}, or "
            f"{path.with_suffix('.npz').name} beside it."
        )
    sides = sorted({source.side for source in sources})
    if len(sides) > 1 and len(faults) < len(rows):
        raise UsageError(f"{path}: its sheets and its crops differ in size: {sides} pixels a side.")
    pixels: PixelSource = sources[0] if len(sources) == 1 else Together(sources)
    metres = sides[0] * METRES_PER_PIXEL
    return make_table(rows, facts, pixels, faults, metres=metres, source=str(path))


def _find_crops(path: Path, rows: pd.DataFrame) -> tuple[Path | None, NDArray[np.intp] | None]:
    """The .npz of a CSV, and the crop of each row, None if they stand in the same order."""
    if not {"crops", "crop"} <= set(rows.columns):
        beside = path.with_suffix(".npz")
        return (beside if beside.is_file() else None), None
    names = sorted(set(rows["crops"]))
    if len(names) != 1:
        raise UsageError(f"{path}: its crops must lie in one file; it names {', '.join(names)}.")
    numbers = pd.to_numeric(rows["crop"], errors="coerce")
    if numbers.isna().any():
        raise UsageError(f"{path}: crop {rows['crop'][numbers.isna()].iloc[0]!r} is no number.")
    return path.parent / names[0], numbers.to_numpy(dtype=np.intp)


def _find_unseen(crops: CropPixels, tiles: int) -> dict[int, ItemError]:
    """Crops of which a sensor saw too little."""
    faults = {}
    for first in range(0, tiles, _CROPS_AT_A_TIME):
        rows = np.arange(first, min(first + _CROPS_AT_A_TIME, tiles), dtype=np.intp)
        for sensor, values in crops.read(rows).items():
            seen = np.isfinite(values).all(axis=1).mean(axis=(1, 2))
            for place in np.flatnonzero(seen < _LEAST_SEEN):
                faults[int(rows[place])] = ItemError(
                    "nodata", f"{sensor} saw {seen[place]:.0%} of the tile."
                )
    return faults
