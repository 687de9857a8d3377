from pathlib import Path

import pytest

rasterio = pytest.importorskip("rasterio", reason="the extra tiles brings rasterio")

from rasterio.transform import Affine  # noqa: E402
from rasterio.windows import Window  # noqa: E402

from kgpipe.errors import ItemError  # noqa: E402
from kgpipe.geo.data.grid import Grid, make_grid  # noqa: E402
from kgpipe.tiles import Box  # noqa: E402
from tests.geo.geotiff import plain, write_raster  # noqa: E402


def _grid(path: Path, *, resolution: float | None = None) -> Grid:
    with rasterio.open(path) as dataset:
        return make_grid(dataset, resolution=resolution)


def _locate(path: Path) -> tuple[float, float, Box]:
    grid = _grid(path)
    return grid.locate(Window(0, 0, grid.width, grid.height))


def test_metres_become_degrees(tmp_path: Path) -> None:
    # The central meridian of zone 20 is 63 degrees west; x is 500 km there.
    lon, lat, box = _locate(
        write_raster(tmp_path / "a.tif", plain(1, 48, 1), corner=(499_760, 8_500_000))
    )
    assert lon == pytest.approx(-63.0, abs=1e-6)
    assert -13.6 < lat < -13.5
    assert box.west < lon < box.east
    assert box.south < lat < box.north


def test_a_tile_over_the_antimeridian_in_metres(tmp_path: Path) -> None:
    # Fiji: in zone 60 south 180 degrees lies about 820 km east.
    path = write_raster(
        tmp_path / "a.tif",
        plain(1, 64, 1),
        crs="EPSG:32760",
        corner=(820_000, 8_170_000),
        pixel=100,
    )
    lon, lat, box = _locate(path)
    assert box.west > 179.9
    assert box.east < -179.9
    assert abs(lon) > 179.9
    assert lat == pytest.approx(-16.5, abs=0.2)
    assert (lon - box.west) % 360 == pytest.approx((box.east - lon) % 360, abs=1e-3)


def test_a_tile_over_the_antimeridian_in_degrees(tmp_path: Path) -> None:
    path = write_raster(
        tmp_path / "a.tif", plain(1, 100, 1), crs="EPSG:4326", corner=(179.98, -16), pixel=0.001
    )
    lon, _, box = _locate(path)
    assert lon == pytest.approx(-179.97)
    assert box.west == pytest.approx(179.98)
    assert box.east == pytest.approx(-179.92)


def test_longitudes_from_0_to_360_are_the_same_meridians(tmp_path: Path) -> None:
    path = write_raster(
        tmp_path / "a.tif", plain(1, 10, 1), crs="EPSG:4326", corner=(299, 4), pixel=0.001
    )
    assert _locate(path)[0] == pytest.approx(-60.995)


def test_swapped_axes_are_named(tmp_path: Path) -> None:
    path = write_raster(
        tmp_path / "a.tif", plain(1, 10, 1), crs="EPSG:4326", corner=(4.7, -122), pixel=0.001
    )
    with pytest.raises(ItemError, match="swapped") as caught:
        _locate(path)
    assert caught.value.reason == "swapped_coordinates"


@pytest.mark.parametrize(
    ("crs", "pixel", "corner", "reason"),
    [
        (None, 10, (0, 0), "no_crs"),
        # Metres that are called degrees, and degrees that are called metres.
        ("EPSG:4326", 10, (500_000, 8_500_000), "wrong_crs"),
        ("EPSG:32720", 0.0001, (-63, -13), "wrong_crs"),
        # A pixel of 0.01 degrees is one of 1 km, but no place is 5,000 degrees east.
        ("EPSG:4326", 0.01, (5_000, 4), "bad_coordinates"),
    ],
)
def test_a_wrong_coordinate_system_is_found(
    tmp_path: Path, crs: str | None, pixel: float, corner: tuple[float, float], reason: str
) -> None:
    path = write_raster(tmp_path / "a.tif", plain(1, 8, 1), crs=crs, pixel=pixel, corner=corner)
    with pytest.raises(ItemError) as caught:
        _locate(path)
    assert caught.value.reason == reason


@pytest.mark.parametrize("transform", [Affine(10, 1, 0, 1, -10, 0), Affine(10, 0, 0, 0, 10, 0)])
def test_north_must_be_up(tmp_path: Path, transform: Affine) -> None:
    path = write_raster(tmp_path / "a.tif", plain(1, 8, 1), transform=transform)
    with pytest.raises(ItemError, match="gdalwarp"):
        _grid(path)


def test_a_resolution_covers_the_same_ground(tmp_path: Path) -> None:
    grid = _grid(write_raster(tmp_path / "a.tif", plain(1, 48, 1)), resolution=20)
    assert (grid.width, grid.height) == (24, 24)
    assert (grid.transform.a, grid.transform.e) == (20, -20)


def test_a_resolution_in_degrees_has_square_pixels_on_the_ground(tmp_path: Path) -> None:
    path = write_raster(
        tmp_path / "a.tif", plain(1, 100, 1), crs="EPSG:4326", corner=(10, 60.005), pixel=0.0001
    )
    grid = _grid(path, resolution=20)
    assert grid.height == 56
    assert grid.width == pytest.approx(28, abs=1)
