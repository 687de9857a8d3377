from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kgpipe.errors import KgpipeError
from kgpipe.geo.places.shapes import distance_km
from kgpipe.geo.searching.filters import (
    EVERYTHING,
    Circle,
    TileFilter,
    between_meridians,
    holding,
    load_ground,
    passing,
    save_ground,
    survey,
)
from kgpipe.tiles import Box, Tile
from tests.geo.made_tiles import make_tile

LONGITUDES = st.floats(-180, 180).map(lambda lon: round(lon, 3))
LATITUDES = st.floats(-90, 90).map(lambda lat: round(lat, 3))
POINTS = st.tuples(LONGITUDES, LATITUDES)
DAYS = st.integers(0, 400).map(lambda day: date(2023, 1, 1) + timedelta(days=day))


def tiles_at(points: list[tuple[float, float] | None]) -> list[Tile]:
    return [
        Tile(id=f"t{at}", source="made", lon=point and point[0], lat=point and point[1])
        for at, point in enumerate(points)
    ]


def kept(wanted: TileFilter, tiles: list[Tile]) -> list[str]:
    passes = passing(wanted, survey(tiles))
    return [tile.id for tile, passed in zip(tiles, passes, strict=True) if passed]


@given(st.lists(st.none() | POINTS, max_size=30), LONGITUDES, LATITUDES, LONGITUDES, LATITUDES)
def test_a_box_keeps_what_lies_in_it(
    points: list[tuple[float, float] | None], west: float, south: float, east: float, north: float
) -> None:
    south, north = sorted((south, north))

    def inside(lon: float, lat: float) -> bool:
        turned = {lon, lon + 360, lon - 360}
        end = east if west <= east else east + 360
        return south <= lat <= north and any(west <= one <= end for one in turned)

    tiles = tiles_at(points)
    expected = [
        tile.id for tile in tiles
        if tile.lon is not None and tile.lat is not None and inside(tile.lon, tile.lat)
    ]  # fmt: skip
    assert kept(TileFilter((Box(west, south, east, north),)), tiles) == expected


@given(st.lists(st.none() | POINTS, max_size=30), POINTS, st.floats(1, 20_000))
def test_a_circle_keeps_what_is_near(
    points: list[tuple[float, float] | None], centre: tuple[float, float], km: float
) -> None:
    tiles = tiles_at(points)
    there = [point or (np.nan, np.nan) for point in points]
    lons, lats = np.array(there, dtype=np.float64).reshape(-1, 2).T
    near = distance_km(*centre, lons, lats) <= km
    expected = [tile.id for tile, passed in zip(tiles, near, strict=True) if passed]
    assert kept(TileFilter((Circle(*centre, km),)), tiles) == expected


@given(st.lists(st.none() | POINTS, max_size=30), st.lists(POINTS, min_size=3, max_size=8))
def test_a_polygon_keeps_what_it_covers(
    points: list[tuple[float, float] | None], corners: list[tuple[float, float]]
) -> None:
    polygon = shapely.MultiPoint(corners).convex_hull.buffer(0.01)
    tiles = tiles_at(points)
    expected = [
        tile.id for tile in tiles
        if tile.lon is not None and polygon.intersects(shapely.Point(tile.lon, tile.lat))
    ]  # fmt: skip
    assert kept(TileFilter((polygon,)), tiles) == expected


@given(
    st.lists(st.tuples(st.none() | DAYS, st.integers(1, 60)), max_size=20),
    st.none() | DAYS, st.integers(1, 60),
)  # fmt: skip
def test_days_that_overlap_pass(
    spans: list[tuple[date | None, int]], first: date | None, length: int
) -> None:
    tiles = [
        Tile(
            id=f"t{at}", source="made", start=start.isoformat() if start else "",
            end=(start + timedelta(days=days)).isoformat() if start else "",
        )
        for at, (start, days) in enumerate(spans)
    ]  # fmt: skip
    if first is None:
        assert kept(EVERYTHING, tiles) == [tile.id for tile in tiles]
        return
    wanted = {first + timedelta(days=day) for day in range(length)}
    expected = [
        f"t{at}" for at, (start, days) in enumerate(spans)
        if start and wanted & {start + timedelta(days=day) for day in range(days)}
    ]  # fmt: skip
    end = (first + timedelta(days=length)).isoformat()
    assert kept(TileFilter(start=first.isoformat(), end=end), tiles) == expected


