"""Synthetic tiles of Sentinel-1 and Sentinel-2: for tests, for the demo, and to try things out.

Their physics is simple but right in kind: spectral signatures mixed at edges, bands at the
sensor's own resolution, speckle with the looks of Sentinel-1 GRD, clouds that radar does not see.
They come in scenes, each with its own place, light and year, so that a split by scene means
something. What is measured on them says nothing about real places.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kgpipe.errors import UsageError
from kgpipe.geo.data.bands import OPTICAL, PICTURE, RADAR, RGB_BANDS, S1_BANDS, S2_L2A_BANDS
from kgpipe.geo.data.crops import CropPixels
from kgpipe.geo.data.extent import METRES_PER_DEGREE, block_of, wrap_longitude
from kgpipe.geo.data.regions import AMAZON, Region
from kgpipe.geo.data.sheets import DEFAULT_SIDE, write_sheet
from kgpipe.geo.data.signatures import CLASSES
from kgpipe.geo.data.synthetic_ground import DRAW, MINES, Canvas
from kgpipe.geo.data.synthetic_sensing import Air, Seen, sense
from kgpipe.geo.data.table import FRACTION, TileTable
from kgpipe.geo.data.tilecsv import METRES_PER_PIXEL, make_table

TILES_PER_SCENE = 25
# Mines are rare but not too rare to learn from: 3 tiles of 10, as 2,395 of 10,148 in the real set.
_WEIGHTS = {"artisanal_gold_mine": 0.22, "dredge_mining": 0.08}
_OTHERS = (1 - sum(_WEIGHTS.values())) / (len(DRAW) - len(_WEIGHTS))
_SHEET_COLUMNS = 5
_YEARS = range(2018, 2025)
_SMALLEST_SIDE = 16


class _Drawn(NamedTuple):
    rows: pd.DataFrame
    s1: NDArray[np.float16]
    s2: NDArray[np.int16]
    rgb: NDArray[np.uint8]
    fractions: NDArray[np.float32]


def make_synthetic(
    number: int,
    *,
    side: int = DEFAULT_SIDE,
    seed: int = 0,
    regions: Sequence[Region] = AMAZON,
    tiles_per_scene: int = TILES_PER_SCENE,
) -> TileTable:
    """Draw tiles with S1, S2 and RGB in memory.

    Args:
        number: of tiles.
        side: pixels of ten metres.
        seed: the same seed gives the same tiles, and more tiles begin with the same scenes.
        regions: where the scenes lie, in turn.
        tiles_per_scene: a scene is one `Tile.group`.

    Raises:
        UsageError: no tiles asked for, or tiles too small to show anything.
    """
    drawn = _draw(number, side, seed, regions, tiles_per_scene)
    pixels = CropPixels(
        {RADAR: drawn.s1, OPTICAL: drawn.s2, PICTURE: drawn.rgb},
        {RADAR: S1_BANDS, OPTICAL: S2_L2A_BANDS, PICTURE: RGB_BANDS},
    )
    fractions = pd.DataFrame(drawn.fractions, columns=[FRACTION + name for name in CLASSES])
    return make_table(
        drawn.rows, fractions, pixels, {}, metres=side * METRES_PER_PIXEL, source="synthetic tiles"
    )


def write_synthetic(
    folder: Path,
    number: int,
    *,
    side: int = DEFAULT_SIDE,
    seed: int = 0,
    regions: Sequence[Region] = AMAZON,
    tiles_per_scene: int = TILES_PER_SCENE,
) -> Path:
    """Write what `make_synthetic` draws as files that `open_tiles` opens.

    Writes `tiles.csv` (the columns of the Amazon mining tiles, and crops, crop), `tiles.npz` with
    S1, S2 and land cover, and a contact sheet a scene in `sheets/`. The same arguments give the
    same bytes.

    Returns:
        The path of `tiles.csv`.
    """
    drawn = _draw(number, side, seed, regions, tiles_per_scene)
    (folder / "sheets").mkdir(parents=True, exist_ok=True)
    for sheet, places in drawn.rows.groupby("sheet", sort=True).indices.items():
        write_sheet(folder / "sheets" / str(sheet), drawn.rgb[places], columns=_SHEET_COLUMNS)
    np.savez_compressed(
        folder / "tiles.npz",
        s1=drawn.s1,
        s2=drawn.s2,
        s1_bands=np.array(S1_BANDS),
        s2_bands=np.array(S2_L2A_BANDS),
        fractions=drawn.fractions,
        classes=np.array(CLASSES),
    )
    path = folder / "tiles.csv"
    drawn.rows.to_csv(path, index=False, lineterminator="\n")
    return path


def _draw(
    number: int, side: int, seed: int, regions: Sequence[Region], tiles_per_scene: int
) -> _Drawn:
    if number < 1 or side < _SMALLEST_SIDE or tiles_per_scene < 1:
        raise UsageError(
            f"{number} tiles of {side} px, {tiles_per_scene} a scene: at least 1 tile of "
            f"{_SMALLEST_SIDE} px, and 1 a scene, are wanted."
        )
    rows: list[dict[str, str]] = []
    seen: list[Seen] = []
    for scene in range(-(-number // tiles_per_scene)):
        # Each scene has its own source of chance, so that the number of tiles changes none.
        rng = np.random.default_rng([seed, scene])
        region = regions[scene % len(regions)]
        tiles = min(tiles_per_scene, number - len(rows))
        drawn = _draw_scene(scene, region, tiles_per_scene, side, rng)
        rows += drawn[0][:tiles]
        seen += drawn[1][:tiles]
    return _Drawn(
        pd.DataFrame(rows),
        np.stack([tile.s1 for tile in seen]),
        np.stack([tile.s2 for tile in seen]),
        np.stack([tile.rgb for tile in seen]),
        np.stack([tile.fractions for tile in seen]),
    )


def _draw_scene(
    scene: int, region: Region, tiles: int, side: int, rng: np.random.Generator
) -> tuple[list[dict[str, str]], list[Seen]]:
    name, year = f"synthetic-{scene:03d}", int(rng.choice(_YEARS))
    air = Air(
        light=rng.uniform(0.92, 1.08), haze=rng.uniform(0.7, 1.4), tilt=rng.uniform(-0.7, 0.7)
    )
    middle = region.draw_position(rng)
    categories = rng.choice(
        list(DRAW), size=tiles, p=[_WEIGHTS.get(category, _OTHERS) for category in DRAW]
    )
    cells = rng.permutation((int(np.ceil(np.sqrt(tiles))) + 1) ** 2)[:tiles]
    rows, seen = [], []
    for place, category in enumerate(categories.tolist()):
        canvas = Canvas(side, rng)
        DRAW[category](canvas)
        seen.append(sense(canvas, air=air))
        lon, lat = _position(middle, int(cells[place]), tiles, side)
        rows.append(
            {
                "tile_id": f"{name}__{place:04d}",
                "sheet": f"{name}_S2L1C_clear0.75_{year}-01-01_{year + 1}-01-01.png",
                "row": str(place // _SHEET_COLUMNS),
                "col": str(place % _SHEET_COLUMNS),
                "label": "mine" if category in MINES else "not_mine",
                "category": category,
                "clear": "0.75",
                "start": f"{year}-01-01",
                "end": f"{year + 1}-01-01",
                "lon": f"{lon:.6f}",
                "lat": f"{lat:.6f}",
                "region": region.name if region.contains(lon, lat) else "",
                "dup_of": "",
                "country": region.country,
                "indigenous_territory_id": "",
                "indigenous_territory": "",
                "airstrip_km": "",
                "block": block_of(round(lon, 6), round(lat, 6)),
                "crops": "tiles.npz",
                "crop": str(scene * tiles + place),
            }
        )
    return rows, seen


def _position(middle: tuple[float, float], cell: int, tiles: int, side: int) -> tuple[float, float]:
    """The centre of a cell of a grid around a scene's middle; cells do not overlap."""
    columns = int(np.ceil(np.sqrt(tiles))) + 1
    # A tenth of a tile lies between neighbours.
    step = 1.1 * side * METRES_PER_PIXEL / METRES_PER_DEGREE
    south = cell // columns - (columns - 1) / 2
    east = cell % columns - (columns - 1) / 2
    lat = float(np.clip(middle[1] - south * step, -89.0, 89.0))
    return wrap_longitude(middle[0] + east * step / np.cos(np.radians(lat))), lat
