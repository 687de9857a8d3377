import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.data.cutting import Cutting, choose_cutting, parse_bands


def test_lists_of_bands_are_read() -> None:
    assert parse_bands(["B02, B03,-", "vv,vh"]) == (("B02", "B03", "-"), ("vv", "vh"))
    assert parse_bands([]) == ()


@pytest.mark.parametrize("text", ["B02,B2", "B02,B99", "", "B02,"])
def test_what_is_no_band_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--raster bands="):
        parse_bands([text])


def test_settings_by_key_and_value() -> None:
    assert choose_cutting([]) is None
    assert choose_cutting(["side=0"]) == Cutting(side=None)
    assert choose_cutting(
        ["side=64", "resolution=20", "bands=VV,VH", "radar=db", "scale=255", "offset=-1000"]
    ) == Cutting(
        side=64, resolution=20, bands=(("VV", "VH"),), radar="db", scale=255, offset=-1000
    )  # fmt: skip


@pytest.mark.parametrize("change", ["side", "width=3", "side=big", "radar=loud", "scale=0"])
def test_what_is_no_setting_is_refused(change: str) -> None:
    with pytest.raises(UsageError, match="--raster"):
        choose_cutting([change])
