import numpy as np
import pytest

from kgpipe.errors import KgpipeError
from kgpipe.geo.data.lonlat import check_lonlat, tile_coordinates
from kgpipe.tiles import Box

BOX = Box(-63.0, 2.0, -62.0, 4.0)


@pytest.mark.parametrize("pairs", [[[180.0, 90.0]], [[-180, -90]], np.zeros((0, 2))])
def test_the_ends_of_the_world_pass(pairs: list[list[float]]) -> None:
    check_lonlat(pairs)


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([[3.1, -163.7]], "latitude first"),
        ([[0.0, 0.0], [181.0, 3.0]], "location 1 has the longitude"),
        ([[0.0, float("nan")]], "latitude nan"),
        ([[float("inf"), 0.0]], "longitude inf"),
        ([1.0, 2.0], r"\(2,\)"),
        ([[1.0, 2.0, 3.0]], r"\(1, 3\)"),
    ],
)
def test_what_cannot_be_longitude_and_latitude_is_refused(pairs: object, told: str) -> None:
    with pytest.raises(KgpipeError, match=told):
        check_lonlat(np.asarray(pairs))


def test_x_grows_to_the_east_and_y_to_the_south() -> None:
    corners = [[-63.0, 4.0], [-62.0, 4.0], [-63.0, 2.0], [-62.0, 2.0], [-62.5, 3.0], [-62.25, 3.5]]
    found = tile_coordinates(corners, BOX)
    assert found.dtype == np.float32
    expected = np.array([[-1, -1], [1, -1], [-1, 1], [1, 1], [0, 0], [0.5, -0.5]])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_rows_and_columns_of_pixels_agree() -> None:
    # The centre of pixel (row 0, column 3) of a 4 x 4 tile, in degrees.
    point = [[-63 + 3.5 / 4, 4 - 2 * 0.5 / 4]]
    np.testing.assert_allclose(tile_coordinates(point, BOX), [[0.75, -0.75]], atol=1e-6)


def test_a_box_over_the_antimeridian_is_as_any_other() -> None:
    box = Box(179.5, -1.0, -179.5, 1.0)
    found = tile_coordinates([[x, 0.0] for x in (179.5, 180.0, -180.0, -179.75, -179.5)], box)
    np.testing.assert_allclose(found[:, 0], [-1, 0, 0, 0.5, 1], atol=1e-5)


def test_points_beyond_the_box_are_beyond_one_by_the_shorter_way() -> None:
    east, west = tile_coordinates([[180.0, 3.0], [-179.9, 3.0]], Box(179.0, 2.0, 179.9, 4.0))[:, 0]
    assert 1 < east < west
    assert tile_coordinates([[-63.1, 3]], BOX)[0, 0] < -1


def test_the_whole_globe_is_a_box() -> None:
    found = tile_coordinates([[-90, 45], [90, -45]], Box(-180, -90, 180, 90))
    np.testing.assert_allclose(found, [[-0.5, -0.5], [0.5, 0.5]], atol=1e-6)


@pytest.mark.parametrize("box", [Box(1, 1, 1, 2), Box(1, 2, 3, 2), Box(1, 3, 2, 2)])
def test_a_box_without_an_area_is_refused(box: Box) -> None:
    with pytest.raises(KgpipeError, match="has no area"):
        tile_coordinates([[1.0, 2.0]], box)
