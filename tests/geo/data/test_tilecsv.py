from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.crops import CropPixels
from kgpipe.geo.data.table import FRACTION, TileTable
from kgpipe.geo.data.tilecsv import make_table, read_rows, stem_of


def _table(**columns: list[str]) -> TileTable:
    rows = pd.DataFrame(columns)
    pixels = CropPixels({"RGB": np.ones((len(rows), 3, 8, 8), dtype=np.uint8)}, {"RGB": ("R",)})
    return make_table(rows, pd.DataFrame(), pixels, {}, metres=480, source="a.csv")


def test_two_renderings_of_the_same_places_are_one_group() -> None:
    names = [
        "v2.6_amazon_negatives_v2_S2L1C_clear0.05_2019-01-01_2020-01-01.png",
        "v2.6_amazon_negatives_v2_S2L1C_clear0.75_2019-01-01_2020-01-01.png",
        "GeoCompass2023-filt-positives-samp1500_rgb_preview.png",
        "v0.4-6SSL4EO-MLP_bolivia_2023_negatives_S2L2A_x.png",
    ]
    assert [stem_of(name) for name in names] == [
        "v2.6_amazon_negatives_v2", "v2.6_amazon_negatives_v2",
        "GeoCompass2023-filt-positives-samp1500", "v0.4-6SSL4EO-MLP_bolivia_2023_negatives",
    ]  # fmt: skip


def test_a_row_with_everything(tmp_path: Path) -> None:
    table = _table(
        tile_id=["t"], sheet=["a_S2L1C_clear0.75.png"], label=["mine"], category=["dredge_mining"],
        start=["2024-08-01"], end=["2024-11-01"], lon=["-61.482809"], lat=["4.776851"],
        block=["9_-123"], country=["Venezuela"], indigenous_territory=["Pemon"], clear=["0.75"],
    )  # fmt: skip
    (tile,) = table.tiles
    assert tile.labels == ("mine", "dredge_mining")
    assert (tile.group, tile.block, tile.places) == ("a", "9_-123", ("Venezuela", "Pemon"))
    assert tile.box is not None
    assert tile.box.west < -61.482809 < tile.box.east
    assert table.columns["clear"].tolist() == [0.75]


def test_a_row_with_an_id_alone() -> None:
    (tile,) = _table(id=["t"], tile_id=["t"]).tiles
    assert (tile.id, tile.lon, tile.box, tile.labels, tile.block) == ("t", None, None, (), "")


def test_bad_rows_are_counted_and_cost_no_other() -> None:
    table = _table(
        tile_id=["good", "swapped", "far", "text", "half", "good", "", "tropics"],
        lon=["-61.48", "4.77", "500000", "west", "-61.4", "", "", "4.776851"],
        lat=["4.77", "-122.96", "9000000", "4", "", "", "", "-61.482809"],
        block=["9_-123", "", "", "", "", "", "", "9_-123"],
    )
    assert [tile.id for tile in table.tiles] == ["good"]
    assert {rejection.item: rejection.reason for rejection in table.rejections} == {
        "swapped": "swapped_coordinates", "far": "bad_coordinates", "text": "bad_coordinates",
        "half": "bad_coordinates", "good": "repeated_id", "row 8": "no_id",
        "tropics": "swapped_coordinates",
    }  # fmt: skip


def test_nothing_left_is_an_error_that_tells_why() -> None:
    with pytest.raises(KgpipeError, match=r"2 swapped_coordinates.*longitude before latitude"):
        _table(tile_id=["a", "b"], lon=["4", "5"], lat=["-122", "-121"])


def test_without_labels_land_cover_labels() -> None:
    rows = pd.DataFrame({"tile_id": ["a", "b"]})
    facts = pd.DataFrame({FRACTION + "water": [0.95, 0.05], FRACTION + "trees": [0.05, 0.5]})
    pixels = CropPixels({"RGB": np.ones((2, 3, 8, 8), dtype=np.uint8)}, {"RGB": ("R",)})
    table = make_table(rows, facts, pixels, {}, metres=320, source="a.csv")
    assert [tile.labels for tile in table.tiles] == [("water",), ("trees",)]
    assert table.fractions.columns.tolist() == ["water", "trees"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no CSV"), (b"a,b\n1,2\n", "no column tile_id"), (b"tile_id,row\n", "no tiles"),
        (b"tile_id\n\xff\xfe\n", "UTF-8"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_tiles_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_rows(tmp_path / "a.csv")


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("tile_id\n007\n", encoding="utf-8-sig")
    assert read_rows(tmp_path / "a.csv")["tile_id"].tolist() == ["007"]
