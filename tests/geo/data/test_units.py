import numpy as np

from kgpipe.geo.data.units import brightness, decibels, is_power, reflectance


def test_reflectance_is_unseen_only_where_every_band_is_zero() -> None:
    stored = np.array([[[0, 0, 5000]], [[0, 1000, 0]]], dtype=np.int16)  # (bands, 1, 3)
    values = reflectance(stored, unit=10_000)
    assert np.isnan(values[:, 0, 0]).all()
    np.testing.assert_allclose(values[:, 0, 1:], [[0, 0.5], [0.1, 0]])


def test_black_pixels_of_a_picture_are_unseen() -> None:
    stored = np.zeros((1, 3, 1, 2), dtype=np.uint8)
    stored[0, 2, 0, 1] = 255
    values = brightness(stored)
    assert np.isnan(values[0, :, 0, 0]).all()
    np.testing.assert_array_equal(values[0, :, 0, 1], [0, 0, 1])


def test_power_is_told_from_decibels_by_its_sign() -> None:
    assert is_power(np.array([0.01, 0.2, np.nan]))
    assert not is_power(np.array([0.01, -7.0]))
    assert not is_power(np.array([np.nan]))


def test_power_becomes_decibels() -> None:
    values = decibels(np.array([1.0, 0.01, 0.0, np.nan]), stored_as="power")
    np.testing.assert_allclose(values, [0, -20, np.nan, np.nan])
    np.testing.assert_array_equal(
        decibels(np.array([-7.5, -np.inf], dtype=np.float32), stored_as="db"), [-7.5, np.nan]
    )
