"""Writes a tile set as a static STAC catalogue with a GeoTIFF a sensor.

Needs pystac and rasterio (extra `tiles`). STAC 1.1 with the extensions `eo` and `projection`; an
item a tile, its assets beside it; hrefs are relative, so that the folder can be moved.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pystac
import rasterio
from numpy.typing import NDArray
from pystac.extensions.eo import Band, EOExtension
from pystac.extensions.projection import ProjectionExtension
from rasterio.transform import from_bounds

from kgpipe.errors import ItemError
from kgpipe.geo.data.bands import COMMON_NAMES, OPTICAL, PICTURE
from kgpipe.geo.data.stac import GROUP, LABELS, PLACES
from kgpipe.geo.data.table import TileTable, as_rejection
from kgpipe.geo.data.units import REFLECTANCE_UNIT
from kgpipe.tiles import Box, Tile
from kgpipe.types import Rejection

# The crs of tiles that are known by centre and extent in degrees.
_CRS = "EPSG:4326"
_TILES_AT_A_TIME = 256


def write_stac(
    folder: Path, tiles: TileTable, *, title: str = "kgpipe", description: str = "Satellite tiles."
) -> list[Rejection]:
    """Write `catalog.json`, and for each tile a folder with its item and its pixels.

    Returns:
        The tiles that STAC has no place for: those without coordinates or without a time.
    """
    catalogue = pystac.Catalog(id=title, description=description, title=title)
    folder.mkdir(parents=True, exist_ok=True)
    catalogue.set_self_href(str(folder.resolve() / "catalog.json"))
    rejections: list[Rejection] = []
    items: list[tuple[int, pystac.Item]] = []
    for place, tile in enumerate(tiles.tiles):
        try:
            items.append((place, _describe(tile, tiles)))
        except ItemError as error:
            rejections.append(as_rejection(tile.id, error))
    for first in range(0, len(items), _TILES_AT_A_TIME):
        part = items[first : first + _TILES_AT_A_TIME]
        pixels = tiles.read([place for place, _ in part])
        for number, (place, item) in enumerate(part):
            box = tiles.tiles[place].box
            if box is None:
                continue
            own = folder / item.id
            own.mkdir(parents=True, exist_ok=True)
            for sensor, bands in tiles.bands.items():
                _write_raster(own / f"{sensor}.tif", pixels[sensor][number], sensor, bands, box)
            item.set_self_href(str(own.resolve() / f"{own.name}.json"))
            catalogue.add_item(item)
    catalogue.save(catalog_type=pystac.CatalogType.SELF_CONTAINED)
    return rejections


def _describe(tile: Tile, tiles: TileTable) -> pystac.Item:
    if tile.box is None:
        raise ItemError("no_coordinates", f"nothing tells where {tile.id} lies.")
    if not tile.start or not tile.end:
        raise ItemError("no_time", f"nothing tells when {tile.id} was seen.")
    start = datetime.fromisoformat(tile.start).replace(tzinfo=UTC)
    # The last moment before the day on which the period is over.
    end = datetime.fromisoformat(tile.end).replace(tzinfo=UTC) - timedelta(seconds=1)
    item = pystac.Item(
        id=tile.id,
        geometry=_outline(tile.box),
        bbox=list(tile.box),
        datetime=None,
        start_datetime=start,
        end_datetime=end,
        properties={GROUP: tile.group, LABELS: list(tile.labels), PLACES: list(tile.places)},
    )
    ProjectionExtension.ext(item, add_if_missing=True).apply(code=_CRS)
    for sensor, bands in tiles.bands.items():
        asset = pystac.Asset(
            href=f"./{sensor}.tif", media_type=pystac.MediaType.GEOTIFF, roles=["data"]
        )
        item.add_asset(sensor, asset)
        named = [Band.create(band, COMMON_NAMES.get(band)) for band in bands]
        EOExtension.ext(asset, add_if_missing=True).apply(bands=named)
    return item


def _outline(box: Box) -> dict[str, object]:
    """GeoJSON of a box, cut in two where it crosses the antimeridian (RFC 7946, section 3.1.9)."""
    west, south, east, north = box
    spans = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
    rings = [
        [[[left, south], [right, south], [right, north], [left, north], [left, south]]]
        for left, right in spans
    ]
    if len(rings) == 1:
        return {"type": "Polygon", "coordinates": rings[0]}
    return {"type": "MultiPolygon", "coordinates": rings}


def _write_raster(
    path: Path, values: NDArray[np.float32], sensor: str, bands: Sequence[str], box: Box
) -> None:
    """Store reflectance in ten-thousandths and pictures in 8 bits, 0 where nothing was seen."""
    east = box.east + 360 if box.west > box.east else box.east
    height, width = values.shape[1:]
    stored: NDArray[np.generic] = values
    nodata: float | None = float("nan")
    if sensor == OPTICAL:
        seen = np.clip(np.rint(values * REFLECTANCE_UNIT), 1, np.iinfo(np.uint16).max)
        stored, nodata = np.where(np.isnan(values), 0, seen).astype(np.uint16), 0.0
    elif sensor == PICTURE:
        stored, nodata = np.rint(np.nan_to_num(values) * 255).astype(np.uint8), None
    with rasterio.open(
        path, "w", driver="GTiff", width=width, height=height, count=len(bands), crs=_CRS,
        dtype=stored.dtype, nodata=nodata, compress="deflate",
        transform=from_bounds(box.west, box.south, east, box.north, width, height),
    ) as dataset:  # fmt: skip
        dataset.write(stored)
        dataset.descriptions = tuple(bands)
