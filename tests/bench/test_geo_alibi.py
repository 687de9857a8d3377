import numpy as np
import pytest

pytest.importorskip("rasterio", reason="rasterio is an extra")
pytest.importorskip("torch", reason="PyTorch is an extra")

from pathlib import Path

from kgpipe.bench.geo_alibi import list_centres, read_scene


def test_the_largest_window_fits_around_every_centre() -> None:
    centres = list_centres(224, 32)
    assert len(centres) == 16
    assert min(min(one) for one in centres) == 64
    assert max(max(one) for one in centres) <= 224 - 64
    assert len(list_centres(512, 32)) == 169


@pytest.mark.parametrize(
    ("scene", "side"),
    [("terramesh/282D_485L_3_3", 224), ("sen1floods11/Spain_7370579", 512)],
)
def test_real_scenes_have_twelve_bands_in_the_units_of_tiles(
    shared_data: Path, scene: str, side: int
) -> None:
    radar, optical = read_scene(shared_data / "geo", scene)
    assert radar.shape == (2, side, side)
    assert optical.shape == (12, side, side)
    assert -30 < np.nanmedian(radar) < 0
    assert 0 < np.nanmedian(optical) < 1
