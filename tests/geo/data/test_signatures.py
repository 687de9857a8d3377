import numpy as np
import pytest

from kgpipe.geo.data.bands import S2_L2A_BANDS
from kgpipe.geo.data.signatures import BACKSCATTER, CLASSES, NAMES, REFLECTANCES, SURFACES


def _reflectance(surface: str, band: str) -> float:
    return float(REFLECTANCES[NAMES.index(surface), S2_L2A_BANDS.index(band)])


def test_every_surface_has_twelve_reflectances_and_a_class() -> None:
    assert REFLECTANCES.shape == (len(NAMES), len(S2_L2A_BANDS))
    assert ((REFLECTANCES > 0) & (REFLECTANCES < 1)).all()
    assert {surface.cover for surface in SURFACES.values()} | {"cloud"} == set(CLASSES)


@pytest.mark.parametrize("surface", NAMES)
def test_each_surface_has_the_features_of_its_class(surface: str) -> None:
    red, near_infrared = _reflectance(surface, "B04"), _reflectance(surface, "B08")
    greenness = (near_infrared - red) / (near_infrared + red)
    green, short_wave = _reflectance(surface, "B03"), _reflectance(surface, "B11")
    wetness = (green - short_wave) / (green + short_wave)
    cover = SURFACES[surface].cover
    assert (greenness > 0.4) == (cover in {"forest", "grass"})
    assert (wetness > 0.3) == (cover in {"water", "mining_pond"})
    vv, vh = BACKSCATTER[NAMES.index(surface)]
    assert vv > vh
    assert (vv < -17) == (cover in {"water", "mining_pond"})


def test_forest_scatters_in_its_volume_and_buildings_twice() -> None:
    ratio = {name: float(np.subtract(*BACKSCATTER[NAMES.index(name)])) for name in NAMES}
    assert min(ratio, key=lambda name: ratio[name]) == "forest"
    assert BACKSCATTER[:, 0].argmax() == NAMES.index("roof")
