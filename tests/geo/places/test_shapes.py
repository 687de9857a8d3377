import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from kgpipe.geo.places.shapes import (
    KM_PER_DEGREE,
    box_around,
    box_shape,
    centre_of,
    disc_shape,
    distance_km,
    distances_to,
    reach_km,
    share_inside,
    unwrap_shape,
)
from kgpipe.tiles import Box

ONE = np.array([1.0])


def test_a_degree_of_the_equator_and_of_a_meridian() -> None:
    zero = np.zeros(1)
    assert distance_km(0.0, 0.0, ONE, zero) == pytest.approx(KM_PER_DEGREE)
    assert distance_km(0.0, 0.0, zero, ONE) == pytest.approx(KM_PER_DEGREE)
    # Across the antimeridian it is as far as elsewhere.
    assert distance_km(179.5, 0.0, np.array([-179.5]), zero) == pytest.approx(KM_PER_DEGREE)


@given(st.floats(-180, 180), st.floats(-80, 80))
def test_a_box_is_as_wide_as_asked_for(lon: float, lat: float) -> None:
    box = box_around(lon, lat, side_km=2.0)
    west, south, east, north = (np.array([side]) for side in box)
    assert distance_km(west, lat, east, lat) == pytest.approx(2.0, rel=1e-3)  # type: ignore[arg-type]
    assert distance_km(lon, south, np.array([lon]), north) == pytest.approx(2.0, rel=1e-3)


def test_a_box_across_the_antimeridian_has_two_parts() -> None:
    shape = box_shape(Box(179.0, -1.0, -179.0, 1.0))
    assert shape.area == pytest.approx(4.0)
    assert shape.contains(shapely.Point(179.5, 0)) and shape.contains(shapely.Point(-179.5, 0))
    assert not shape.contains(shapely.Point(0, 0))


def test_a_polygon_across_the_antimeridian_is_cut_there() -> None:
    ring = [(170, 0), (-170, 0), (-170, 10), (170, 10), (170, 0)]
    shape = unwrap_shape(shapely.Polygon(ring))
    assert shape.area == pytest.approx(200.0)
    assert shape.bounds == (-180, 0, 180, 10)
    assert not shape.contains(shapely.Point(0, 5))


def test_a_hole_stays_in_its_shell() -> None:
    shell = [(170, 0), (-170, 0), (-170, 10), (170, 10), (170, 0)]
    hole = [(-175, 4), (-174, 4), (-174, 5), (-175, 5), (-175, 4)]
    shape = unwrap_shape(shapely.Polygon(shell, [hole]))
    assert shape.area == pytest.approx(199.0)
    assert not shape.contains(shapely.Point(-174.5, 4.5))


def test_other_shapes_are_left_as_they_are() -> None:
    square = shapely.box(10, 10, 20, 20)
    assert unwrap_shape(square).equals(square)
    assert unwrap_shape(shapely.Point(1, 2)).equals(shapely.Point(1, 2))


def test_distances_are_0_inside_and_those_to_the_edge_outside() -> None:
    square = shapely.box(0, -1, 2, 1)
    found = distances_to(square, np.array([1.0, 3.0]), np.array([0.0, 0.0]))
    assert found == pytest.approx([0.0, KM_PER_DEGREE])


def test_distances_across_the_antimeridian_are_short() -> None:
    square = shapely.box(178, -1, 180, 1)
    assert distances_to(square, np.array([-179.0]), np.zeros(1)) == pytest.approx([KM_PER_DEGREE])


def test_a_disc_reaches_as_far_as_its_radius() -> None:
    disc = disc_shape(-60.0, 60.0, radius_km=100.0)
    assert reach_km(disc, -60.0, 60.0) == pytest.approx(100.0, rel=0.02)
    assert centre_of(disc) == pytest.approx((-60.0, 60.0), abs=0.01)
    assert disc_shape(1.0, 2.0, radius_km=0).geom_type == "Point"
    over = disc_shape(179.9, 0.0, radius_km=50.0)
    assert over.contains(shapely.Point(-179.9, 0)) and over.bounds[0] == -180


def test_shares() -> None:
    tile = shapely.box(0, 0, 1, 1)
    assert share_inside(shapely.box(0.5, 0, 9, 9), tile) == pytest.approx(0.5)
    # A place smaller than the tile lies in it.
    assert share_inside(shapely.box(0.1, 0.1, 0.2, 0.2), tile) == pytest.approx(1.0)
    assert share_inside(shapely.Point(0.5, 0.5), tile) == 1.0
    assert share_inside(shapely.Point(2, 2), tile) == 0.0
    assert share_inside(shapely.LineString([(-1, 0.5), (3, 0.5)]), tile) == 1.0
    assert share_inside(tile, shapely.Point(0.5, 0.5)) == 1.0
