import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch
from torch import Tensor
from torch.nn import functional

from kgpipe.geo.mechanisms.gair import gair_loss


def rows(count: int, seed: int) -> Tensor:
    return torch.randn(count, 8, generator=torch.Generator().manual_seed(seed))


def test_is_half_the_sum_of_four_cross_entropies() -> None:
    tile, ground, location, past = (functional.normalize(rows(4, seed)) for seed in range(4))
    diagonal, first = torch.arange(4), torch.zeros(4, dtype=torch.long)
    expected = functional.cross_entropy(ground @ tile.T / 0.07, diagonal)
    expected += functional.cross_entropy(tile @ ground.T / 0.07, diagonal)
    for anchor in (ground, tile):
        positive = (anchor * location).sum(dim=1, keepdim=True)
        logits = torch.cat([positive, anchor @ past.T], dim=1) / 0.07
        expected += functional.cross_entropy(logits, first)
    torch.testing.assert_close(gair_loss(tile, ground, location, past), expected / 2)


def test_right_places_cost_less_than_wrong_ones() -> None:
    tile = rows(6, 1)
    near = [tile + 0.2 * rows(6, seed) for seed in (2, 3)]
    past = rows(20, 4)
    right = gair_loss(tile, near[0], near[1], past)
    assert gair_loss(tile, near[0].roll(1, 0), near[1], past) > right + 1
    assert gair_loss(tile, near[0], near[1].roll(1, 0), past) > right + 1


def test_the_first_batch_has_no_past() -> None:
    assert gair_loss(rows(3, 1), rows(3, 2), rows(3, 3), torch.zeros(0, 8)).isfinite()
