"""The pixel grid of a scene, and where its tiles lie on earth. Needs rasterio (extra `tiles`)."""

import math
from dataclasses import dataclass

from affine import Affine
from rasterio.crs import CRS
from rasterio.io import DatasetReader
from rasterio.warp import transform, transform_bounds
from rasterio.windows import Window

from kgpipe.errors import ItemError
from kgpipe.geo.data.extent import METRES_PER_DEGREE, check_position, wrap_longitude
from kgpipe.tiles import Box

_LONLAT = CRS.from_epsg(4326)
# No picture of a satellite has a pixel outside of these, in metres: the coordinate system is wrong.
_FINEST, _COARSEST = 0.05, 50_000.0


@dataclass(frozen=True)
class Grid:
    """Where the pixels of a scene lie.

    Attributes:
        crs: coordinate system.
        transform: from column and row to coordinates.
        width: columns.
        height: rows.
    """

    crs: CRS
    transform: Affine
    width: int
    height: int

    def fits(self, dataset: DatasetReader) -> bool:
        """Return whether a raster has this very grid."""
        return bool(
            dataset.crs == self.crs
            and dataset.shape == (self.height, self.width)
            and dataset.transform.almost_equals(self.transform)
        )

    def locate(self, window: Window) -> tuple[float, float, Box]:
        """Longitude, latitude and extent of a window.

        Raises:
            ItemError: it lies nowhere on earth: wrong coordinate system, or swapped axes.
        """
        # North is up (see `metres_per_pixel`), so that rows and columns need no matrix.
        west = self.transform.c + window.col_off * self.transform.a
        north = self.transform.f + window.row_off * self.transform.e
        east = west + window.width * self.transform.a
        south = north + window.height * self.transform.e
        middle = (west + east) / 2, (south + north) / 2
        if self.crs.is_geographic:
            # Such files may run over 180 degrees, or from 0 to 360.
            lon = middle[0] if abs(middle[0]) > 360 else wrap_longitude(middle[0])
            check_position(lon, middle[1])
            check_position(lon, north)
            check_position(lon, south)
            return lon, middle[1], Box(wrap_longitude(west), south, wrap_longitude(east), north)
        lons, lats = transform(self.crs, _LONLAT, [middle[0]], [middle[1]])
        check_position(lons[0], lats[0])
        west, south, east, north = transform_bounds(self.crs, _LONLAT, west, south, east, north)
        box = Box(wrap_longitude(west), south, wrap_longitude(east), north)
        return wrap_longitude(lons[0]), lats[0], box


def metres_per_pixel(dataset: DatasetReader) -> float:
    """How far apart the rows of a raster are.

    Raises:
        ItemError: `no_crs`, `rotated_raster`, or `wrong_crs` where the distance cannot be right.
    """
    if dataset.crs is None:
        raise ItemError(
            "no_crs",
            f"{dataset.name} has no coordinate system; set it: gdal_edit.py -a_srs EPSG:CODE FILE.",
        )
    if dataset.transform.b or dataset.transform.d or dataset.transform.e >= 0:
        raise ItemError(
            "rotated_raster",
            f"{dataset.name} is rotated or upside down; gdalwarp puts its north up.",
        )
    step = abs(float(dataset.transform.e))
    if dataset.crs.is_geographic:
        metres = step * METRES_PER_DEGREE
    else:
        metres = step * float(dataset.crs.linear_units_factor[1])
    if not _FINEST <= metres <= _COARSEST:
        raise ItemError(
            "wrong_crs",
            f"{dataset.name}: a pixel of {metres:g} m in {dataset.crs}; the coordinate system is "
            "not that of its coordinates.",
        )
    return metres


def make_grid(dataset: DatasetReader, *, resolution: float | None) -> Grid:
    """The grid of a raster, or one over the same ground with pixels of `resolution` metres."""
    metres = metres_per_pixel(dataset)
    if resolution is None or math.isclose(metres, resolution, rel_tol=1e-3):
        return Grid(dataset.crs, dataset.transform, dataset.width, dataset.height)
    down = dataset.transform.e * resolution / metres
    across = abs(down)
    if dataset.crs.is_geographic:
        across /= math.cos(math.radians((dataset.bounds.top + dataset.bounds.bottom) / 2))
    width = round((dataset.bounds.right - dataset.bounds.left) / across)
    height = round(abs(dataset.bounds.top - dataset.bounds.bottom) / abs(down))
    if width < 1 or height < 1:
        raise ItemError("smaller_than_tile", f"{dataset.name} is smaller than one such pixel.")
    transformed = Affine(across, 0, dataset.transform.c, 0, down, dataset.transform.f)
    return Grid(dataset.crs, transformed, width, height)
