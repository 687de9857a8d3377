"""SEN12MS as it is distributed: Sentinel-1, Sentinel-2 and land cover of 256 x 256 pixels.

Files `ROIs1158_spring/s2_1/ROIs1158_spring_s2_1_p30.tif` (in some archives below
`ROIs1158_spring_s2/`), and the same with `s1` and `lc`: region and season, sensor, scene, patch.
Source: Schmitt et al. 2019, ISPRS Annals IV-2/W7, 153-160: S1 is VV, VH in dB, S2 all thirteen
bands of level 1C, the first layer of `lc` the classes of IGBP. Needs rasterio (extra `tiles`).
"""

import re
from pathlib import Path

import numpy as np
import rasterio
from rasterio.errors import RasterioError

from kgpipe.errors import ItemError, UsageError
from kgpipe.geo.data.bands import S1_BANDS, S2_L1C_BANDS
from kgpipe.geo.data.cutting import Cutting
from kgpipe.geo.data.rasters import find_rasters
from kgpipe.geo.data.scene_pixels import Layer, Scene
from kgpipe.geo.data.scenes import open_scenes
from kgpipe.geo.data.table import FRACTION, TileTable, as_rejection
from kgpipe.geo.data.tilecsv import LABEL_SHARE
from kgpipe.types import Rejection

_NAME = re.compile(r"(ROIs\d+_(?:spring|summer|fall|winter))_(s1|s2|lc)_(\d+)_p(\d+)")
_BANDS = {"s1": S1_BANDS, "s2": S2_L1C_BANDS}
# The International Geosphere-Biosphere Programme's classes, by their numbers from 1.
IGBP_CLASSES = (
    "evergreen_needleleaf_forest", "evergreen_broadleaf_forest", "deciduous_needleleaf_forest",
    "deciduous_broadleaf_forest", "mixed_forest", "closed_shrubland", "open_shrubland",
    "woody_savanna", "savanna", "grassland", "permanent_wetland", "cropland", "urban",
    "cropland_mosaic", "snow_ice", "barren", "water",
)  # fmt: skip


def open_sen12ms(folder: Path, *, cutting: Cutting | None = None) -> TileTable:
    """Open SEN12MS; a patch is a tile unless `cutting` says otherwise.

    Labels are the land cover classes of at least a tenth of the patch; their shares stand in the
    columns. The group is the scene.

    Raises:
        UsageError: no patch in the folder.
        KgpipeError: none of the tiles can be used.
    """
    patches: dict[tuple[str, int, int], dict[str, Path]] = {}
    for path in find_rasters(folder):
        if found := _NAME.fullmatch(path.stem):
            season, sensor, scene, patch = found.groups()
            patches.setdefault((season, int(scene), int(patch)), {})[sensor] = path
    if not patches:
        raise UsageError(f"{folder} has no SEN12MS patch (ROIs1158_spring_s2_1_p30.tif).")
    scenes = []
    rejections: list[Rejection] = []
    for (season, number, patch), files in sorted(patches.items()):
        name = f"{season}_{number}_p{patch}"
        try:
            shares = _measure(files["lc"]) if "lc" in files else {}
        except ItemError as error:
            rejections.append(as_rejection(name, error))
            continue
        scenes.append(
            Scene(
                name=name,
                layers=[
                    Layer(band, str(files[sensor]), index)
                    for sensor, bands in _BANDS.items()
                    if sensor in files
                    for index, band in enumerate(bands, start=1)
                ],
                labels=tuple(label for label, share in shares.items() if share >= LABEL_SHARE),
                group=f"{season}_{number}",
                facts={FRACTION + label: share for label, share in shares.items()},
            )
        )
    table = open_scenes(scenes, cutting=cutting or Cutting(side=None), root=folder)
    table.rejections = [*rejections, *table.rejections]
    return table


def _measure(path: Path) -> dict[str, float]:
    """The share of each class of IGBP in a patch."""
    try:
        with rasterio.open(path) as dataset:
            classes = dataset.read(1)
    except (RasterioError, OSError) as error:
        raise ItemError("unreadable_raster", f"{path}: {error}") from error
    counts = np.bincount(classes.ravel().astype(np.intp), minlength=len(IGBP_CLASSES) + 1)
    counted = counts[1 : len(IGBP_CLASSES) + 1]
    return {
        label: float(count / classes.size)
        for label, count in zip(IGBP_CLASSES, counted, strict=True)
    }
