"""BigEarthNet v2 (reBEN) as it is distributed: pairs of Sentinel-1 and Sentinel-2 patches.

Files `BigEarthNet-S2/SCENE/PATCH/PATCH_B02.tif` and `BigEarthNet-S1/SCENE/NAME/NAME_VV.tif`;
`metadata.parquet` joins both and brings labels, split and country. Source: Clasen et al. 2024,
arXiv 2407.03653, section 3: 1.2 km a side, twelve bands of level 2A at 10, 20 and 60 m, VV and VH
in dB, nineteen classes of land cover. Needs rasterio (extra `tiles`), and pyarrow (extra `parquet`)
for the metadata.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from kgpipe.errors import UsageError
from kgpipe.geo.data.bands import S1_BANDS, S2_L2A_BANDS
from kgpipe.geo.data.cutting import Cutting
from kgpipe.geo.data.scene_pixels import Layer, Scene
from kgpipe.geo.data.scenes import open_scenes
from kgpipe.geo.data.table import TileTable

OPTICAL_FOLDER, RADAR_FOLDER = "BigEarthNet-S2", "BigEarthNet-S1"
METADATA = "metadata.parquet"
# Words of a patch's name behind its scene's: row and column; of an S1 name also the S2 tile.
_PATCH_WORDS = {OPTICAL_FOLDER: 2, RADAR_FOLDER: 3}
_DAY = re.compile(r"_(\d{4})(\d{2})(\d{2})T\d{6}_")
# The square of Sentinel-2 that a scene shows; other days show the same ground again.
_SQUARE = re.compile(r"_(T\d{2}[A-Z]{3})_")


def open_bigearthnet(
    folder: Path,
    *,
    cutting: Cutting | None = None,
    split: str | None = None,
    countries: Sequence[str] = (),
    limit: int | None = None,
) -> TileTable:
    """Open BigEarthNet v2; a patch of 120 x 120 pixels is a tile unless `cutting` says otherwise.

    Args:
        folder: holds both folders and the metadata; without the metadata, or without the folder of
            S1, the patches are S2 alone.
        cutting: how patches become tiles.
        split: "train", "validation" or "test" alone, as the authors drew them by place.
        countries: these alone.
        limit: the first so many patches, in the order of their names.

    Raises:
        UsageError: no patch, or pyarrow is missing.
        KgpipeError: none of the tiles can be used.
    """
    if (folder / METADATA).is_file():
        known = _read_metadata(folder / METADATA)
    else:
        patches = sorted(path.name for path in (folder / OPTICAL_FOLDER).glob("*/*"))
        known = pd.DataFrame({"patch_id": patches})
    for column, wanted in (("split", [split] if split else []), ("country", list(countries))):
        if wanted:
            if column not in known:
                raise UsageError(f"{folder} has no {METADATA} that tells the {column}.")
            known = known[known[column].isin(wanted)]
    known = known.sort_values("patch_id").head(limit or len(known))
    if known.empty:
        raise UsageError(f"{folder} has no such patch of BigEarthNet v2.")
    scenes = [
        _make_scene(folder, {str(name): value for name, value in row.items()})
        for row in known.to_dict("records")
    ]
    return open_scenes(scenes, cutting=cutting or Cutting(side=None), root=folder)


def _read_metadata(path: Path) -> pd.DataFrame:
    try:
        return pd.read_parquet(path)
    except ImportError as error:
        raise UsageError(f"{path} needs pyarrow: pip install 'kgpipe[parquet]'.") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _make_scene(folder: Path, row: Mapping[str, object]) -> Scene:
    patch, radar = str(row["patch_id"]), str(row.get("s1_name") or "")
    layers = [Layer(band, _find(folder, OPTICAL_FOLDER, patch, band)) for band in S2_L2A_BANDS]
    if radar and (folder / RADAR_FOLDER).is_dir():
        layers += [Layer(band, _find(folder, RADAR_FOLDER, radar, band)) for band in S1_BANDS]
    day, square = _DAY.search(patch), _SQUARE.search(patch)
    start = date.fromisoformat("-".join(day.groups())) if day else None
    labels, country = row.get("labels"), row.get("country")
    return Scene(
        name=patch,
        layers=layers,
        start=start.isoformat() if start else "",
        end=(start + timedelta(days=1)).isoformat() if start else "",
        labels=tuple(str(label) for label in labels) if labels is not None else (),  # type: ignore[attr-defined]
        group=square[1] if square else _scene_of(OPTICAL_FOLDER, patch),
        places=(str(country),) if country else (),
        facts={name: value for name, value in row.items() if name != "labels"},
    )


def _find(folder: Path, archive: str, name: str, band: str) -> str:
    return str(folder / archive / _scene_of(archive, name) / name / f"{name}_{band}.tif")


def _scene_of(archive: str, name: str) -> str:
    return "_".join(name.split("_")[: -_PATCH_WORDS[archive]])
