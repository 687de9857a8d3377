"""Folders of GeoTIFFs as tiles. Needs rasterio (extra `tiles`).

Files of one place are joined to a scene by their names: `S1/x.tif` and `S2/x.tif`, `x_S1Hand.tif`
and `x_S2Hand.tif`, `x_B04.tif` and `x_B08.tif` belong together. A file's bands are told by, in this
order: its band descriptions, where one is that of a known band; a list of `Cutting.bands` of as
many names; its name, for one band; a folder or an ending that a known data set gives to files with
so many bands; red, green and blue of a picture. A file whose bands nothing tells is rejected, never
guessed. The day comes from the tag `datetime` (xarray) or `TIFFTAG_DATETIME`.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from os.path import commonpath
from pathlib import Path, PurePosixPath

import rasterio
from rasterio.enums import ColorInterp
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader

from kgpipe.errors import ItemError, UsageError
from kgpipe.geo.data.bands import RGB_BANDS, S1_BANDS, S2_L1C_BANDS, S2_L2A_BANDS, recognise_band
from kgpipe.geo.data.cutting import Cutting
from kgpipe.geo.data.scene_pixels import Layer, Scene
from kgpipe.geo.data.scenes import open_scenes
from kgpipe.geo.data.table import TileTable, as_rejection, require_tiles
from kgpipe.types import Rejection

_ENDINGS = (".tif", ".tiff", ".vrt")
# Folders of TerraMesh and TerraMind, endings of Sen1Floods11: the bands in their order.
_KNOWN = {
    "S2L2A": S2_L2A_BANDS,
    "S2L1C": S2_L1C_BANDS,
    "S2HAND": S2_L1C_BANDS,
    "S1RTC": S1_BANDS,
    "S1GRD": S1_BANDS,
    "S1HAND": S1_BANDS,
}
# A part of a name that tells the sensor or the band, and not the place.
_SENSOR = re.compile(r"S[12](L[12][AC]|RTC|GRD|Hand)?|VV|VH|B(0?[1-9]|1[0-2]|8A)|RGB", re.I)
# "2021-07-23T13:22:41", "2021:07:23 13:22:41".
_DAY = re.compile(r"(\d{4})[-:](\d\d)[-:](\d\d)")


def open_rasters(path: Path, *, cutting: Cutting) -> TileTable:
    """Open a GeoTIFF, or all below a folder, as tiles.

    Raises:
        UsageError: no such file in the folder.
        KgpipeError: none of the files or tiles can be used.
    """
    files = [path] if path.is_file() else find_rasters(path)
    if not files:
        raise UsageError(f"{path} has no GeoTIFF ({', '.join(_ENDINGS)}).")
    root = path.parent if path.is_file() else path
    scenes, rejections = _join_scenes(root, files, cutting.bands)
    if not scenes:
        require_tiles([], rejections, source=str(path))
    table = open_scenes(scenes, cutting=cutting, root=root)
    table.rejections = [*rejections, *table.rejections]
    return table


def find_rasters(folder: Path) -> list[Path]:
    """Every raster below a folder, in the order of names."""
    return sorted(
        path for path in folder.rglob("*") if path.suffix.lower() in _ENDINGS and path.is_file()
    )


def _join_scenes(
    root: Path, files: Iterable[Path], lists: Sequence[Sequence[str]]
) -> tuple[list[Scene], list[Rejection]]:
    layers: dict[PurePosixPath, list[Layer]] = {}
    days: dict[PurePosixPath, list[date]] = {}
    rejections = []
    for path in files:
        relative = PurePosixPath(path.relative_to(root).as_posix())
        try:
            found, day = _look_into(path, lists)
        except ItemError as error:
            rejections.append(as_rejection(str(relative), error))
            continue
        place = _name_place(relative)
        layers.setdefault(place, []).extend(found)
        days.setdefault(place, []).extend([day] if day else [])
    # Folders that all places lie in tell none from another.
    folders = [str("x" / place.parent) for place in layers]
    shared = len(PurePosixPath(commonpath(folders)).parts) - 1 if folders else 0
    scenes = []
    for place, parts in sorted(layers.items()):
        start = min(days[place]).isoformat() if days[place] else ""
        end = (max(days[place]) + timedelta(days=1)).isoformat() if days[place] else ""
        name = PurePosixPath(*place.parts[shared:])
        scenes.append(Scene(str(name), parts, start=start, end=end))
    return scenes, rejections


def _name_place(relative: PurePosixPath) -> PurePosixPath:
    """What the names of all files of one place have in common."""
    folders = [part for part in relative.parent.parts if not _SENSOR.fullmatch(part)]
    words = [word for word in relative.stem.split("_") if not _SENSOR.fullmatch(word)]
    return PurePosixPath(*folders, "_".join(words) or relative.stem)


def name_layers(path: Path, lists: Sequence[Sequence[str]] = ()) -> list[Layer]:
    """The bands of a file that kgpipe knows.

    Args:
        path: of the raster.
        lists: names of bands for files that do not tell.

    Raises:
        ItemError: `unreadable_raster`, or `unnamed_bands` where none is known.
    """
    return _look_into(path, lists)[0]


def _look_into(path: Path, lists: Sequence[Sequence[str]]) -> tuple[list[Layer], date | None]:
    try:
        with rasterio.open(path) as dataset:
            names = _name_bands(path, dataset, lists)
            tags = dataset.tags()
    except (RasterioError, OSError) as error:
        raise ItemError("unreadable_raster", f"{path}: {error}") from error
    layers = [
        Layer(band, str(path), index)
        for index, name in enumerate(names, start=1)
        if (band := recognise_band(name))
    ]
    if not layers:
        raise ItemError(
            "unnamed_bands",
            f"{path} has {len(names)} bands and does not say which; if they are Sentinel's, name "
            "them in their order: --raster bands=B02,B03,B04.",
        )
    day = _DAY.match(tags.get("datetime") or tags.get("TIFFTAG_DATETIME") or "")
    try:
        return layers, date(*(int(part) for part in day.groups())) if day else None
    except ValueError:
        # A tag such as 0000:00:00 tells no day.
        return layers, None


def _name_bands(
    path: Path, dataset: DatasetReader, lists: Sequence[Sequence[str]]
) -> Sequence[str]:
    described = [description or "" for description in dataset.descriptions]
    if any(recognise_band(name) for name in described):
        return described
    for names in lists:
        if len(names) == dataset.count:
            return names
    if dataset.count == 1:
        return [path.stem]
    for part in (*reversed(path.parent.parts), *reversed(path.stem.split("_"))):
        known = _KNOWN.get(part.upper(), ())
        if len(known) == dataset.count:
            return known
    colours = (ColorInterp.red, ColorInterp.green, ColorInterp.blue)
    if dataset.colorinterp[:3] == colours and set(dataset.dtypes) == {"uint8"}:
        return (*RGB_BANDS, *[""] * (dataset.count - 3))
    return described
