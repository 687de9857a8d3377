"""Small GeoTIFFs for tests."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

rasterio = pytest.importorskip("rasterio", reason="the extra tiles brings rasterio")

from rasterio.transform import Affine  # noqa: E402

# A corner in Bolivia, in the metres of UTM zone 20 south.
UTM, WEST, NORTH = "EPSG:32720", 500_000.0, 8_500_000.0


def write_raster(
    path: Path,
    values: NDArray[np.generic],
    *,
    bands: Sequence[str] = (),
    crs: str | None = UTM,
    pixel: float = 10.0,
    corner: tuple[float, float] = (WEST, NORTH),
    transform: Affine | None = None,
    nodata: float | None = None,
    tags: dict[str, str] | None = None,
    scale: float | None = None,
) -> Path:
    """Write (bands, height, width) with its north-west corner at `corner`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = values.shape
    with rasterio.open(
        path, "w", driver="GTiff", count=count, height=height, width=width, dtype=values.dtype,
        crs=crs, nodata=nodata,
        transform=transform or Affine(pixel, 0, corner[0], 0, -pixel, corner[1]),
    ) as dataset:  # fmt: skip
        dataset.write(values)
        if bands:
            dataset.descriptions = tuple(bands)
        if scale is not None:
            dataset.scales = (scale,) * count
        dataset.update_tags(**(tags or {}))
    return path


def plain(bands: int, side: int, value: float, dtype: str = "uint16") -> NDArray[np.generic]:
    """One value everywhere."""
    return np.full((bands, side, side), value, dtype=dtype)


def ramp(side: int, dtype: str = "uint16") -> NDArray[np.generic]:
    """One band that counts its pixels from 1, row by row."""
    return np.arange(1, side * side + 1, dtype=dtype).reshape(1, side, side)


def truncate(path: Path) -> Path:
    """Cut a file in the middle."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path