def test_every_part_of_a_filter_must_hold() -> None:
    tiles = [
        make_tile("in", -60.0, -5.0, start="2024-01-01", end="2024-02-01"),
        make_tile("late", -60.0, -5.0, start="2025-01-01", end="2025-02-01"),
        make_tile("away", -50.0, -5.0, start="2024-01-01", end="2024-02-01"),
    ]
    wanted = TileFilter((Box(-61, -6, -59, -4), Circle(-60, -5, 10)), "2024-01-15", "2024-12-31")
    assert kept(wanted, tiles) == ["in"]
    assert kept(TileFilter(end="2024-06-01"), tiles) == ["in", "away"]
    assert kept(TileFilter(start="2024-06-01"), tiles) == ["late"]


def test_a_tile_of_one_known_day_is_of_that_day() -> None:
    tiles = [
        Tile(id="start", source="made", start="2024-05-01T14:03:11Z"),
        Tile(id="end", source="made", end="2024-05-02"),
    ]
    assert kept(TileFilter(start="2024-05-01", end="2024-05-02"), tiles) == ["start", "end"]
    assert kept(TileFilter(start="2024-05-02"), tiles) == []
    assert kept(TileFilter(end="2024-05-01"), tiles) == []


def test_a_date_that_is_none_is_named_with_its_tile() -> None:
    tiles = [Tile(id="good", source="made", start="2024-05-01"),
             Tile(id="bad", source="made", start="May 2024")]  # fmt: skip
    with pytest.raises(KgpipeError, match=r"tile bad has 'May 2024'"):
        survey(tiles)


def test_a_tile_without_a_centre_lies_in_the_middle_of_its_box() -> None:
    tile = Tile(id="t", source="made", box=Box(179.5, 0, -179.7, 1))
    ground = survey([tile])
    assert (ground.lon[0], ground.lat[0]) == pytest.approx((179.9, 0.5))
    assert ground.placed.all()


def test_which_tiles_hold_a_point() -> None:
    tiles = [
        Tile(id="over", source="made", box=Box(179.5, 0, -179.5, 1)),
        Tile(id="plain", source="made", box=Box(10, 0, 11, 1)),
        Tile(id="nowhere", source="made"),
    ]
    ground = survey(tiles)
    assert holding(-179.8, 0.5, ground).tolist() == [True, False, False]
    assert holding(10.0, 1.0, ground).tolist() == [False, True, False]
    assert not holding(12.0, 0.5, ground).any()


def test_no_tiles_at_all() -> None:
    ground = survey([])
    assert ground.boxes.shape == (0, 4)
    assert passing(TileFilter((Box(0, 0, 1, 1),), "2024-01-01"), ground).tolist() == []
    assert np.asarray(ground.placed).shape == (0,)


def test_meridians_between_two() -> None:
    lons = np.array([-180, -179, 0, 179, 180, np.nan])
    assert between_meridians(lons, 178, -178).tolist() == [True, True, False, True, True, False]
    assert between_meridians(lons, -1, 1).tolist() == [False, False, True, False, False, False]
    assert between_meridians(lons, 170, 180).tolist() == [True, False, False, True, True, False]


def test_the_columns_are_kept_for_the_same_tiles_alone(tmp_path: Path) -> None:
    made = survey([make_tile("a", -60.0, -5.0, start="2023-01-01"), make_tile("b")])
    path = tmp_path / "ground.npz"
    assert load_ground(path, digest="x") is None
    save_ground(made, path, digest="x")
    kept = load_ground(path, digest="x")
    assert kept is not None
    for name, column in vars(made).items():
        np.testing.assert_array_equal(getattr(kept, name), column)
        assert getattr(kept, name).dtype == column.dtype
    assert load_ground(path, digest="y") is None
    path.write_bytes(path.read_bytes()[:100])
    assert load_ground(path, digest="x") is None
    assert [one.name for one in tmp_path.iterdir()] == ["ground.npz"]
