import numpy as np
import pandas as pd
import pytest

from kgpipe.errors import KgpipeError
from kgpipe.geo.data.crops import CropPixels
from kgpipe.geo.data.table import TileTable, Together, labels_above, require_tiles
from kgpipe.geo.data.tileset import TileSet
from kgpipe.tiles import Tile
from kgpipe.types import Rejection


def _pixels() -> CropPixels:
    stored = np.arange(1, 5, dtype=np.uint8)[:, None, None, None] * np.ones((1, 3, 2, 2), np.uint8)
    return CropPixels({"RGB": stored}, {"RGB": ("R", "G", "B")})


def _table() -> TileTable:
    return TileTable(
        tiles=[Tile(id=name, source="") for name in "abc"],
        rejections=[Rejection(stage="geo", item="x", reason="gone", detail="")],
        columns=pd.DataFrame({"clear": [0.1, 0.2, 0.3]}),
        pixels=_pixels(),
        rows=np.array([0, 1, 3]),
    )


def test_a_table_is_a_tile_set() -> None:
    tiles: TileSet = _table()
    values = tiles.read([2, 0])["RGB"] * 255
    np.testing.assert_allclose(values[:, 0, 0, 0], [4, 1], rtol=1e-6)


def test_a_part_keeps_tiles_facts_and_pixels_together() -> None:
    part = _table().take([2, 1])
    assert [tile.id for tile in part.tiles] == ["c", "b"]
    assert part.columns["clear"].tolist() == [0.3, 0.2]
    np.testing.assert_allclose(part.read([0, 1])["RGB"][:, 0, 0, 0] * 255, [4, 2], rtol=1e-6)
    again = part.where(np.array([False, True]))
    assert [tile.id for tile in again.tiles] == ["b"]
    assert len(again) == 1
    assert again.rejections == []


def test_no_places_give_no_pixels() -> None:
    assert _table().read([])["RGB"].shape == (0, 3, 2, 2)


def test_sources_of_several_sensors_are_read_together() -> None:
    radar = CropPixels({"S1": np.full((4, 2, 2, 2), -9.0, np.float16)}, {"S1": ("VV", "VH")})
    together = Together([_pixels(), radar])
    assert list(together.bands) == ["RGB", "S1"]
    assert {sensor: values.shape for sensor, values in together.read(np.array([1])).items()} == {
        "RGB": (1, 3, 2, 2), "S1": (1, 2, 2, 2),
    }  # fmt: skip


def test_labels_are_the_classes_that_take_enough() -> None:
    fractions = pd.DataFrame({"water": [0.1, 0.09], "trees": [0.9, 0.0]})
    assert labels_above(fractions, threshold=0.1) == [("water", "trees"), ()]


def test_a_set_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(KgpipeError, match="holds no tiles"):
        require_tiles([], [], source="a.csv")
