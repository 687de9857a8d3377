import numpy as np
import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.embedding.scaling import BandRange, count_missing, fit_ranges, scale, seen

RANGE = (BandRange(mean=10.0, std=2.0),)


def test_ranges_are_those_of_all_numbers_over_all_chunks() -> None:
    pixels = np.random.default_rng(0).normal(3, 2, (6, 2, 4, 4)).astype(np.float32)
    pixels[:, 1] += 100
    pixels[0, 0, 0, 0] = np.nan
    pixels[1, 0, 0, 0] = np.inf
    ranges = fit_ranges([{"S1": pixels[:2]}, {"S1": pixels[2:]}])["S1"]
    known = pixels[:, 0][np.isfinite(pixels[:, 0])]
    assert ranges[0].mean == pytest.approx(known.mean(), rel=1e-5)
    assert ranges[0].std == pytest.approx(known.std(), rel=1e-5)
    assert ranges[1].mean == pytest.approx(pixels[:, 1].mean(), rel=1e-5)


def test_a_band_without_any_number_is_named() -> None:
    pixels = np.ones((2, 2, 4, 4), dtype=np.float32)
    pixels[:, 1] = np.nan
    with pytest.raises(UsageError, match="Band 2 of S2"):
        fit_ranges([{"S2": pixels}])


def test_mean_plus_and_minus_two_deviations_are_one_and_zero() -> None:
    pixels = np.array([10, 14, 6, 100, np.nan, np.inf], dtype=np.float32).reshape(1, 1, 2, 3)
    scaled = scale(pixels, RANGE, clip=2.0)
    assert scaled.dtype == np.float32
    assert scaled.ravel().tolist() == [0.5, 1.0, 0.0, 1.0, 0.5, 0.5]


def test_a_band_without_contrast_is_the_middle() -> None:
    flat = (BandRange(mean=3.0, std=0.0),)
    assert (scale(np.full((1, 1, 2, 2), 3.0, np.float32), flat, clip=2.0) == 0.5).all()


def test_missing_pixels_are_counted_only_where_a_tile_has_others() -> None:
    pixels = np.zeros((3, 1, 2, 2), dtype=np.float32)
    pixels[0] = np.nan
    pixels[1, 0, 0, 0] = np.nan
    assert seen(pixels).tolist() == [False, True, True]
    assert count_missing(pixels) == 1
