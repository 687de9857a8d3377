import numpy as np
from numpy.typing import NDArray

from kgpipe.bench.geo_cells import describe_bands, pair_by_cells
from kgpipe.geo.measuring.metrics import pair_ranks

_BANDS = ("B03", "B04", "B08")
_SCENES = np.repeat(["a", "b", "c"], 20)


def _pixels() -> dict[str, NDArray[np.float32]]:
    """Vegetation of 8 x 8 cells, which reflects near infrared and scatters radar back.

    Scene c has another level of both, and speckle lies over the radar.
    """
    rng = np.random.default_rng(0)
    green = rng.random((60, 8, 8)).repeat(4, axis=1).repeat(4, axis=2)
    optical = np.stack([0.1 - 0.02 * green, 0.12 - 0.08 * green, 0.2 + 0.2 * green], axis=1)
    radar = np.stack([-12 + 4 * green, -18 + 5 * green], axis=1)
    radar += rng.normal(scale=2, size=radar.shape)
    optical[_SCENES == "c"] += 0.1
    radar[_SCENES == "c"] -= 3
    return {"S1": radar.astype(np.float32), "S2": optical.astype(np.float32)}


def test_a_scene_that_was_not_fitted_is_paired_by_its_pattern() -> None:
    learned, tested = np.flatnonzero(_SCENES != "c"), np.flatnonzero(_SCENES == "c")
    pixels = _pixels()
    found = pair_by_cells(pixels, _BANDS, groups=_SCENES, learned=learned, tested=tested)
    assert found.radar.shape == found.optical.shape == (20, 8 * 8 * 4)
    assert np.allclose(np.linalg.norm(found.radar, axis=1), 1, atol=1e-5)
    assert (pair_ranks(found.radar, found.optical) == 1).all()
    # The patterns of other tiles say nothing.
    shifted = pixels | {"S1": np.roll(pixels["S1"], 1, axis=0)}
    found = pair_by_cells(shifted, _BANDS, groups=_SCENES, learned=learned, tested=tested)
    assert (pair_ranks(found.radar, found.optical) <= 5).mean() < 0.7


def test_pixels_without_a_value_do_not_spread() -> None:
    pixels = _pixels()
    pixels["S1"][0, :, :3] = np.nan
    pixels["S2"][1, 2] = np.nan
    described = describe_bands(pixels, _BANDS)
    # Two indices need bands that are there; each of 2 + 3 + 2 has a mean and a deviation.
    assert described.shape == (60, 14)
    assert np.isfinite(described).all()
