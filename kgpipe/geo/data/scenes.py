"""Cuts rasters into tiles: GeoTIFF, COG and whatever else GDAL reads, on one grid a scene.

A scene is a place whose bands may lie in several files, of several resolutions and coordinate
systems; the finest of them gives the grid, on which the others are resampled. Tiles are whole
squares from the north-west corner; what is left over at the edges belongs to none.
Needs rasterio (extra `tiles`).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pandas as pd
import rasterio
from rasterio.errors import RasterioError
from rasterio.windows import Window

from kgpipe.errors import ItemError
from kgpipe.geo.data.bands import order_of, sensor_of
from kgpipe.geo.data.cutting import Cutting
from kgpipe.geo.data.extent import block_of
from kgpipe.geo.data.grid import Grid, make_grid, metres_per_pixel
from kgpipe.geo.data.scene_pixels import (
    Bands,
    OpenScene,
    Scene,
    ScenePixels,
    find_units,
    open_layers,
    read_window,
)
from kgpipe.geo.data.table import TileTable, as_rejection, require_tiles
from kgpipe.geo.data.tileset import Pixels
from kgpipe.tiles import Tile
from kgpipe.types import Rejection


def open_scenes(scenes: Sequence[Scene], *, cutting: Cutting, root: Path) -> TileTable:
    """Cut scenes into tiles that all have the same bands and size.

    The bands are those that most scenes have. Scenes that cannot be read, or lack a band, and tiles
    with too much nodata become rejections.

    Args:
        scenes: in their order.
        cutting: how they become tiles.
        root: the folder of the set, which the sources of its tiles are relative to.

    Raises:
        KgpipeError: no tile is left.
    """
    bands = _common_bands(scenes)
    rejections: list[Rejection] = []
    opened: list[OpenScene] = []
    for scene in scenes:
        try:
            opened.append(_open_scene(scene, bands, cutting))
        except ItemError as error:
            rejections.append(as_rejection(scene.name, error))
    shape = _tile_shape(opened, cutting)
    tiles: list[Tile] = []
    windows: list[tuple[int, int, int]] = []
    facts: list[Mapping[str, object]] = []
    for number, one in enumerate(opened):
        try:
            cut = list(
                _cut(one, shape, bands=bands, cutting=cutting, rejections=rejections, root=root)
            )
        except ItemError as error:
            rejections.append(as_rejection(one.scene.name, error))
            continue
        for tile, row, column in cut:
            tiles.append(tile)
            windows.append((number, row, column))
            facts.append(one.scene.facts)
    require_tiles(tiles, rejections, source=str(root))
    places = np.array(windows, dtype=np.intp)
    return TileTable(
        tiles,
        rejections,
        pd.DataFrame(facts, index=range(len(tiles))),
        ScenePixels(opened, places, shape, bands),
        np.arange(len(tiles), dtype=np.intp),
    )


def _common_bands(scenes: Sequence[Scene]) -> Bands:
    """The bands of most scenes by sensor; of the more where two sets are as frequent."""
    counts = Counter(frozenset(layer.band for layer in scene.layers) for scene in scenes)
    most = max(counts, key=lambda names: (counts[names], len(names), sorted(names)), default=())
    bands: dict[str, tuple[str, ...]] = {}
    for band in sorted(most, key=order_of):
        bands[sensor_of(band)] = (*bands.get(sensor_of(band), ()), band)
    return bands


def _open_scene(scene: Scene, bands: Bands, cutting: Cutting) -> OpenScene:
    names = [layer.band for layer in scene.layers]
    missing = [band for group in bands.values() for band in group if band not in names]
    if missing:
        raise ItemError("missing_bands", f"{scene.name} lacks {', '.join(missing)}.")
    if twice := sorted(name for name, count in Counter(names).items() if count > 1):
        files = ", ".join(sorted({layer.path for layer in scene.layers}))
        raise ItemError("repeated_band", f"{scene.name} has {', '.join(twice)} twice: {files}.")
    try:
        with ExitStack() as stack:
            paths = sorted({layer.path for layer in scene.layers})
            datasets = [stack.enter_context(rasterio.open(path)) for path in paths]
            finest = min(datasets, key=metres_per_pixel)
            grid = make_grid(finest, resolution=cutting.resolution)
        with open_layers(scene, grid) as layers:
            radar, unit = find_units(scene, layers, bands, cutting)
            return OpenScene(scene, grid, radar, unit, cutting.offset)
    except (RasterioError, OSError) as error:
        raise ItemError("unreadable_raster", f"{scene.name}: {error}") from error


def _tile_shape(opened: Sequence[OpenScene], cutting: Cutting) -> tuple[int, int]:
    """Rows and columns of every tile: those of most scenes where each is one tile."""
    if cutting.side is not None:
        return cutting.side, cutting.side
    counts = Counter((one.grid.height, one.grid.width) for one in opened)
    return max(counts, key=lambda shape: (counts[shape], shape), default=(0, 0))


def _cut(
    opened: OpenScene,
    shape: tuple[int, int],
    *,
    bands: Bands,
    cutting: Cutting,
    rejections: list[Rejection],
    root: Path,
) -> Iterator[tuple[Tile, int, int]]:
    """Yield each tile of a scene with its first row and column; note those with much nodata."""
    scene, grid, (height, width) = opened.scene, opened.grid, shape
    whole = cutting.side is None
    if grid.height < height or grid.width < width or (whole and (grid.height, grid.width) != shape):
        raise ItemError(
            "other_size" if whole else "smaller_than_tile",
            f"{scene.name} has {grid.height} x {grid.width} pixels, a tile {height} x {width}.",
        )
    try:
        with open_layers(scene, grid) as layers:
            for row in range(0, grid.height - height + 1, height):
                strip = read_window(opened, layers, Window(0, row, grid.width, height), bands)
                for column in range(0, grid.width - width + 1, width):
                    name = scene.name
                    if (grid.height, grid.width) != shape:
                        name = f"{name}_{row // height}_{column // width}"
                    try:
                        _check_seen(strip, column, width, cutting)
                        window = Window(column, row, width, height)
                        yield _make_tile(scene, name, grid, window, root), row, column
                    except ItemError as error:
                        rejections.append(as_rejection(name, error))
    except (RasterioError, OSError) as error:
        raise ItemError("unreadable_raster", f"{scene.name}: {error}") from error


def _check_seen(strip: Pixels, column: int, width: int, cutting: Cutting) -> None:
    for sensor, values in strip.items():
        part = values[:, :, column : column + width]
        unseen = float(np.isnan(part).any(axis=0).mean())
        if unseen > cutting.largest_nodata:
            raise ItemError("nodata", f"{sensor} did not see {unseen:.0%} of the tile.")


def _make_tile(scene: Scene, name: str, grid: Grid, window: Window, root: Path) -> Tile:
    lon, lat, box = grid.locate(window)
    source = Path(scene.layers[0].path)
    return Tile(
        id=name,
        source=(source.relative_to(root) if source.is_relative_to(root) else source).as_posix(),
        lon=lon,
        lat=lat,
        box=box,
        start=scene.start,
        end=scene.end,
        labels=scene.labels,
        group=scene.group or scene.name,
        block=block_of(lon, lat),
        places=scene.places,
        item=scene.item,
    )
