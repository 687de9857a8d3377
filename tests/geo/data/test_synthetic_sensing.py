import numpy as np
import pytest

from kgpipe.geo.data.bands import S2_L2A_BANDS
from kgpipe.geo.data.signatures import BACKSCATTER, CLASSES, NAMES, REFLECTANCES
from kgpipe.geo.data.synthetic_ground import Canvas
from kgpipe.geo.data.synthetic_sensing import LOOKS, Air, Seen, sense

CALM = Air(light=1.0, haze=1.0, tilt=0.0)


def _plain(surface: str, *, cloud: bool = False, side: int = 96) -> Seen:
    canvas = Canvas(side, np.random.default_rng(3))
    canvas.paint(np.ones((side, side), dtype=bool), surface)
    if cloud:
        canvas.cloud[: side // 2] = 1.0
    return sense(canvas, air=CALM)


@pytest.mark.parametrize("surface", NAMES)
def test_a_plain_has_the_means_of_its_signature(surface: str) -> None:
    seen = _plain(surface)
    means = seen.s2.mean(axis=(1, 2)) / 10_000
    np.testing.assert_allclose(means, REFLECTANCES[NAMES.index(surface)], rtol=0.05, atol=5e-4)
    power = (10 ** (seen.s1.astype(np.float64) / 10)).mean(axis=(1, 2))
    np.testing.assert_allclose(10 * np.log10(power), BACKSCATTER[NAMES.index(surface)], atol=0.2)


def test_speckle_has_the_stated_number_of_looks() -> None:
    power = 10 ** (_plain("pasture").s1.astype(np.float64) / 10)
    # Number of looks: squared mean over variance.
    looks = power.mean(axis=(1, 2)) ** 2 / power.var(axis=(1, 2))
    np.testing.assert_allclose(looks, LOOKS, rtol=0.06)


def test_radar_sees_through_clouds() -> None:
    clear, cloudy = _plain("forest"), _plain("forest", cloud=True)
    half = clear.s2.shape[1] // 2
    blue = S2_L2A_BANDS.index("B02")
    assert cloudy.s2[blue, : half - 4].mean() > 10 * clear.s2[blue, : half - 4].mean()
    difference = cloudy.s1.astype(np.float64).mean() - clear.s1.astype(np.float64).mean()
    assert abs(difference) < 0.2


def test_clouds_cast_shadows() -> None:
    cloudy = _plain("sand", cloud=True)
    half = cloudy.s2.shape[1] // 2
    red = cloudy.s2[S2_L2A_BANDS.index("B04")]
    assert red[half + 1 : half + 5].mean() < 0.6 * red[half + 15 :].mean()


def test_fractions_are_shares_of_what_is_seen_from_above() -> None:
    fractions = dict(zip(CLASSES, _plain("sand", cloud=True).fractions.tolist(), strict=True))
    assert fractions["cloud"] == fractions["bare_soil"] == pytest.approx(0.5)
    assert sum(fractions.values()) == pytest.approx(1)


def test_nothing_is_stored_as_unseen() -> None:
    seen = _plain("dark_water")
    assert (seen.s2 > 0).all()
    assert (seen.rgb > 0).all()
