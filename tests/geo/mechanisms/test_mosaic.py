import pytest

pytest.importorskip("torch", reason="the extra geo brings torch")

import torch
from torch import Tensor

from kgpipe.geo.mechanisms.contrastive import info_nce, nt_xent
from kgpipe.geo.mechanisms.mosaic import mosaic_loss
from kgpipe.geo.mechanisms.multilabel import multilabel_supcon


def rows(seed: int) -> Tensor:
    return torch.randn(5, 8, generator=torch.Generator().manual_seed(seed))


LABELS = torch.tensor([[1, 1, 0], [1, 0, 0], [0, 0, 1], [1, 1, 0], [0, 0, 0]])
S1, S2 = (rows(1), rows(2)), (rows(3), rows(4))


def test_is_the_three_losses() -> None:
    found = mosaic_loss(S1, S2, LABELS)
    intra = nt_xent(*S1, temperature=0.1) + nt_xent(*S2, temperature=0.1)
    torch.testing.assert_close(found.intra, intra)
    torch.testing.assert_close(found.inter, info_nce(S1[0], S2[0], temperature=0.1))
    every = multilabel_supcon(torch.cat([*S1, *S2]), torch.cat([LABELS] * 4))
    torch.testing.assert_close(found.supervised, every)
    torch.testing.assert_close(found.total(), found.intra + found.inter + found.supervised)
    torch.testing.assert_close(found.total(intra=0, inter=2, supervised=0), 2 * found.inter)


def test_the_other_sensor_counts_as_a_positive() -> None:
    # One place alone is positive to itself as the other sensor sees it.
    s1, s2 = rows(1)[:2], rows(3)[:2]
    labels = torch.eye(2)
    apart = mosaic_loss((s1, s1), (s2, s2), labels).supervised
    together = mosaic_loss((s1, s1), (s1, s1), labels).supervised
    assert together < apart - 1


def test_places_that_nobody_labelled_are_no_anchors() -> None:
    found = mosaic_loss(S1, S2, torch.zeros(5, 3))
    assert found.supervised.item() == 0
    assert found.total().isfinite()
