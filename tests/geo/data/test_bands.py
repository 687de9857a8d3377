import pytest

from kgpipe.geo.data.bands import S2_L1C_BANDS, S2_L2A_BANDS, order_of, recognise_band, sensor_of


@pytest.mark.parametrize(
    ("name", "band"),
    [
        ("B4", "B04"), ("b8a", "B8A"), ("B08", "B08"), ("Band 12", "B12"), ("nir08", "B8A"),
        ("red", "B04"), ("S2A_T33UUP_B02_10m", "B02"), ("x_VV", "VV"), ("vh", "VH"), ("R", "R"),
        ("rededge", None), ("DEM", None), ("", None), ("B13", None), ("B00", None), ("AB04C", None),
    ],
)  # fmt: skip
def test_bands_are_known_by_their_names(name: str, band: str | None) -> None:
    assert recognise_band(name) == band


def test_level_2a_lacks_the_band_of_the_atmosphere() -> None:
    assert [band for band in S2_L1C_BANDS if band not in S2_L2A_BANDS] == ["B10"]


def test_bands_are_ordered_by_sensor() -> None:
    names = sorted(["B", "B12", "VH", "B8A", "B09"], key=order_of)
    assert names == ["VH", "B8A", "B09", "B12", "B"]
    assert [sensor_of(name) for name in names] == ["S1", "S2", "S2", "S2", "RGB"]
