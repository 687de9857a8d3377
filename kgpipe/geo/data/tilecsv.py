"""Tile records from the rows of a CSV; every column beside the tile's id may be missing.

Known columns: tile_id (or id), sheet, row, col, label, category, start, end, lon, lat, block,
country, indigenous_territory, region, group, source, dup_of. All are kept beside the records.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from kgpipe.errors import ItemError, UsageError
from kgpipe.geo.data.extent import block_of, box_around, check_position
from kgpipe.geo.data.table import PixelSource, TileTable, as_rejection, labels_above, require_tiles
from kgpipe.tiles import Tile
from kgpipe.types import Rejection

# Sentinel's finest grid, on which tiles of sheets and crops lie.
METRES_PER_PIXEL = 10.0
# A class is a label of a tile from a tenth of its ground on: smaller shares are mostly borders.
LABEL_SHARE = 0.1
# What follows a sheet's stem tells how the same places were rendered: product, clear sky, period.
_RENDERING = re.compile(r"(_S[12]L?[0-9]?[A-Z]*_.*|_rgb_preview)$")
# Columns that hold numbers; where one cannot be read it is missing.
_NUMBERS = ("clear", "lon", "lat", "airstrip_km", "dem_mean")
_PLACES = ("country", "indigenous_territory", "region")


def read_rows(path: Path) -> pd.DataFrame:
    """Read a CSV as text; missing cells are "".

    Raises:
        UsageError: no such file, no CSV, no rows, or no column with the tiles' ids.
    """
    try:
        # What Excel saves begins with a byte order mark.
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no CSV in UTF-8: {error}") from error
    if "tile_id" not in rows.columns:
        rows = rows.rename(columns={"id": "tile_id"})
    if "tile_id" not in rows.columns:
        raise UsageError(f"{path} has no column tile_id; its columns: {', '.join(rows.columns)}.")
    if rows.empty:
        raise UsageError(f"{path} has a header but no tiles.")
    return rows


def make_table(
    rows: pd.DataFrame,
    facts: pd.DataFrame,
    pixels: PixelSource,
    faults: Mapping[int, ItemError],
    *,
    metres: float,
    source: str,
) -> TileTable:
    """Make a table of the rows of a CSV.

    Args:
        rows: as `read_rows` returns them.
        facts: more columns, in the order of the rows.
        pixels: reads the pixels of each row.
        faults: rows whose pixels cannot be used, by number.
        metres: side of a tile's square on the ground.
        source: what errors call the set.

    Raises:
        KgpipeError: no row can be used.
    """
    tiles: list[Tile] = []
    kept: list[int] = []
    rejections: list[Rejection] = []
    seen: set[str] = set()
    for place, row in enumerate(rows.to_dict("records")):
        try:
            if place in faults:
                raise faults[place]
            tile = _read_tile({str(name): str(cell) for name, cell in row.items()}, metres=metres)
            if tile.id in seen:
                raise ItemError("repeated_id", f"two rows of {source} have this id.")
        except ItemError as error:
            # The first row of a CSV is its header.
            rejections.append(as_rejection(str(row["tile_id"]) or f"row {place + 2}", error))
            continue
        seen.add(tile.id)
        tiles.append(tile)
        kept.append(place)
    require_tiles(tiles, rejections, source=source)
    columns = _type_columns(rows).join(facts).iloc[kept].reset_index(drop=True)
    table = TileTable(tiles, rejections, columns, pixels, np.asarray(kept, dtype=np.intp))
    if len(table.fractions.columns) and not any(tile.labels for tile in tiles):
        labels = labels_above(table.fractions, threshold=LABEL_SHARE)
        table.tiles = [
            tile.model_copy(update={"labels": names})
            for tile, names in zip(tiles, labels, strict=True)
        ]
    return table


def stem_of(sheet: str) -> str:
    """The name of a contact sheet without how it was rendered: two renderings are one group."""
    return _RENDERING.sub("", Path(sheet).stem) if sheet else ""


def _type_columns(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their numbers as numbers, NaN where a cell is empty or no number."""
    numbers = {
        name: pd.to_numeric(rows[name], errors="coerce")
        for name in _NUMBERS
        if name in rows.columns
    }
    return rows.assign(**numbers)


def _read_tile(row: Mapping[str, str], *, metres: float) -> Tile:
    if not row["tile_id"]:
        raise ItemError("no_id", "the row has no tile_id.")
    position = _read_position(row)
    lon, lat = position or (None, None)
    return Tile(
        id=row["tile_id"],
        source=row.get("sheet") or row.get("source", ""),
        lon=lon,
        lat=lat,
        box=box_around(*position, metres=metres) if position else None,
        start=row.get("start", ""),
        end=row.get("end", ""),
        labels=tuple(row[name] for name in ("label", "category") if row.get(name)),
        group=row.get("group") or stem_of(row.get("sheet", "")) or row.get("source", ""),
        block=row.get("block") or (block_of(*position) if position else ""),
        places=tuple(row[name] for name in _PLACES if row.get(name)),
    )


def _read_position(row: Mapping[str, str]) -> tuple[float, float] | None:
    texts = row.get("lon", ""), row.get("lat", "")
    if texts == ("", ""):
        return None
    try:
        lon, lat = (float(text) for text in texts)
    except ValueError as error:
        raise ItemError("bad_coordinates", f"lon, lat {texts} are no numbers.") from error
    check_position(lon, lat)
    block = row.get("block", "")
    # Swapped coordinates of the tropics are a place on earth too: only the block betrays them.
    if block and block != block_of(lon, lat) and abs(lon) <= 90 and block == block_of(lat, lon):
        raise ItemError(
            "swapped_coordinates",
            f"lon {lon} and lat {lat} lie in block {block_of(lon, lat)}, the row says {block}: "
            "they are swapped.",
        )
    return lon, lat
