import math

import pytest

from kgpipe.errors import ItemError
from kgpipe.geo.data.extent import (
    block_of,
    box_around,
    centre_of,
    check_position,
    wrap_longitude,
)


def test_a_box_is_as_wide_as_high_on_the_ground() -> None:
    box = box_around(-61.0, 60.0, metres=480)
    height, width = box.north - box.south, box.east - box.west
    assert height * 111_319.49 == pytest.approx(480)
    assert width * math.cos(math.radians(60)) == pytest.approx(height, rel=1e-6)


def test_a_box_over_the_antimeridian_ends_west_of_where_it_begins() -> None:
    box = box_around(179.999, -16.0, metres=480)
    assert box.west > 0 > box.east
    lon, lat = centre_of(box)
    assert lon == pytest.approx(179.999)
    assert lat == pytest.approx(-16.0)


def test_longitudes_wrap() -> None:
    assert [wrap_longitude(x) for x in (-180, 180, 181, 359, 0)] == [-180, -180, -179, -1, 0]


def test_swapped_coordinates_are_named() -> None:
    with pytest.raises(ItemError, match="swapped") as caught:
        check_position(4.7, -122.0)
    assert caught.value.reason == "swapped_coordinates"


@pytest.mark.parametrize(("lon", "lat"), [(500_000, 9_000_000), (181, 0), (math.nan, 0)])
def test_what_is_no_place_on_earth_is_refused(lon: float, lat: float) -> None:
    with pytest.raises(ItemError) as caught:
        check_position(lon, lat)
    assert caught.value.reason == "bad_coordinates"


def test_a_block_is_a_half_degree_cell() -> None:
    assert block_of(-61.482809, 4.776851) == "9_-123"
