"""Co-registered Sentinel-1 and Sentinel-2 crops in an .npz beside a CSV.

Arrays (crops, bands, height, width): `s1` backscatter in dB, `s2` reflectance times 10,000; names
of the bands in `s1_bands`, `s2_bands`, without which two bands of S1 are VV, VH, twelve of S2 level
2A and thirteen level 1C, in the products' order. Shares of land cover classes: `fractions` with
`classes`, or the arrays of the TerraMesh and Sen1Floods11 crops.
"""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.bands import OPTICAL, RADAR, S1_BANDS, S2_L1C_BANDS, S2_L2A_BANDS
from kgpipe.geo.data.tileset import Pixels
from kgpipe.geo.data.units import REFLECTANCE_UNIT, brightness, decibels, reflectance

_SENSORS = {"s1": RADAR, "s2": OPTICAL}
_ORDERS = {RADAR: (S1_BANDS,), OPTICAL: (S2_L2A_BANDS, S2_L1C_BANDS)}
# Of the land cover map of TerraMesh, by its numbers.
TERRAMESH_CLASSES = (
    "no_data", "water", "trees", "flooded_vegetation", "crops", "built_area", "bare_ground",
    "snow_ice", "clouds", "rangeland",
)  # fmt: skip


class CropPixels:
    """Arrays of crops in memory, in the units that they are stored in."""

    def __init__(
        self,
        stored: Mapping[str, NDArray[np.generic]],
        bands: Mapping[str, tuple[str, ...]],
        rows: NDArray[np.intp] | None = None,
    ) -> None:
        self.bands: Mapping[str, tuple[str, ...]] = bands
        self._stored = stored
        self._rows = rows

    @property
    def side(self) -> int:
        """Pixels of a crop's side."""
        return int(next(iter(self._stored.values())).shape[-1])

    def read(self, rows: NDArray[np.intp]) -> Pixels:
        """Return S1 in dB, S2 as reflectance, RGB from 0 to 1; NaN where nothing was seen."""
        places = rows if self._rows is None else self._rows[rows]
        return {sensor: _scale(values[places], sensor) for sensor, values in self._stored.items()}


def _scale(stored: NDArray[np.generic], sensor: str) -> NDArray[np.float32]:
    if sensor == OPTICAL:
        return reflectance(stored, unit=REFLECTANCE_UNIT)
    if sensor == RADAR:
        return decibels(stored.astype(np.float32), stored_as="db")
    return brightness(stored.astype(np.uint8))


def read_crops(
    path: Path, *, rows: NDArray[np.intp] | None, tiles: int
) -> tuple[CropPixels, pd.DataFrame]:
    """Open crops and the shares of their land cover classes, in the order of a CSV's rows.

    Args:
        path: the .npz.
        rows: the crop of each row of the CSV; None if they stand in the same order.
        tiles: rows of the CSV.

    Raises:
        KgpipeError: the file is damaged.
        UsageError: its arrays do not fit the CSV, or each other.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
    except FileNotFoundError as error:
        raise UsageError(f"{path} does not exist.") from error
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise KgpipeError(f"{path} cannot be read: {error}. Is it cut short?") from error
    stored = {sensor: arrays[name] for name, sensor in _SENSORS.items() if name in arrays}
    if not stored:
        raise UsageError(f"{path} has neither s1 nor s2; its arrays: {', '.join(arrays)}.")
    crops = len(next(iter(stored.values())))
    if rows is None and crops != tiles:
        raise UsageError(f"{path} has {crops} crops, the CSV beside it {tiles} rows.")
    if rows is not None and len(rows) and not 0 <= rows.min() <= rows.max() < crops:
        raise UsageError(f"{path} has {crops} crops; the CSV names crop {rows.max()}.")
    bands = {sensor: _name_bands(path, arrays, sensor, crops) for sensor in stored}
    fractions = _read_fractions(arrays)
    if rows is not None:
        fractions = fractions.iloc[rows].reset_index(drop=True)
    return CropPixels(stored, bands, rows), fractions


def _name_bands(
    path: Path, arrays: Mapping[str, NDArray[np.generic]], sensor: str, crops: int
) -> tuple[str, ...]:
    key = sensor.lower()
    shape = arrays[key].shape
    if len(shape) != 4 or shape[0] != crops or shape[2] != shape[3]:
        raise UsageError(
            f"{path}: {key} has shape {shape}; wanted is ({crops}, bands, side, side)."
        )
    if f"{key}_bands" in arrays:
        names = tuple(str(name) for name in arrays[f"{key}_bands"])
        if len(names) == shape[1]:
            return names
    for order in _ORDERS[sensor]:
        if len(order) == shape[1]:
            return order
    raise UsageError(
        f"{path}: {key} has {shape[1]} bands and no names for them; add an array {key}_bands."
    )


def _read_fractions(arrays: Mapping[str, NDArray[np.generic]]) -> pd.DataFrame:
    if "fractions" in arrays and "classes" in arrays:
        return pd.DataFrame(arrays["fractions"], columns=[str(name) for name in arrays["classes"]])
    if "lulc_frac" in arrays:
        # The map's numbers end with the named ones; the array has room for more.
        shares = arrays["lulc_frac"][:, : len(TERRAMESH_CLASSES)]
        return pd.DataFrame(shares, columns=list(TERRAMESH_CLASSES)).drop(columns="no_data")
    if "water_frac_validfrac" in arrays:
        water = np.asarray(arrays["water_frac_validfrac"], dtype=np.float64)[:, 0]
        return pd.DataFrame({"water": water, "land": 1 - water})
    return pd.DataFrame(index=range(len(next(iter(arrays.values())))))
