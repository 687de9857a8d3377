import numpy as np
import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.searching.renderings import render

S2 = ("B02", "B03", "B04", "B08")


def test_rgb_is_shown_as_it_is() -> None:
    pixels = np.zeros((1, 3, 2, 2), dtype=np.float32)
    pixels[0, :, 0, 1] = (1.0, 0.5, 128 / 255)
    [picture] = render({"RGB": pixels}, {"RGB": ("R", "G", "B")})
    assert picture.shape == (2, 2, 3)
    assert picture[0, 1].tolist() == [255, 128, 128]
    assert picture[0, 0].tolist() == [0, 0, 0]


def test_true_colour_is_stretched_over_all_tiles() -> None:
    ramp = np.linspace(0.0, 1.0, 100, dtype=np.float32).reshape(10, 10)
    pixels = np.zeros((2, 4, 10, 10), dtype=np.float32)
    pixels[0, 2] = ramp
    pixels[1, 2] = ramp + 1
    one, two = render({"S2": pixels}, {"S2": S2})
    # B04 is red; the lowest and the highest 2 % are cut off.
    assert one[0, 0, 0] == 0
    assert two[-1, -1, 0] == 255
    assert int(one[-1, -1, 0]) + 8 > int(two[0, 0, 0]) > int(one[0, -1, 0])
    # What is the same everywhere has no contrast to stretch.
    assert set(one[:, :, 1].ravel()) == {128}


def test_radar_is_drawn_in_false_colours() -> None:
    generator = np.random.default_rng(0)
    pixels = generator.uniform(-25, -5, (1, 2, 8, 8)).astype(np.float32)
    pixels[0, :, 0, 0] = (-5.0, -25.0)
    [picture] = render({"S1": pixels}, {"S1": ("VV", "VH")})
    assert picture[0, 0].tolist() == [255, 0, 255]


def test_what_was_not_seen_is_grey_and_spoils_nothing() -> None:
    pixels = np.linspace(0, 1, 4 * 64, dtype=np.float32).reshape(1, 4, 8, 8)
    pixels[0, :, 3, 3] = np.nan
    [picture] = render({"S2": pixels}, {"S2": S2})
    assert picture[3, 3].tolist() == [128, 128, 128]
    assert picture[0, 0].tolist() == [0, 0, 0]
    blind = np.full((1, 4, 8, 8), np.nan, dtype=np.float32)
    assert set(render({"S2": blind}, {"S2": S2}).ravel()) == {128}


def test_bands_that_make_no_picture_are_named() -> None:
    pixels = {"S2": np.zeros((1, 1, 2, 2), dtype=np.float32)}
    with pytest.raises(UsageError, match="they have S2: B11, and a picture needs RGB"):
        render(pixels, {"S2": ("B11",)})
