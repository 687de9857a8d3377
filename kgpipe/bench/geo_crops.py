"""The co-registered Sentinel-1 and Sentinel-2 crops of `bench geo`: two sets as one, six scenes."""

from pathlib import Path

import numpy as np
import pandas as pd

from kgpipe.geo.data.bands import OPTICAL, RADAR, S1_BANDS, S2_L2A_BANDS
from kgpipe.geo.data.table import TileTable
from kgpipe.geo.data.tiletable import open_tiles

_SETS = ("terramesh_245", "sen1floods11_256")
# Land cover is known of TerraMesh's scenes alone; floods are another question.
LABELLED = "terramesh"


def open_crops(folder: Path, made: Path) -> TileTable:
    """Open both sets with the bands that both have, and the land cover labels of TerraMesh.

    Args:
        folder: with a CSV and an .npz of each set.
        made: folder where the joined set is written, for `kgpipe geo` to read too.
    """
    tables = [open_tiles(folder / f"{name}.csv") for name in _SETS]
    pixels = [table.read(range(len(table.tiles))) for table in tables]
    optical = []
    for table, seen in zip(tables, pixels, strict=True):
        places = [table.bands[OPTICAL].index(band) for band in S2_L2A_BANDS]
        # Whole ten-thousandths, 0 where nothing was seen, as Sentinel-2 products have them.
        optical.append(np.nan_to_num(seen[OPTICAL][:, places] * 10_000).round().astype(np.int16))
    made.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        made / "crops.npz",
        s1=np.concatenate([seen[RADAR] for seen in pixels]).astype(np.float16),
        s2=np.concatenate(optical),
        s1_bands=np.array(S1_BANDS),
        s2_bands=np.array(S2_L2A_BANDS),
    )
    tiles = [tile for table in tables for tile in table.tiles]
    pd.DataFrame(
        {
            "tile_id": [tile.id for tile in tiles],
            "source": [tile.source for tile in tiles],
            "lon": [tile.lon for tile in tiles],
            "lat": [tile.lat for tile in tiles],
        }
    ).to_csv(made / "crops.csv", index=False)
    joined = open_tiles(made / "crops.csv")
    labels = {tile.id: tile.labels for tile in tiles if tile.source.startswith(LABELLED)}
    joined.tiles = [
        tile.model_copy(update={"labels": labels.get(tile.id, ())}) for tile in joined.tiles
    ]
    return joined
