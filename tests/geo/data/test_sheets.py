from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

from kgpipe.errors import KgpipeError, UsageError
from kgpipe.geo.data.sheets import SheetPixels, Sheets, write_sheet


def _tiles(number: int, side: int = 48) -> NDArray[np.uint8]:
    """Tiles that each have a colour of their own, and a mark in their north-west corner."""
    values = np.zeros((number, 3, side, side), dtype=np.uint8)
    values[:] = (10 + np.arange(number))[:, None, None, None]
    values[:, 0, :3, :5] = 255
    return values


def _rows(*cells: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(cells, columns=["sheet", "row", "col"])


def test_tiles_are_read_where_they_stand(tmp_path: Path) -> None:
    tiles = _tiles(7)
    write_sheet(tmp_path / "a.png", tiles, columns=3)
    rows = _rows(*[("a.png", str(place // 3), str(place % 3)) for place in range(7)])
    source = SheetPixels(Sheets(tmp_path), rows)
    values = source.read(np.array([6, 0, 3]))["RGB"]
    np.testing.assert_allclose(values, tiles[[6, 0, 3]] / 255.0, atol=1e-7)
    assert source.faults == {}


def test_a_sheet_of_another_program_has_tiles_of_48_pixels(tmp_path: Path) -> None:
    Image.new("RGB", (100, 96), (9, 9, 9)).save(tmp_path / "a.png")
    source = SheetPixels(
        Sheets(tmp_path), _rows(("a.png", "1", "1"), ("a.png", "1", "2"), ("a.png", "2", "0"))
    )
    assert sorted(source.faults) == [1, 2]
    assert source.read(np.array([0]))["RGB"].shape == (1, 3, 48, 48)


def test_the_side_of_a_tile_is_written_into_the_sheet(tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.png", _tiles(4, side=32), columns=2)
    source = SheetPixels(Sheets(tmp_path), _rows(("a.png", "1", "1")))
    assert source.side == 32
    assert source.read(np.array([0]))["RGB"].shape == (1, 3, 32, 32)


@pytest.mark.parametrize(
    ("row", "col", "reason"),
    [
        ("9", "0", "outside_sheet"), ("0", "-1", "outside_sheet"), ("0.5", "0", "outside_sheet"),
        ("x", "0", "outside_sheet"), ("", "0", "outside_sheet"), ("1", "1", "blank_tile"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_never_a_black_tile(
    tmp_path: Path, row: str, col: str, reason: str
) -> None:
    write_sheet(tmp_path / "a.png", _tiles(3), columns=2)
    source = SheetPixels(Sheets(tmp_path), _rows(("a.png", row, col)))
    assert [error.reason for error in source.faults.values()] == [reason]


def test_a_missing_and_a_truncated_sheet_cost_their_own_tiles_only(tmp_path: Path) -> None:
    write_sheet(tmp_path / "good.png", _tiles(4), columns=2)
    noise = np.random.default_rng(0).integers(1, 255, (4, 3, 48, 48)).astype(np.uint8)
    write_sheet(tmp_path / "short.png", noise, columns=2)
    content = (tmp_path / "short.png").read_bytes()
    (tmp_path / "short.png").write_bytes(content[: len(content) // 2])
    (tmp_path / "text.png").write_text("no picture")
    source = SheetPixels(
        Sheets(tmp_path),
        _rows(*[(name, "0", "0") for name in ("short.png", "good.png", "gone.png", "text.png")]),
    )
    assert {place: error.reason for place, error in source.faults.items()} == {
        0: "unreadable_sheet", 2: "missing_sheet", 3: "unreadable_sheet",
    }  # fmt: skip


def test_sheets_of_other_tiles_are_no_part_of_the_set(tmp_path: Path) -> None:
    write_sheet(tmp_path / "a.png", _tiles(1), columns=1)
    write_sheet(tmp_path / "b.png", _tiles(1, side=32), columns=1)
    source = SheetPixels(Sheets(tmp_path), _rows(("a.png", "0", "0"), ("b.png", "0", "0")))
    assert [error.reason for error in source.faults.values()] == ["other_side"]


def test_masked_pixels_are_unseen(tmp_path: Path) -> None:
    tiles = _tiles(1)
    tiles[0, :, 40:, :] = 0
    write_sheet(tmp_path / "a.png", tiles, columns=1)
    values = SheetPixels(Sheets(tmp_path), _rows(("a.png", "0", "0"))).read(np.array([0]))["RGB"]
    assert np.isnan(values[0, :, 40:]).all()
    assert np.isfinite(values[0, :, :40]).all()


def test_a_small_cache_reads_the_same(tmp_path: Path) -> None:
    for name, number in (("a.png", 1), ("b.png", 2)):
        write_sheet(tmp_path / name, _tiles(number), columns=1)
    rows = _rows(("a.png", "0", "0"), ("b.png", "1", "0"), ("a.png", "0", "0"))
    wide, narrow = (
        SheetPixels(Sheets(tmp_path, cache_bytes=size), rows).read(np.arange(3))["RGB"]
        for size in (2**30, 1)
    )
    np.testing.assert_array_equal(wide, narrow)


def test_a_sheet_that_goes_away_between_readings_is_an_error(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        write_sheet(tmp_path / name, _tiles(1), columns=1)
    rows = _rows(("a.png", "0", "0"), ("b.png", "0", "0"))
    source = SheetPixels(Sheets(tmp_path, cache_bytes=1), rows)
    (tmp_path / "a.png").unlink()
    with pytest.raises(KgpipeError, match="changed"):
        source.read(np.array([0]))


def test_a_missing_folder_names_the_option(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--sheets"):
        Sheets(tmp_path / "sheets")
