import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.data.cutting import parse_bands


def test_lists_of_bands_are_read() -> None:
    assert parse_bands(["B02, B03,-", "vv,vh"]) == (("B02", "B03", "-"), ("vv", "vh"))
    assert parse_bands([]) == ()


@pytest.mark.parametrize("text", ["B02,B2", "B02,B99", "", "B02,"])
def test_what_is_no_band_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--bands"):
        parse_bands([text])
