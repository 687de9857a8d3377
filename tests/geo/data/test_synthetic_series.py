import numpy as np
import pytest

from kgpipe.errors import UsageError
from kgpipe.geo.data.bands import S2_L2A_BANDS
from kgpipe.geo.data.synthetic_series import make_series


def test_mines_grow_or_are_overgrown() -> None:
    series = make_series(12, dates=3, side=32)
    assert series.s2.shape == (12, 3, 12, 32, 32)
    assert series.dates.shape == (12, 3, 3)
    assert series.grows.sum() == 6
    red, near = (S2_L2A_BANDS.index(band) for band in ("B04", "B08"))
    green = (series.s2[:, :, near] - series.s2[:, :, red]) / (
        series.s2[:, :, near] + series.s2[:, :, red]
    )
    trend = green[:, -1].mean(axis=(1, 2)) - green[:, 0].mean(axis=(1, 2))
    np.testing.assert_array_equal(trend < 0, series.grows)
    # Larger mines take more of the green.
    assert np.corrcoef(np.abs(trend), series.mined)[0, 1] > 0.8


def test_dates_go_on_and_say_nothing_about_the_change() -> None:
    series = make_series(40, dates=4, side=16)
    months = series.dates[..., 0] * 12 + series.dates[..., 1]
    assert (np.diff(months, axis=1) > 0).all()
    assert (series.dates[..., 1] >= 1).all()
    assert (series.dates[..., 1] <= 12).all()
    assert abs(np.corrcoef(months[:, 0], series.grows)[0, 1]) < 0.4


def test_the_same_seed_gives_the_same_places() -> None:
    few, many = make_series(2, side=16, seed=5), make_series(4, side=16, seed=5)
    np.testing.assert_array_equal(few.s2, many.s2[:2])


@pytest.mark.parametrize(("places", "dates"), [(0, 3), (2, 1)])
def test_nothing_that_could_change_is_refused(places: int, dates: int) -> None:
    with pytest.raises(UsageError):
        make_series(places, dates=dates)
