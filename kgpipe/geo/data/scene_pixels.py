"""Reads the bands of a scene on one grid, in the units of `TileSet`.

Needs rasterio (extra `tiles`).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import rasterio
from numpy.typing import NDArray
from rasterio.enums import Resampling
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.vrt import WarpedVRT
from rasterio.windows import Window

from kgpipe.errors import ItemError, KgpipeError
from kgpipe.geo.data.bands import OPTICAL, RADAR
from kgpipe.geo.data.cutting import Cutting
from kgpipe.geo.data.grid import Grid, metres_per_pixel
from kgpipe.geo.data.tileset import Pixels
from kgpipe.geo.data.units import REFLECTANCE_UNIT, decibels, is_power, reflectance

Bands = Mapping[str, tuple[str, ...]]
# Pictures have 8 bits a colour.
_WHITE = 255.0
# Pixels a side of the sample that tells decibels from power, and the unit of reflectance.
_SAMPLE = 256
# Ground never reflects more than a few times what reaches it, glint and clouds included.
_LARGEST_REFLECTANCE = 5.0


@dataclass(frozen=True)
class Layer:
    """One band of a scene: the `index`-th, from 1, of a file."""

    band: str
    path: str
    index: int = 1


@dataclass(frozen=True)
class Scene:
    """A place with its layers, and what its tiles inherit from it (see `Tile`)."""

    name: str
    layers: Sequence[Layer]
    start: str = ""
    end: str = ""
    labels: tuple[str, ...] = ()
    group: str = ""
    places: tuple[str, ...] = ()
    item: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenScene:
    """A scene that could be opened.

    Attributes:
        scene: its layers.
        grid: what they are read on.
        radar: what its radar layers hold.
        unit: what its optical layers store one of reflectance as.
        offset: what is to be added to them before.
    """

    scene: Scene
    grid: Grid
    radar: Literal["db", "power"]
    unit: float
    offset: float


class ScenePixels:
    """Reads windows of scenes; rows of `windows` are scene, row and column of the first pixel."""

    def __init__(
        self,
        scenes: Sequence[OpenScene],
        windows: NDArray[np.intp],
        shape: tuple[int, int],
        bands: Bands,
    ) -> None:
        self.bands: Bands = bands
        self._scenes = scenes
        self._windows = windows
        self._shape = shape

    def read(self, rows: NDArray[np.intp]) -> Pixels:
        """Return the pixels of windows, NaN where nothing was seen.

        Raises:
            KgpipeError: a file that was read before cannot be read again.
        """
        values = {
            sensor: np.empty((len(rows), len(bands), *self._shape), dtype=np.float32)
            for sensor, bands in self.bands.items()
        }
        wanted = self._windows[rows]
        for number in np.unique(wanted[:, 0]):
            opened = self._scenes[number]
            try:
                with open_layers(opened.scene, opened.grid) as layers:
                    for place in np.flatnonzero(wanted[:, 0] == number):
                        window = Window(*wanted[place, [2, 1]], *self._shape[::-1])
                        pixels = read_window(opened, layers, window, self.bands)
                        for sensor, seen in pixels.items():
                            values[sensor][place] = seen
            except (RasterioError, OSError) as error:
                raise KgpipeError(f"{opened.scene.name} has changed: {error}") from error
        return values


def find_units(
    scene: Scene, layers: Mapping[str, tuple[DatasetReader, int]], bands: Bands, cutting: Cutting
) -> tuple[Literal["db", "power"], float]:
    """What radar and optical layers store (see `Cutting`): dB or power, and the unit.

    Raises:
        ItemError: `unknown_scale`.
    """
    radar = cutting.radar
    if radar == "auto":
        power = RADAR in bands and is_power(_sample(layers, bands[RADAR]))
        radar = "power" if power else "db"
    if OPTICAL not in bands or cutting.scale is not None:
        return radar, cutting.scale or 1.0
    dataset, index = layers[bands[OPTICAL][0]]
    is_whole = np.issubdtype(np.dtype(dataset.dtypes[index - 1]), np.integer)
    if is_whole and dataset.scales[index - 1] == 1:
        return radar, REFLECTANCE_UNIT
    sample = _sample(layers, bands[OPTICAL])
    middle = float(np.median(sample)) if sample.size else 0.0
    if middle > _LARGEST_REFLECTANCE:
        raise ItemError(
            "unknown_scale",
            f"{scene.name} stores fractions about {middle:g}, which is no reflectance; say what "
            "one of reflectance is stored as: --raster scale=10000.",
        )
    return radar, 1.0


def _sample(
    layers: Mapping[str, tuple[DatasetReader, int]], group: Sequence[str]
) -> NDArray[np.float32]:
    """Finite values of some layers, a few from everywhere."""
    parts = []
    for band in group:
        dataset, index = layers[band]
        shape = (min(_SAMPLE, dataset.height), min(_SAMPLE, dataset.width))
        masked = dataset.read(index, out_shape=shape, masked=True).astype(np.float32)
        values = masked.filled(np.nan) * dataset.scales[index - 1] + dataset.offsets[index - 1]
        parts.append(values[np.isfinite(values)])
    return np.concatenate(parts).astype(np.float32)


@contextmanager
def open_layers(scene: Scene, grid: Grid) -> Iterator[Mapping[str, tuple[DatasetReader, int]]]:
    """Open every layer on the grid of its scene: band -> raster, number of its band there."""
    with ExitStack() as stack:
        rasters: dict[str, DatasetReader] = {}
        for path in sorted({layer.path for layer in scene.layers}):
            dataset = stack.enter_context(rasterio.open(path))
            metres_per_pixel(dataset)
            if not grid.fits(dataset):
                dataset = stack.enter_context(
                    WarpedVRT(
                        dataset, crs=grid.crs, transform=grid.transform, width=grid.width,
                        height=grid.height, resampling=Resampling.bilinear,
                        # Without a value for nodata a mask tells what lies outside of the raster.
                        add_alpha=dataset.nodata is None,
                    )
                )  # fmt: skip
            rasters[path] = dataset
        yield {layer.band: (rasters[layer.path], layer.index) for layer in scene.layers}


def read_window(
    opened: OpenScene,
    layers: Mapping[str, tuple[DatasetReader, int]],
    window: Window,
    bands: Bands,
) -> Pixels:
    """Read a window as (bands, height, width) by sensor, in the units of `TileSet`."""
    pixels: dict[str, NDArray[np.float32]] = {}
    for sensor, group in bands.items():
        parts = []
        for band in group:
            dataset, index = layers[band]
            values = dataset.read(index, window=window, masked=True)
            scale, offset = dataset.scales[index - 1], dataset.offsets[index - 1]
            parts.append(values.astype(np.float32).filled(np.nan) * scale + offset)
        stored = np.stack(parts).astype(np.float32)
        if sensor == OPTICAL:
            pixels[sensor] = reflectance(stored, unit=opened.unit, offset=opened.offset)
        elif sensor == RADAR:
            pixels[sensor] = decibels(stored, stored_as=opened.radar)
        else:
            pixels[sensor] = reflectance(stored, unit=_WHITE, offset=0.0)
    return pixels
