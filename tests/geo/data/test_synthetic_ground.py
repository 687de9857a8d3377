import numpy as np
import pytest
from scipy.ndimage import label

from kgpipe.geo.data.synthetic_ground import DRAW, MINES, Canvas

PONDS = ("turquoise_pond", "ochre_pond")


@pytest.mark.parametrize("category", sorted(DRAW))
@pytest.mark.parametrize("side", [32, 48, 64])
def test_every_category_can_be_drawn_at_every_size(category: str, side: int) -> None:
    for seed in range(5):
        canvas = Canvas(side, np.random.default_rng(seed))
        DRAW[category](canvas)
        assert canvas.surface.shape == canvas.cloud.shape == (side, side)
        assert bool(canvas.is_any(*PONDS).any()) <= (category in MINES)
        assert bool(canvas.cloud.any()) <= (category == "cloud_remnant")


def test_a_mine_has_ponds_in_bare_soil() -> None:
    counts = []
    for seed in range(20):
        canvas = Canvas(48, np.random.default_rng(seed))
        DRAW["artisanal_gold_mine"](canvas)
        counts.append(label(canvas.is_any(*PONDS))[1])
        assert canvas.is_any("bare_soil", "laterite", "sand").any()
    assert np.median(counts) >= 4


def test_a_river_runs_through_the_tile() -> None:
    canvas = Canvas(48, np.random.default_rng(0))
    water = canvas.river() < 2
    assert label(water)[1] == 1
    edges = np.concatenate([water[0], water[-1], water[:, 0], water[:, -1]])
    assert edges.any()


def test_coordinates_have_their_origin_in_the_middle_and_south_positive() -> None:
    canvas = Canvas(4, np.random.default_rng(0))
    assert canvas.x[0].tolist() == [-1.5, -0.5, 0.5, 1.5]
    assert canvas.y[:, 0].tolist() == [-1.5, -0.5, 0.5, 1.5]
